"""Columns of prose, so that the left one is read before the right one. Pure.

Only columns of long lines count: the names and the prices of a receipt or a table stand side by
side too, and are read row by row.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# A column has so many lines, of this median width in heights of a line.
FEWEST_LINES, PROSE_WIDTH = 5, 10.0
# Headings and pictures may cross the space between columns; so large a share of the lines may not.
MAX_CROSSING = 0.2
# So few lines between the columns are a heading of three parts, not the words below a picture.
FEWEST_INSET, SAME_ROW = 3, 0.25
# How much of the shorter column stands beside the other.
SIDE_BY_SIDE = 0.5

Boxes = NDArray[np.float64]  # (n, 4): left, top, right, bottom


def regions(boxes: Boxes) -> list[list[int]]:
    """Indices of lines, grouped into regions that are read one after the other, row by row."""
    return list(_split(boxes, list(np.argsort(boxes[:, 1], kind="stable")))) if len(boxes) else []


def _split(boxes: Boxes, indices: list[int]) -> Iterator[list[int]]:
    gutter = _gutter(boxes[indices])
    if gutter is None:
        yield indices
        return
    inset = _inset(boxes, indices, gutter)
    left: list[int] = []
    right: list[int] = []
    for index in indices:
        crosses = boxes[index, 0] < gutter < boxes[index, 2]
        if not crosses:
            (left if boxes[index, 2] <= gutter else right).append(index)
        elif index not in inset:
            yield from _columns(boxes, left, right)
            yield [index]
            left, right = [], []
    yield from _columns(boxes, left, right)
    if inset:
        yield inset


def _inset(boxes: Boxes, indices: list[int], gutter: float) -> list[int]:
    """Lines between two columns that give way to them, such as the words below a picture; [] for too few."""
    found = []
    for index in indices:
        left, top, right, bottom = boxes[index]
        others = boxes[indices]
        common = np.minimum(others[:, 3], bottom) - np.maximum(others[:, 1], top)
        beside = others[common > SAME_ROW * np.minimum(others[:, 3] - others[:, 1], bottom - top)]
        is_between = (beside[:, 2] <= left).any() and (beside[:, 0] >= right).any()
        if left < gutter < right and is_between:
            found.append(index)
    return found if len(found) >= FEWEST_INSET else []


def _columns(boxes: Boxes, left: list[int], right: list[int]) -> Iterator[list[int]]:
    for column in (left, right):
        if column:
            yield from _split(boxes, column)


def _gutter(boxes: Boxes) -> float | None:
    """The x between two columns of prose that fewest lines cross."""
    if len(boxes) < 2 * FEWEST_LINES:
        return None
    candidates = np.unique(boxes[:, 0]) - 1.0
    crossing = (boxes[:, 0] < candidates[:, None]) & (boxes[:, 2] > candidates[:, None])
    counts = crossing.sum(axis=1)
    for number in np.argsort(counts, kind="stable"):
        if counts[number] > MAX_CROSSING * len(boxes):
            return None
        inside = boxes[~crossing[number]]
        is_left = inside[:, 2] <= candidates[number]
        if _are_columns(inside[is_left], inside[~is_left]):
            return float(candidates[number])
    return None


def _are_columns(left: Boxes, right: Boxes) -> bool:
    if min(len(left), len(right)) < FEWEST_LINES or not (_is_prose(left) and _is_prose(right)):
        return False
    common = min(left[:, 3].max(), right[:, 3].max()) - max(left[:, 1].min(), right[:, 1].min())
    return bool(common > SIDE_BY_SIDE * min(np.ptp(left[:, 1]), np.ptp(right[:, 1])))


def _is_prose(boxes: Boxes) -> bool:
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return bool(np.median(widths) > PROSE_WIDTH * np.median(heights))
