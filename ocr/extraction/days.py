"""The date of a document among all dates on its page."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ocr.extraction.keyed import best
from ocr.extraction.lexicon import Label
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row, Span

ONLY_DATE = 1.0  # What it adds to a date that all dates on the page are the same.
REACH = 2  # Rows above a date in which its label may stand.


@dataclass(frozen=True, slots=True)
class Wish:
    """Which labels speak for a date, and which against it; points for a date without any."""

    wanted: dict[str, float]
    unlabelled: float


ISSUED = Wish({"invoice_date": 3.0, "date": 2.0, "invoice_no": 1.0, "time": 0.8}, 0.6)
BOUGHT = Wish({"date": 2.2, "invoice_date": 2.2, "time": 1.0, "receipt_no": 0.6}, 0.8)
DUE = Wish({"due_date": 3.0}, -1.0)
DELIVERED = Wish({"delivery_date": 3.0}, -1.0)

_KINDS = {"invoice_date", "date", "due_date", "delivery_date", "other_date"}


def find_date(reading: Reading, wish: Wish) -> Candidate | None:
    """The date that fits the wish best, or None."""
    candidates = [
        Candidate((Piece(row, s.start, s.end),), _score(reading, row, s, wish), s.normalized)
        for row in reading.rows
        for s in reading.dates[row.number]
    ]
    found = best(candidates)
    if found and len({str(candidate.normalized) for candidate in candidates}) == 1:
        found = replace(found, score=found.score + ONLY_DATE) if wish.unlabelled > 0 else found
    limit = 0.0 if wish.unlabelled > 0 else 1.0
    return found if found and found.score >= limit else None


def _score(reading: Reading, row: Row, span: Span, wish: Wish) -> float:
    score = span.weight - 1.0 + _labelling(reading, row, span, wish)
    followed = row.text[span.end : span.end + 12]
    if wish.unlabelled > 0:
        score += 0.4 if ":" in followed and any(c.isdigit() for c in followed) else 0.0
        score -= 0.6 * row.number / max(len(reading.rows), 1)
    return score


def _labelling(reading: Reading, row: Row, span: Span, wish: Wish) -> float:
    """Points for the label of a date; a wanted label never makes it worse than none."""
    found = _nearest_label(reading, row, span, wish)
    if found is None:
        return wish.unlabelled
    worth = _worth(found[0], wish)
    return max(worth - found[1], wish.unlabelled) if worth > 0 else worth


def _worth(label: Label, wish: Wish) -> float:
    if label.meaning in wish.wanted:
        return wish.wanted[label.meaning]
    return -1.5 if label.meaning in _KINDS else 0.0


def _nearest_label(reading: Reading, row: Row, span: Span, wish: Wish) -> tuple[Label, float] | None:
    """The label that this date belongs to, with a fine for its distance."""
    known = _KINDS | set(wish.wanted)
    left = [x for x in reading.labels[row.number] if x.end <= span.start and x.meaning in known]
    if left:
        close = max(label.end for label in left)
        return _preferred([x for x in left if x.end == close], wish), 0.0
    for step in range(1, REACH + 1):
        above = _above(reading, row, span, step, known)
        if above:
            return _preferred(above, wish), 0.4 * step
    return None


def _above(reading: Reading, row: Row, span: Span, step: int, known: Iterable[str]) -> list[Label]:
    """Labels on the row `step` rows higher that stand over the date."""
    number = row.number - step
    if number < 0:
        return []
    higher, place = reading.rows[number], row.span_box(span.start, span.end)
    if place.top - higher.box.bottom > 2.5 * reading.height:
        return []
    labels = []
    for label in reading.labels[number]:
        box = higher.span_box(label.start, label.end)
        meets = box.left < place.right and box.right > place.left - row.height
        if label.meaning in known and meets:
            labels.append(label)
    return labels


def _preferred(labels: Iterable[Label], wish: Wish) -> Label:
    """Of several meanings of one label, the one that the wish likes."""
    return max(labels, key=lambda label: (_worth(label, wish), label.length))
