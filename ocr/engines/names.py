"""Names in Latin letters on lines that run from right to left: Tesseract mixes up the words of two data there. Pure.

So such a line is read in its own script, and what nobody is sure of in it is cut at its spaces and read again,
each piece in the script that reads it better.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from ocr.engines.confidence import is_latin, sureness
from ocr.engines.spacing import blanks
from ocr.geometry import around, hull
from ocr.images import Pixels
from ocr.types import Box, Line, Point, Polygon, Word

LATIN_DATA = "eng"
# Words of its own script are read at .89 and more, and what it takes Latin letters for at .77 and less.
UNSURE, SURE = 0.8, 0.8
NONSENSE = 0.5
SPACE = 0.2  # Of the line's height: narrower blanks stand within words.
MARGIN_PX = 8  # Tesseract misses characters that touch the edge.
PAPER = 90  # the percentile of grey levels

ReadLine = Callable[[Pixels, str], Sequence[Word]]


def with_names(line: Line, grey: Pixels, read: ReadLine, data: str) -> Line:
    """The line with each stretch of words that nobody is sure of read again.

    Args:
        read: Reads a crop that holds a single line with one data.
        data: Of the line's own script.
    """
    words: list[Word] = []
    for is_sure, stretch in groupby(line.words, key=lambda word: word.confidence >= UNSURE):
        own = list(stretch)
        words += own if is_sure else _read_again(hull(word.box for word in own), grey, read, data) or own
    return line if tuple(words) == line.words else Line(tuple(words), around(word.polygon for word in words))


def in_own_script(line: Line, grey: Pixels, read: ReadLine, data: str) -> Line:
    """The line as its script's own data reads it, where that is surer.

    With two data at once Tesseract takes a line with signs that neither knows for names: "홍길동 (洪吉童)" for
    "S25(#ER)".
    """
    if sureness(line.words) >= NONSENSE:
        return line
    left, top = max(int(line.box.left), 0), max(int(line.box.top), 0)
    words = read(on_paper(grey[top : int(line.box.bottom) + 1, left : int(line.box.right) + 1]), data)
    if not words or sureness(words) <= sureness(line.words):
        return line
    moved = tuple(_moved(word, left - MARGIN_PX, top - MARGIN_PX) for word in words)
    return Line(moved, around(word.polygon for word in moved))


def _read_again(box: Box, grey: Pixels, read: ReadLine, data: str) -> list[Word]:
    """The words of a stretch in logical order; [] where it holds no name."""
    left, top = max(int(box.left), 0), max(int(box.top), 0)
    crop = grey[top : int(box.bottom) + 1, left : int(box.right) + 1]
    words: list[Word] = []
    names = 0  # how many names stand last: they go on to the right, the line to the left
    for start, end in reversed(_pieces(crop)):
        piece = on_paper(crop[:, start:end])
        own, latin = read(piece, data), read(piece, LATIN_DATA)
        is_latin_piece = _is_surely_name(latin) and (not own or sureness(latin) > sureness(own))
        found = [_moved(word, left + start - MARGIN_PX, top - MARGIN_PX) for word in (latin if is_latin_piece else own)]
        words[len(words) - names : len(words) - names] = found if is_latin_piece else []
        words += [] if is_latin_piece else found
        names = names + len(found) if is_latin_piece else 0
    return words if any(is_name(word.text) for word in words) else []


def _pieces(crop: Pixels) -> list[tuple[int, int]]:
    """Where the words of a line begin and end."""
    height, width = crop.shape
    spaces = [(start, end) for start, end in blanks(crop).tolist() if end - start >= SPACE * height]
    edges = [0, *(side for space in spaces for side in space), width]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end > start]


def _is_surely_name(words: Sequence[Word]) -> bool:
    return bool(words) and sureness(words) >= SURE and is_name("".join(word.text for word in words))


def is_name(text: str) -> bool:
    return any(map(str.isalpha, text)) and is_latin(text)


def on_paper(crop: Pixels) -> Pixels:
    """A crop with a margin as bright as its paper."""
    return np.pad(crop, MARGIN_PX, constant_values=int(np.percentile(crop, PAPER)))


def _moved(word: Word, across: float, down: float) -> Word:
    return replace(word, polygon=Polygon(*(Point(point.x + across, point.y + down) for point in word.polygon)))
