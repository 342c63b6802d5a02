"""The engine is replaced: these tests are about pages. `tests/browser` reads for real."""

import math

import pytest

from billing.usage import Payer
from ocr import reading
from ocr.geometry import polygon_of
from ocr.types import Box, Line, Page, Point, Polygon, Word

# The smallest file that a browser shows.
PREVIEW = b"\xff\xd8\xff\xd9"


class FakeReading:
    """Answers with `pages` or raises `error`; remembers who asked for what."""

    def __init__(self) -> None:
        self.pages: list[reading.ReadPage] = [reading.ReadPage(page_of("Total 12.00"), preview=PREVIEW)]
        self.page_count = 0
        self.error: Exception | None = None
        self.payer: Payer | None = None
        self.options: reading.Options | None = None
        self.content = b""

    def __call__(self, payer, content, options, *, kind):
        self.payer, self.options, self.content, self.kind = payer, options, content.read(), kind
        if self.error:
            raise self.error
        return reading.Document(tuple(self.pages), self.page_count or len(self.pages))


@pytest.fixture
def engine(monkeypatch) -> FakeReading:
    fake = FakeReading()
    monkeypatch.setattr(reading, "read", fake)
    return fake


def page_of(*lines: str, number: int = 1, confidence: float = 0.97, tilt_degrees: float = 0.0) -> Page:
    """A page of 1000 x 1000 pixels: a line each 50, each character 10 wide."""
    return Page(
        number,
        1000,
        1000,
        tuple(_line(text, 100 + 50 * row, confidence, tilt_degrees) for row, text in enumerate(lines)),
    )


def _line(text: str, top: float, confidence: float, tilt: float) -> Line:
    words, left = [], 100.0
    for part in text.split():
        box = Box(left, top, left + 10 * len(part), top + 20)
        words.append(Word(part, _turned(polygon_of(box), tilt), confidence))
        left = box.right + 10
    whole = Box(100.0, top, left - 10, top + 20)
    return Line(tuple(words), _turned(polygon_of(whole), tilt))


def _turned(polygon: Polygon, degrees: float) -> Polygon:
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return Polygon(*(Point(x * cos - y * sin, x * sin + y * cos) for x, y in polygon))
