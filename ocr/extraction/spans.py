"""Text with its words behind it: any stretch of a row can be cut out with its tokens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ocr.geometry import hull, part_of
from ocr.types import Box, Word

BREAK = "\t"  # Between two cells of a row.
# Digits and their marks in the full width of East Asian print; one character stays one.
HALF_WIDTH = str.maketrans("０１２３４５６７８９／．，－：", "0123456789/.,-:")


@dataclass(frozen=True, slots=True)
class Span:
    """A recognized stretch of a text.

    Attributes:
        start, end: Half-open character range of the text.
        normalized: The meaning in machine form, as in `Value.normalized`.
        weight: 0.0 to 1.0, how much the shape alone speaks for the type.
    """

    start: int
    end: int
    normalized: dict[str, str]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Cut:
    """A verbatim stretch of the page and the tokens that hold it; of tokens that hold more, the part."""

    text: str
    words: tuple[Word, ...]
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """Words that stand side by side, as text; cells are set apart by BREAK.

    Attributes:
        text: The words in order of reading, a space or BREAK between those not glued.
        owners: For each character the index of its word, -1 for spaces and breaks.
        words: From left to right.
        boxes: Of the words, after the page's tilt was taken out.
        number: Place among the page's rows from the top.
    """

    text: str
    owners: tuple[int, ...]
    words: tuple[Word, ...]
    boxes: tuple[Box, ...]
    number: int
    cells: tuple[tuple[int, int], ...] = field(default=())

    @property
    def box(self) -> Box:
        return hull(self.boxes)

    @property
    def height(self) -> float:
        """The middle one of the heights of its words."""
        heights = sorted(box.height for box in self.boxes)
        return heights[len(heights) // 2]

    def text_of(self, start: int, end: int) -> str:
        """The text of `cut` alone."""
        return self.text[start:end].strip().replace(BREAK, " ")

    def cut(self, start: int, end: int) -> Cut:
        """The stretch from `start` to `end`, outer white space dropped, breaks as spaces."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        holders = sorted({owner for owner in self.owners[start:end] if owner >= 0})
        words = tuple(self._held(index, start, end) for index in holders)
        return Cut(self.text_of(start, end), words, self.span_box(start, end))

    def _held(self, index: int, start: int, end: int) -> Word:
        """The word, or the part of it that stands in the stretch; its place is estimated by counting characters."""
        word, first = self.words[index], self.owners.index(index)
        length = len(word.text)
        low, high = max(start - first, 0), min(end - first, length)
        if (low, high) == (0, length):
            return word
        return replace(word, text=word.text[low:high], polygon=part_of(word.polygon, low / length, high / length))

    def span_box(self, start: int, end: int) -> Box:
        """The place of a stretch; parts of a word are estimated by counting characters."""
        parts = []
        for index in sorted({owner for owner in self.owners[start:end] if owner >= 0}):
            first = self.owners.index(index)
            length = len(self.words[index].text)
            low, high = max(start - first, 0), min(end - first, length)
            box = self.boxes[index]
            step = box.width / length
            parts.append(Box(box.left + low * step, box.top, box.left + high * step, box.bottom))
        return hull(parts) if parts else self.box

    def cell_at(self, index: int) -> tuple[int, int]:
        """The character range of the cell that holds a position."""
        for start, end in self.cells:
            if start <= index < end:
                return start, end
        return self.cells[-1]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one row.

    Attributes:
        start, end: Half-open character range of the row's text.
    """

    row: Row
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.row.text_of(self.start, self.end)

    @property
    def box(self) -> Box:
        """Levelled, as the boxes of rows are."""
        return self.row.span_box(self.start, self.end)
