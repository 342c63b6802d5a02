"""A PDF page's own text, where it can be trusted. Pure; runs in engine processes only.

Text that a program wrote is exact, and free of charge for the engine. But a PDF may also hold
text that means nothing (fonts without a table of characters), that nobody sees (an earlier
reading under a scan), or less than the page shows (a picture with words in it). So it is taken
only where nothing speaks against it; else the page is drawn and read.
"""

import itertools
import math
import unicodedata
from collections.abc import Iterable, Iterator
from ctypes import byref, c_double, c_int, c_void_p, cast
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from pypdfium2 import raw

from ocr.engines.spacing import is_spaceless
from ocr.geometry import hull, polygon_of
from ocr.types import Box, Line, Word

FEWEST_CHARACTERS, MOST_CHARACTERS = 30, 30_000
# Hebrew to Tibetan, Khmer and the forms of Arabic: there, places and order of the characters in
# a PDF say little about the text.
INVOLVED = ((0x0590, 0x109F), (0x1780, 0x18AF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFE))
LEAST_TILT = 0.01  # radians
LINE_END, HYPHEN = "\r\n", "\x02"
INVISIBLE = raw.FPDF_TEXTRENDERMODE_INVISIBLE
# The page as its ink shows it, one pixel a point.
EDGE = 40  # a step in brightness
RULE_POINTS = 18  # an edge this long without a bend is a rule or the side of a box, no writing
AROUND_POINTS = 2
MOST_ELSEWHERE = 0.02  # of all edges: outside the text's boxes
LEAST_INKED = 0.97  # of all characters: have ink where they claim to stand
MOST_JUMPS = 3  # back up the page, from column to column


@dataclass(frozen=True, slots=True)
class _Character:
    text: str
    box: Box | None  # points, y down; None of white space
    is_generated: bool  # a space or line end that PDFium made of a gap


def lines_of(page: pdfium.PdfPage, scale: float) -> tuple[Line, ...] | None:
    """The lines of a page's own text, in pixels of `scale` for each point; None where it is not to be trusted.

    Raises:
        pdfium.PdfiumError: The page cannot be drawn.
    """
    if page.get_rotation() != 0:
        return None
    text = page.get_textpage()
    if not FEWEST_CHARACTERS <= text.count_chars() <= MOST_CHARACTERS:
        return None
    characters = _characters(page, text)
    if characters is None:
        return None
    boxes = [character.box for character in characters if character.box]
    if not boxes or not _shows_the_page(page, boxes):
        return None
    lines = [line for row in _rows(characters) if (line := _line(row, scale))]
    if _has_doubles(lines):
        return None
    return tuple(_in_reading_order(lines))


def _characters(page: pdfium.PdfPage, text: pdfium.PdfTextPage) -> list[_Character] | None:
    """Every character in the order of reading, or None at the first that is not sound."""
    left, top = _origin(page)
    found, visible = [], _Visibility(text)
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        is_generated = raw.FPDFText_IsGenerated(text, index) == 1
        char = "-" if code == ord(HYPHEN) else chr(code)
        if char.isspace() or is_generated:
            found.append(_Character(char, None, is_generated))
            continue
        if not _is_sound(char) or raw.FPDFText_HasUnicodeMapError(text, index) == 1 or not visible(index):
            return None
        tilt = raw.FPDFText_GetCharAngle(text, index)
        if min(tilt, 2 * math.pi - tilt) > LEAST_TILT:
            return None
        x0, y0, x1, y1 = text.get_charbox(index)
        found.append(_Character(char, Box(x0 - left, top - y1, x1 - left, top - y0), is_generated))
    return found


class _Visibility:
    """Whether a character is drawn; asked once for each piece of text that the page draws at once."""

    def __init__(self, text: pdfium.PdfTextPage) -> None:
        self._text = text
        self._known: dict[int, bool] = {}

    def __call__(self, index: int) -> bool:
        piece = raw.FPDFText_GetTextObject(self._text, index)
        if not piece:
            return False
        address = cast(piece, c_void_p).value or 0
        if address not in self._known:
            self._known[address] = raw.FPDFTextObj_GetTextRenderMode(piece) != INVISIBLE
        return self._known[address]


def _is_sound(char: str) -> bool:
    code = ord(char)
    if any(first <= code <= last for first, last in INVOLVED):
        return False
    # No control character, no private one, none that is not assigned, no "unknown".
    return unicodedata.category(char)[0] != "C" and char != "\ufffd"


