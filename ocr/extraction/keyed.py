"""Values that stand beside, below or after their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ocr.extraction.lexicon import Label
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row, Span

Recognizer = Callable[[str], Iterable[Span]]

BELOW_ROWS = 2  # How many rows under a label its value may stand.
_VALUES = {"tendered", "card", "title", "name", "description", "currency", "unit", "payment_method"}
_LOOSE_DASHES = (" -", " –", " ·")
_PUNCTUATION = " \t:：;.,#=|*-–—_>）)】］・"


def beside_labels(reading: Reading, found: Iterable[tuple[Row, Label]], recognizer: Recognizer) -> list[Candidate]:
    """Candidates for a value of a recognizable shape near any of the labels."""
    return [c for row, label in found for c in _near(reading, row, label, recognizer)]


def best(candidates: Iterable[Candidate]) -> Candidate | None:
    """The candidate with the highest score; the first of equals."""
    return max(candidates, key=lambda c: c.score, default=None)


def text_beside(reading: Reading, row: Row, label: Label) -> Candidate | None:
    """The free text after a label: the rest of its cell, the next cell, or the cell below."""
    score = label_trust(row, label)
    stop = _next_label(reading, row, label)
    piece = _rest_of_cell(row, label.end, stop) or _next_cell(row, label.end, stop)
    if piece:
        return Candidate((piece,), score)
    below = _cell_below(reading, row, label)
    return Candidate((below,), score - (0.3 if label.colon else 0.5)) if below else None


def label_trust(row: Row, label: Label) -> float:
    """Points for a label that looks like one: exact, long, at its cell's start, with a colon."""
    start, _ = row.cell_at(label.start)
    score = 1.0 + min(label.length, 16) / 16 + (0.3 if label.exact else 0.0)
    score += 0.4 if label.colon else 0.0
    return score - 0.3 * min(len(row.text[start : label.start].split()), 4)


def trimmed(row: Row, start: int, end: int) -> Piece | None:
    """The stretch without the punctuation that leads from a label to its value."""
    while start < end and row.text[start] in _PUNCTUATION:
        start += 1
    while end > start and (row.text[end - 1] in " \t:：|" or row.text[end - 2 : end] in _LOOSE_DASHES):
        end -= 1
    return Piece(row, start, end) if start < end else None


def _near(reading: Reading, row: Row, label: Label, recognizer: Recognizer) -> Iterator[Candidate]:
    score = label_trust(row, label)
    stop = _next_label(reading, row, label)
    spans = [s for s in _recognized_after(row.text, label.end, recognizer) if s.start < stop]
    for place, span in enumerate(spans):
        words = [w for w in row.text[label.end : span.start].split() if any(map(str.isalpha, w))]
        grade = score + span.weight - 0.5 * place - 0.4 * min(len(words), 4)
        yield _candidate(row, span, grade)
    if not spans or not row.text[label.end : spans[0].start].strip(_PUNCTUATION):
        yield from _below(reading, row, label, recognizer, score - (0.5 if not spans else 1.2))


def _recognized_after(text: str, end: int, recognizer: Recognizer) -> list[Span]:
    """The values after a label; one that is stuck to it is recognized without it."""
    spans = list(recognizer(text))
    if any(span.start < end < span.end for span in spans) and text[end] != "_":
        spans = [replace(s, start=s.start + end, end=s.end + end) for s in recognizer(text[end:])]
    return [span for span in spans if span.start >= end]


def _below(reading: Reading, row: Row, label: Label, recognizer: Recognizer, score: float) -> Iterator[Candidate]:
    if not _heads_cell(row, label):
        return
    place = row.span_box(label.start, label.end)
    for step, below in enumerate(reading.rows[row.number + 1 : row.number + 1 + BELOW_ROWS]):
        if below.box.top - row.box.bottom > 2.5 * reading.height:
            return
        for span in recognizer(below.text):
            box = below.span_box(span.start, span.end)
            if box.left < place.right and box.right > place.left - row.height:
                yield _candidate(below, span, score + span.weight - 0.4 * step)


def _candidate(row: Row, span: Span, score: float) -> Candidate:
    return Candidate((Piece(row, span.start, span.end),), score, span.normalized or None)


def _next_label(reading: Reading, row: Row, label: Label) -> int:
    """Where the next label with something of its own begins, else the row's end."""
    starts = (other.start for other in reading.labels[row.number] if other.start > label.end and (other.is_apart))
    return min(starts, default=len(row.text))


def _heads_cell(row: Row, label: Label) -> bool:
    """Nothing follows the label in its cell, so that a value may stand under it."""
    _, end = row.cell_at(label.start)
    return not any(char.isalnum() for char in row.text[label.end : end])


def _rest_of_cell(row: Row, start: int, stop: int) -> Piece | None:
    _, end = row.cell_at(max(start - 1, 0))
    return trimmed(row, start, min(end, stop))


def _next_cell(row: Row, start: int, stop: int) -> Piece | None:
    later = [cell for cell in row.cells if start <= cell[0] < stop]
    pieces = (p for s, e in later if (p := trimmed(row, s, min(e, stop))))
    # What a colon follows is a label, of which the lexicon need not know.
    return next((p for p in pieces if row.text[p.end : p.end + 1] not in (":", "：")), None)


def _cell_below(reading: Reading, row: Row, label: Label) -> Piece | None:
    place = row.span_box(label.start, label.end)
    rows = reading.rows[row.number + 1 : row.number + 1 + BELOW_ROWS]
    for below in rows if _heads_cell(row, label) else ():
        if below.box.top - row.box.bottom > 2.5 * reading.height:
            return None
        for start, end in below.cells:
            box = below.span_box(start, end)
            if box.left < place.right and box.right > place.left and start < end:
                return None if _is_label(reading, below, start, end) else trimmed(below, start, end)
    return None


def _is_label(reading: Reading, row: Row, start: int, end: int) -> bool:
    """The cell is the label of something else, not one of the words that are values as well."""
    heads = [label for label in reading.labels[row.number] if label.whole and start <= label.start < end]
    return bool(heads) and all(label.meaning not in _VALUES for label in heads)
