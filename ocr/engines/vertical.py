"""Pages of Chinese, Japanese or Korean that are written in columns, from top to bottom. Pure.

PP-OCR reads a column turned on its side: its characters are the better ones (it has more of them), but it
passes over marks and small kana, which stand where no horizontal text has them. Tesseract's data for
columns knows those. So the two readings of a column are put together.
"""

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import cv2
import numpy as np

from ocr.engines.print_size import characters
from ocr.images import Pixels
from ocr.languages import Language
from ocr.types import Line, Point, Polygon, Word

MEASURED_SIDE_PX, MIN_CHARACTER_PX = 1500, 4
FEWEST_CHARACTERS = 6
# Within a line characters are nearer to each other than this part of their height, lines are not.
REACH = 0.6
# How many fewer pieces remain where characters are joined downwards than where they are joined across.
FEWER = 0.5
# Of the lower column: how much two readings of one column share.
COMMON = 0.5


def is_in_columns(grey: Pixels, language: Language) -> bool:
    """Whether the page is in a language that may be written downwards, or in any, and looks so."""
    return (language.is_cjk or language.code == "auto") and runs_down(grey)


def runs_down(grey: Pixels) -> bool:
    """Whether characters stand nearer to those above and below them than to those beside them."""
    factor = min(MEASURED_SIDE_PX / max(grey.shape), 1.0)
    boxes = characters(grey, MEASURED_SIDE_PX, MIN_CHARACTER_PX) * factor
    if len(boxes) < FEWEST_CHARACTERS:
        return False
    reach = max(round(REACH * float(np.median(boxes[:, 3]))), 1)
    mask = np.zeros([round(side * factor) + 2 * reach for side in grey.shape], np.uint8)
    for left, top, width, height in boxes.round().astype(int):
        mask[top + reach : top + reach + height, left + reach : left + reach + width] = 1
    return _pieces(mask, 1, reach) < FEWER * _pieces(mask, reach, 1)


def _pieces(mask: Pixels, across: int, down: int) -> int:
    """How many separate pieces there are when each reaches so far across and down."""
    joined = cv2.dilate(mask, np.ones((down, across), np.uint8))
    return int(cv2.connectedComponents(joined, connectivity=4)[0]) - 1


def completed(columns: Sequence[Line], fuller: Sequence[Line]) -> tuple[Line, ...]:
    """Columns with what they lack of a fuller reading of the page.

    Args:
        columns: PP-OCR's, in reading order.
        fuller: Tesseract's.
    """
    done = []
    for column in columns:
        twin = next((line for line in fuller if _is_same_column(column, line)), None)
        done.append(_completed(column, twin) if twin else column)
    return tuple(done)


def _is_same_column(first: Line, second: Line) -> bool:
    a, b = first.box, second.box
    common = min(a.bottom, b.bottom) - max(a.top, b.top)
    return b.left < a.center.x < b.right and common > COMMON * min(a.height, b.height)


def _completed(column: Line, fuller: Line) -> Line:
    """The characters of the fuller reading; where as many were read otherwise, those of the column."""
    own, other = _characters(column), _characters(fuller)
    texts = ["".join(word.text for word in words) for words in (own, other)]
    words: list[Word] = []
    for kind, start, end, first, last in SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes():
        if kind == "insert":
            words += other[first:last]
        elif kind == "replace" and end - start != last - first:
            words += own[start:end] if end - start > last - first else other[first:last]
        elif kind != "delete":
            words += (replace(word, polygon=twin.polygon) for word, twin in
                      zip(own[start:end], other[first:last], strict=True))  # fmt: skip
    # Tesseract cuts some words of a column out of order.
    places = sorted((word.polygon for word in words), key=lambda polygon: polygon.box.center.y)
    placed = zip(words, places, strict=True)
    return Line(
        tuple(replace(word, polygon=place, glued=index > 0) for index, (word, place) in enumerate(placed)),
        fuller.polygon,
    )


def _characters(line: Line) -> list[Word]:
    """The words of a column cut into single characters, one below the other."""
    return [part for word in line.words for part in _parts(word)]


def _parts(word: Word) -> list[Word]:
    if len(word.text) == 1:
        return [word]
    (a, b, c, d), steps = word.polygon, len(word.text)

    def between(start: Point, end: Point, step: int) -> Point:
        share = step / steps
        return Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)

    return [
        replace(word, text=text, polygon=Polygon(between(a, d, step), between(b, c, step), between(b, c, step + 1),
                                                 between(a, d, step + 1)))
        for step, text in enumerate(word.text)
    ]  # fmt: skip