def _origin(page: pdfium.PdfPage) -> tuple[float, float]:
    """The upper left corner of the visible part, in the PDF's units."""
    width, height = page.get_size()
    x, y = c_int(), c_int()
    fine = 100
    raw.FPDF_PageToDevice(
        page, 0, 0, round(width * fine), round(height * fine), 0, c_double(0), c_double(0), byref(x), byref(y)
    )
    return -x.value / fine, y.value / fine


def _shows_the_page(page: pdfium.PdfPage, boxes: list[Box]) -> bool:
    """The text stands where there is ink, and there is no other ink but rules and boxes."""
    bitmap = page.render(scale=1, grayscale=True).to_numpy()
    brightness = bitmap.reshape(bitmap.shape[:2]).astype(np.int16)
    across = np.abs(np.diff(brightness, axis=1, append=brightness[:, -1:])) > EDGE
    down = np.abs(np.diff(brightness, axis=0, append=brightness[-1:, :])) > EDGE
    writing = (across & ~_long(across.T).T) | (down & ~_long(down))
    covered = np.zeros_like(writing)
    inked = 0
    sums = np.pad((across | down).astype(np.int32).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    height, width = writing.shape
    for box in boxes:
        x0, x1 = (min(max(int(x), 0), width) for x in (box.left - AROUND_POINTS, box.right + AROUND_POINTS + 1))
        y0, y1 = (min(max(int(y), 0), height) for y in (box.top - AROUND_POINTS, box.bottom + AROUND_POINTS + 1))
        covered[y0:y1, x0:x1] = True
        inked += bool(sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0])
    elsewhere = int((writing & ~covered).sum())
    return inked >= LEAST_INKED * len(boxes) and elsewhere <= MOST_ELSEWHERE * max(int(writing.sum()), 1)


def _long(edges: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where at least RULE_POINTS edge pixels lie in a row, side by side."""
    height, width = edges.shape
    if width < RULE_POINTS:
        return np.zeros_like(edges)
    sums = np.pad(edges.astype(np.int32).cumsum(1), ((0, 0), (1, 0)))
    full = (sums[:, RULE_POINTS:] - sums[:, :-RULE_POINTS]) == RULE_POINTS
    marks = np.zeros((height, width + 1), np.int32)
    marks[:, : full.shape[1]] += full
    marks[:, RULE_POINTS : RULE_POINTS + full.shape[1]] -= full[:, : width + 1 - RULE_POINTS]
    return marks.cumsum(1)[:, :width] > 0


def _rows(characters: list[_Character]) -> Iterator[list[_Character]]:
    for is_end, row in itertools.groupby(characters, lambda character: character.text in LINE_END):
        if not is_end:
            yield list(row)


def _line(row: list[_Character], scale: float) -> Line | None:
    """Words of one row: runs without white space; characters of scripts without spaces stand alone."""
    words: list[tuple[list[_Character], bool]] = []
    is_apart, is_open = True, False
    for index, character in enumerate(row):
        if character.box is None:
            is_apart, is_open = not _is_false_space(row, index), False
        elif is_open and not (is_spaceless(character.text) or is_spaceless(words[-1][0][-1].text)):
            words[-1][0].append(character)
        else:
            words.append(([character], bool(words) and not is_apart))
            is_apart, is_open = False, True
    if not words:
        return None
    built = tuple(_word(characters, is_glued, scale) for characters, is_glued in words)
    return Line(built, polygon_of(hull(word.box for word in built)))


def _word(characters: list[_Character], is_glued: bool, scale: float) -> Word:
    box = hull(character.box for character in characters if character.box)
    place = polygon_of(Box(*(value * scale for value in box)))
    return Word("".join(character.text for character in characters), place, 1.0, is_glued)


def _is_false_space(row: list[_Character], index: int) -> bool:
    """PDFium made a space of a gap between two characters of a script without spaces."""
    inside = 0 < index < len(row) - 1
    return row[index].is_generated and inside and all(is_spaceless(row[at].text) for at in (index - 1, index + 1))


def _has_doubles(lines: Iterable[Line]) -> bool:
    """A word drawn twice at one place, as programs do for bold print: then more may be amiss."""
    places = [(word.text, round(word.box.left / 4), round(word.box.top / 4)) for line in lines for word in line.words]
    return len(set(places)) < len(places)


def _in_reading_order(lines: list[Line]) -> list[Line]:
    """As the program wrote them; where that jumps about the page, from top to bottom."""
    jumps = sum(after.box.bottom < before.box.top for before, after in itertools.pairwise(lines))
    if jumps <= MOST_JUMPS:
        return lines
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.box.center.y):
        if rows and abs(line.box.center.y - rows[-1][-1].box.center.y) < line.box.height / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line.box.left)]
