"""What is asked for and what is found: fields, values with their place on the page, notices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from ocr.geometry import around
from ocr.types import Polygon, Word

TYPES = ("string", "number", "date", "money", "array")

Source = Literal["token_id", "vision_symbol_match"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to look for.

    Attributes:
        name: What the caller calls it; also a hint for the label on the page.
        type: One of TYPES.
        description: A hint in the caller's words.
        children: The columns of an array; empty for all other types.
    """

    name: str
    type: str = "string"
    description: str = ""
    children: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """One text as printed on the page, with the words that hold it.

    Attributes:
        text: Verbatim; "" when the page does not hold the field.
        words: The tokens that hold the text, in reading order; of those that hold more, the part.
        match_ratio: Characters located on the page / characters of the text, 0.0 to 1.0.
        source: How it was located; None when it was not.
        confidence: 0.0 to 1.0, the engine's confidence in the characters times the
            certainty that this is the field.
        normalized: {"date": ISO}, {"amount", "currency"} or {"number"}; None where the type
            has no such form or the text does not parse.
    """

    text: str
    words: tuple[Word, ...]
    match_ratio: float
    source: Source | None
    confidence: float
    normalized: dict[str, str] | None = None

    @classmethod
    def empty(cls) -> Value:
        """The value of a field that the page does not hold."""
        return NOTHING

    @property
    def polygon(self) -> Polygon | None:
        return around(word.polygon for word in self.words) if self.words else None

    @property
    def length(self) -> int:
        """Characters, white space aside."""
        return sum(len(part) for part in self.text.split())


NOTHING = Value(text="", words=(), match_ratio=0.0, source=None, confidence=0.0)


@dataclass(frozen=True, slots=True)
class Rows:
    """The value of an array: one dict a row, keyed by the names of the field's children."""

    rows: tuple[dict[str, Value], ...] = ()

    @property
    def cells(self) -> Iterator[Value]:
        """All cells that hold text."""
        return (cell for row in self.rows for cell in row.values() if cell.text)

    @property
    def polygon(self) -> Polygon | None:
        """The rectangle around all located cells."""
        polygons = [word.polygon for cell in self.cells for word in cell.words]
        return around(polygons) if polygons else None

    @property
    def match_ratio(self) -> float:
        """Characters located in all cells / characters of all cells."""
        return self._mean([(cell.match_ratio, cell.length) for cell in self.cells])

    @property
    def confidence(self) -> float:
        return self._mean([(cell.confidence, cell.length) for cell in self.cells])

    @property
    def source(self) -> Source | None:
        """`token_id` only when all located cells were taken from tokens."""
        sources = {cell.source for cell in self.cells} - {None}
        if not sources:
            return None
        return "token_id" if sources == {"token_id"} else "vision_symbol_match"

    @staticmethod
    def _mean(parts: list[tuple[float, int]]) -> float:
        length = sum(weight for _, weight in parts)
        return sum(score * weight for score, weight in parts) / length if length else 0.0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a caller should look at, such as items that do not add up."""

    code: str
    fields: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """All asked-for fields, in the order of asking, and what looked odd about them."""

    values: dict[str, Value | Rows]
    notices: tuple[Notice, ...] = field(default=())
