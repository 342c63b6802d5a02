"""The machine form of a printed value, by the type that the caller gave its field."""

from ocr.extraction.amounts import amounts, numbers
from ocr.extraction.dates import dates


def normalized(text: str, kind: str, order: str = "dmy") -> dict[str, str] | None:
    """{"date"}, {"amount", "currency"?} or {"number"}; None where the type has no form or the text does not parse.

    Args:
        text: As printed.
        kind: A type of `fields.TYPES`.
        order: Which of day and month stands first, as the page has it.
    """
    if kind == "date":
        spans = sorted(dates(text, order), key=lambda span: -span.weight)
    elif kind == "money":
        spans = sorted(amounts(text), key=lambda span: -span.weight)
    elif kind == "number":
        spans = list(numbers(text))
    else:
        return None
    return spans[0].normalized if spans else None
