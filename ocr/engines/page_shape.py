"""How the print of a page is arranged, judged before anything is read. Pure."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ocr.engines.print_size import FEWEST_CHARACTERS, characters
from ocr.images import Pixels

# Looked at on few of the pixels.
SIDE_PX, MIN_HEIGHT_PX = 1000, 3
# Lengths from here on are in heights of a character. How wide the print of a till slip, a card or a label is at most
# (measured: 197 of 210 receipts, photographed or scanned, 14 to 40; letters and invoices from 45 on).
STRIP = 42.0
MARGIN = 2.0  # per cent of the characters, at either side, that may be specks on the ground
# A row and, with nothing over it, the next.
ROW = 2.0
# Spaces of such widths lie over each other in at most so many rows of one column (the longest on 24 scanned pages of
# prose 5 and 4; on 39 invoices up to 12 and 12, on two pages in columns 44 and 36).
SPACES = ((1.6, 4), (3.0, 1))


class Shape(Enum):
    """How print is arranged."""

    STRIP = "one narrow strip, with no room for columns"
    COLUMN = "one column of prose"
    OTHER = "columns, tables, print on its side, or too little to tell"


def shape_of(grey: Pixels) -> Shape:
    """How the print of a page is arranged; OTHER where it is unclear."""
    step = -(-max(grey.shape) // SIDE_PX)
    boxes = characters(np.ascontiguousarray(grey[::step, ::step]), SIDE_PX, MIN_HEIGHT_PX)
    if len(boxes) < FEWEST_CHARACTERS:
        return Shape.OTHER
    width, height = np.median(boxes[:, 2:], axis=0)
    if width > height:
        return Shape.OTHER
    boxes = boxes / height
    left, right = np.percentile(boxes[:, 0] + boxes[:, 2] / 2, (MARGIN, 100 - MARGIN))
    if right - left < STRIP:
        return Shape.STRIP
    is_prose = all(_longest_gap(boxes, width) <= rows for width, rows in SPACES)
    return Shape.COLUMN if is_prose else Shape.OTHER


def _longest_gap(boxes: NDArray[np.float64], width: float) -> int:
    """In how many rows, one after the other, a space at least so wide with print on both sides is at the same place."""
    cell = width / 2  # A space is as wide where it holds two cells.
    rows = (boxes[:, 1] + boxes[:, 3] / 2) // ROW
    rows = (rows - rows.min()).astype(int)
    first, last = (boxes[:, 0] // cell).astype(int), ((boxes[:, 0] + boxes[:, 2]) // cell).astype(int)
    edges = np.zeros((rows.max() + 1, last.max() + 2), int)
    np.add.at(edges, (rows, first), 1)
    np.add.at(edges, (rows, last + 1), -1)
    ink = edges.cumsum(axis=1)[:, :-1] > 0
    ink = ink[ink.any(axis=1)]
    has_left = np.logical_or.accumulate(ink, axis=1)
    has_right = np.logical_or.accumulate(ink[:, ::-1], axis=1)[:, ::-1]
    free = ~ink & has_left & has_right
    longest, run = 0, np.zeros(free.shape[1] - 1, int)
    for row in free[:, :-1] & free[:, 1:]:
        run = (run + 1) * row
        longest = max(longest, int(run.max(initial=0)))
    return longest
