"""What leaves an engine: words with polygons, lines, pages.

Coordinates are pixels of the upright image: the image as uploaded after its EXIF
rotation (and after a turn by `detect_orientation`, which `Page.rotation` states); for a
PDF page, 96 dots an inch (points x 4/3) at whatever resolution it was read. Origin top left, y down.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

# Where the words of a page come from.
ENGINE, TEXT_LAYER = "engine", "text layer"


class Point(NamedTuple):
    """A place on the page, in pixels."""

    x: float
    y: float


class Box(NamedTuple):
    """An axis-aligned rectangle in pixels: left <= right, top <= bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def center(self) -> Point:
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)


class Polygon(NamedTuple):
    """Four corners of a text, named as the text sees them, so that they follow its tilt."""

    top_left: Point
    top_right: Point
    bottom_right: Point
    bottom_left: Point

    @property
    def box(self) -> Box:
        """The axis-aligned hull."""
        (x1, y1), (x2, y2), (x3, y3), (x4, y4) = self
        return Box(min(x1, x2, x3, x4), min(y1, y2, y3, y4), max(x1, x2, x3, x4), max(y1, y2, y3, y4))


@dataclass(frozen=True, slots=True)
class Word:
    """One word; in scripts without spaces, one character or a short run of them.

    Attributes:
        text: As read, never empty, no white space inside.
        polygon: Where it stands.
        confidence: 0.0 to 1.0, the engine's own estimate.
        glued: No space stands between this word and the one before it on its line.
    """

    text: str
    polygon: Polygon
    confidence: float
    glued: bool = False

    def __post_init__(self) -> None:
        if not self.text or not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"impossible word: {self.text!r} with confidence {self.confidence}")

    @property
    def box(self) -> Box:
        return self.polygon.box


@dataclass(frozen=True, slots=True)
class Line:
    """Words that are read one after the other, in logical order; at least one."""

    words: tuple[Word, ...]
    polygon: Polygon

    @property
    def text(self) -> str:
        return "".join(
            word.text if index == 0 or word.glued else " " + word.text for index, word in enumerate(self.words)
        )

    @property
    def box(self) -> Box:
        return self.polygon.box

    @property
    def confidence(self) -> float:
        """The mean over characters, 0.0 to 1.0."""
        length = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / length


@dataclass(frozen=True, slots=True)
class Page:
    """What was read on one page.

    Attributes:
        number: 1-based place in its document.
        width_px, height_px: Size of the upright image that all coordinates refer to.
        lines: In reading order.
        rotation: Degrees by which the image was turned to stand upright: 0, 90, 180, 270.
        language: Codes of the languages that were read, joined by "+", such as "jpn+eng".
        source: ENGINE, or TEXT_LAYER where a PDF page's own text was taken as it is.
    """

    number: int
    width_px: int
    height_px: int
    lines: tuple[Line, ...]
    rotation: int = 0
    language: str = ""
    source: str = ENGINE

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def words(self) -> Iterator[Word]:
        return (word for line in self.lines for word in line.words)
