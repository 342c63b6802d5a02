"""Which of all the templates fits a page."""

from ocr.extraction import codes
from ocr.extraction.guess import guess_of
from ocr.extraction.lexicon import Label
from ocr.extraction.mrz import find_zone
from ocr.extraction.reading import Reading
from ocr.extraction.spans import Row

_CARD_ROWS = 16
_TRADE = {"delivery", "purchase_order", "quote"}


def kind_of_reading(reading: Reading) -> str:
    """The template that fits a page, or "".

    By a machine readable zone, by the title, by the labels of money documents, by what business cards have.
    """
    zone = find_zone(reading)
    if zone and zone.lines[0].text[0] == "P":
        return "passport"
    return _titled(reading) or guess_of(reading) or ("business_card" if _is_business_card(reading) else "")


def _titled(reading: Reading) -> str:
    """The first title in the upper half that fills its cell, but for a number beside it; larger ones win."""
    titles = reading.under("titles")
    best: tuple[float, str] = (0.0, "")
    for row in reading.rows[: len(reading.rows) // 2 + 1]:
        for label in titles.labels[row.number]:
            start, end = row.cell_at(label.start)
            stands_first = not row.text[start : label.start].strip()
            if not stands_first or label.colon or len(row.text[label.end : end].strip()) > 12:
                continue
            if label.meaning in _TRADE and _is_invoice(reading, row, label):
                continue
            size = row.height / reading.height + (0.5 if label.whole else 0.0) - 0.02 * row.number
            best = max(best, (size, label.meaning))
    return best[1]


def _is_invoice(reading: Reading, row: Row, title: Label) -> bool:
    """Another title or number says invoice: it only names the order or delivery that it is for."""
    others = reading.labelled("title", "invoice_no")
    leading = [
        (x, other) for other, x in others if x.is_apart and x.length > 2 and other.cell_at(x.start)[0] == x.start
    ]
    return any(other is not row or x.start != title.start for x, other in leading)


def _is_business_card(reading: Reading) -> bool:
    """Few rows, with two ways to reach somebody, and no amounts."""
    text = "\n".join(row.text for row in reading.rows)
    if not 0 < len(reading.rows) <= _CARD_ROWS or any(s.weight >= 0.9 for spans in reading.amounts for s in spans):
        return False
    has_web = any(True for _ in codes.websites(text))
    has_mail = any(True for _ in codes.emails(text))
    phones = sum(1 for row in reading.rows for _ in codes.phones(row.text))
    return has_mail + has_web + min(phones, 2) >= 2
