"""A page prepared for extraction: rows with the labels, dates and amounts found on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ocr.extraction.amounts import amounts
from ocr.extraction.dates import dates, order_of
from ocr.extraction.fields import Value
from ocr.extraction.layout import rows_of
from ocr.extraction.lexicon import Label, book_of, find_labels, folded, is_wide, lexicon
from ocr.extraction.spans import BREAK, Piece, Row, Span
from ocr.types import Page, Word

SENTENCES = 3  # So many rows of a sentence make a running text.
_LONG_ZIP = re.compile(r"\b[A-Z]{2}[ ,]{1,2}\d{5}-\d{4}\b")
_STATE_AND_ZIP = re.compile(r"\b[A-Z]{2}[ ,]{0,2}\d{5}(?:-\d{4})?\b")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value: where it stands, what it means, and how much speaks for it."""

    pieces: tuple[Piece, ...]
    score: float
    normalized: dict[str, str] | None = None

    @property
    def text(self) -> str:
        """Verbatim; rows are joined by a space, or by nothing in scripts without spaces."""
        text = ""
        for part in (piece.text for piece in self.pieces):
            glue = "" if not text or (is_wide(text[-1]) and is_wide(part[:1] or " ")) else " "
            text += glue + part
        return text

    def value(self) -> Value:
        """The field's value, taken from tokens."""
        words = tuple(w for p in self.pieces for w in p.row.cut(p.start, p.end).words)
        if not words or not self.text:
            return Value.empty()
        confidence = _read_confidence(words) * certainty(self.score)
        return Value(self.text, words, 1.0, "token_id", round(confidence, 4), self.normalized)


def certainty(score: float) -> float:
    """A score as a share of trust: 0 and less give 0.6, 2 and more give 1.0.

    On the development data values with less than 0.8 in all are right in three of four cases, others in nine of ten.
    """
    return 0.6 + 0.4 * min(max(score / 2.0, 0.0), 1.0)


def _read_confidence(words: tuple[Word, ...]) -> float:
    length = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / length


class Reading:
    """Everything that the finders look at; computed once a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.rows = rows_of(page)
        self.labels = _stacked(self.rows, [find_labels(row, lexicon()) for row in self.rows])
        self.amounts = tuple(tuple(amounts(row.text)) for row in self.rows)
        self._others: dict[str, Reading] = {}

    @cached_property
    def order(self) -> str:
        """Whether numeric dates put the day, the month or the year first."""
        if self.is_east_asian:
            return "ymd"
        default = "mdy" if self._is_american else "dmy"
        return order_of((row.text for row in self.rows), default)

    @cached_property
    def dates(self) -> tuple[tuple[Span, ...], ...]:
        return tuple(tuple(dates(row.text, self.order)) for row in self.rows)

    @property
    def _is_american(self) -> bool:
        text = "\n".join(row.text for row in self.rows)
        return ("$" in text and bool(_STATE_AND_ZIP.search(text))) or bool(_LONG_ZIP.search(text))

    @cached_property
    def is_east_asian(self) -> bool:
        """Its letters are wide for the most part, as on pages that put the year first and print no cents."""
        letters = [char for row in self.rows for char in row.text if char.isalpha()]
        return 2 * sum(map(is_wide, letters)) > len(letters)

    @cached_property
    def height(self) -> float:
        """The middle one of the rows' heights."""
        heights = sorted(row.height for row in self.rows)
        return heights[len(heights) // 2] if heights else 1.0

    @property
    def has_short_rows(self) -> bool:
        """Most rows are short and there are not many: so it is on till receipts."""
        lengths = sorted(len(row.text) for row in self.rows)
        return 0 < len(lengths) < 70 and lengths[len(lengths) * 3 // 4] < 32

    @cached_property
    def is_document(self) -> bool:
        """It has clear amounts, or labels set apart from a text; prose and pictures have not."""
        if any(span.weight >= 0.9 for spans in self.amounts for span in spans):
            return True
        apart = {
            (row.number, label.start)
            for row, labels in zip(self.rows, self.labels, strict=True)
            for label in labels
            if label.exact and label.is_apart
        }
        return len(apart) > 1

    @cached_property
    def is_prose(self) -> bool:
        """It is a running text: most of its letters stand in rows of a sentence, and it is no document."""
        letters = [sum(map(str.isalpha, row.text)) for row in self.rows]
        running = [count for row, count in zip(self.rows, letters, strict=True) if _runs_on(row.text)]
        return len(running) >= SENTENCES and sum(running) > 0.6 * sum(letters) and not self.is_document

    def under(self, subject: str) -> Reading:
        """The same page with the labels of another lexicon."""
        if subject not in self._others:
            other = copy(self)
            other.labels = tuple(tuple(find_labels(row, book_of(subject))) for row in self.rows)
            self._others[subject] = other
        return self._others[subject]

    def meanings(self, number: int) -> set[str]:
        """All meanings of the labels on a row."""
        return {label.meaning for label in self.labels[number]}

    def labelled(self, *meanings: str) -> list[tuple[Row, Label]]:
        """The labels with one of the meanings, from the top."""
        return [
            (row, label)
            for row, labels in zip(self.rows, self.labels, strict=True)
            for label in labels
            if label.meaning in meanings
        ]


def _stacked(rows: Sequence[Row], labels: Sequence[Sequence[Label]]) -> tuple[tuple[Label, ...], ...]:
    """The labels of each row, those of cells that end a label begun right above by that: "Sub" over "Total"."""
    found = [list(row) for row in labels]
    for above, row in pairwise(rows):
        for start, end in row.cells:
            begun = _begun_above(above, row, start, end)
            meanings = lexicon().meanings.get(folded(begun + row.text[start:end]), ()) if begun else ()
            if meanings:
                kept = [label for label in found[row.number] if not start <= label.start < end]
                whole = [Label(meaning, start, end, exact=True, whole=True, colon=False) for meaning in meanings]
                found[row.number] = sorted([*kept, *whole], key=lambda label: label.start)
    return tuple(map(tuple, found))


def _begun_above(above: Row, row: Row, start: int, end: int) -> str:
    """The one word right above a cell of letters, aligned with it; "" when there is none."""
    if not row.text[start:end].replace(" ", "").isalpha():
        return ""
    box = row.span_box(start, end)
    for first, last in above.cells:
        place = above.span_box(first, last)
        aligned = min(abs(place.left - box.left), abs(place.center.x - box.center.x)) < 0.4 * row.height
        if aligned and box.top - place.bottom < 0.3 * row.height and above.text[first:last].isalpha():
            return above.text[first:last]
    return ""


def _runs_on(text: str) -> bool:
    """A row of one cell with many small words or characters of a script without spaces, and hardly a digit."""
    words = [word for word in text.split() if word[0].isalpha()]
    small = sum(word.islower() for word in words)
    wide = sum(map(is_wide, text))
    digits = sum(map(str.isdigit, text))
    return BREAK not in text and digits < 0.1 * len(text) and (wide >= 20 or 6 <= small > 0.6 * len(words))
