"""Pages for tests, drawn from text: one string a row, one column a character."""

import math
import re

from ocr.types import Line, Page, Point, Polygon, Word

CHAR, HEIGHT, LEADING = 10.0, 18.0, 26.0


def page(*rows: str, fragments: bool = False, tilt: float = 0.0, size: tuple[int, int] = (600, 1200)) -> Page:
    """A page with these rows; each character is 10 px wide, each row 26 px below the other.

    Two or more spaces leave a gap as wide as they are. With `fragments` each run between such
    gaps becomes a line of its own, as PP-OCR gives them. `tilt` turns the page, in degrees.
    """
    lines = [line for number, row in enumerate(rows) for line in _lines(row, number, fragments=fragments, tilt=tilt)]
    return Page(1, *size, tuple(lines))


def _lines(row: str, number: int, *, fragments: bool, tilt: float) -> list[Line]:
    pattern = r"\S+(?: \S+)*" if fragments else r".+"
    return [_line(match[0], match.start(), number, tilt) for match in re.finditer(pattern, row) if match[0].strip()]


def _line(text: str, column: int, number: int, tilt: float) -> Line:
    words = tuple(
        Word(m[0], _polygon(column + m.start(), column + m.end(), number, tilt), 0.9) for m in re.finditer(r"\S+", text)
    )
    first, last = words[0].polygon, words[-1].polygon
    return Line(words, Polygon(first.top_left, last.top_right, last.bottom_right, first.bottom_left))


def _polygon(start: int, end: int, number: int, tilt: float) -> Polygon:
    top = 40 + number * LEADING
    corners = (
        (40 + start * CHAR, top),
        (40 + end * CHAR, top),
        (40 + end * CHAR, top + HEIGHT),
        (40 + start * CHAR, top + HEIGHT),
    )
    return Polygon(*(_turned(x, y, math.radians(tilt)) for x, y in corners))


def _turned(x: float, y: float, angle: float) -> Point:
    return Point(x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle))
