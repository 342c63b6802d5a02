"""Which words of two readings stand at the same place. Pure; both in pixels of one raster."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.engines.confidence import tokens
from ocr.types import Line, Word

# Of the smaller word: how much two words share on each axis where they are the same print.
COMMON_WIDTH, COMMON_HEIGHT = 0.4, 0.5
# How many times higher one word may be, where the other is not lower than usual on its page.
MOST_HEIGHT, LOW = 1.9, 0.75
# Boxes of single letters may miss each other by this part of their height.
REACH = 0.5
ROWS_AT_ONCE = 500  # keeps the comparison of two newspaper pages small


@dataclass(frozen=True, slots=True)
class Group:
    """The same print as two engines read it; one side may have seen nothing there.

    Attributes:
        first, second: Indices of words, counted through the lines of each reading.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]


def words_of(lines: Sequence[Line]) -> list[Word]:
    return [word for line in lines for word in line.words]


def aligned(first: Sequence[Word], second: Sequence[Word]) -> list[Group]:
    """Group words that overlap, directly or through a word of the other side.

    Every word is in exactly one group; groups come in the order of their first words.
    """
    parents = list(range(len(first) + len(second)))
    pairs = list(_overlapping(first, second))
    pairs += _reaching(first, second, {a for a, _ in pairs}, {b for _, b in pairs})
    for a, b in pairs:
        parents[_root(parents, a)] = _root(parents, len(first) + b)
    members: dict[int, list[int]] = {}
    for index in range(len(parents)):
        members.setdefault(_root(parents, index), []).append(index)
    return [
        Group(
            tuple(index for index in group if index < len(first)),
            tuple(index - len(first) for index in group if index >= len(first)),
        )
        for group in members.values()
    ]


def _reaching(
    first: Sequence[Word], second: Sequence[Word], met: set[int], met_by: set[int]
) -> Iterator[tuple[int, int]]:
    """Pairs among the words that met none, of which one has its place a little beside its ink."""
    ours = [index for index in range(len(first)) if index not in met]
    theirs = [index for index in range(len(second)) if index not in met_by]
    near = _overlapping([first[i] for i in ours], [second[i] for i in theirs], reach=REACH)
    return ((ours[a], theirs[b]) for a, b in near)


def _overlapping(first: Sequence[Word], second: Sequence[Word], reach: float = 0.0) -> Iterator[tuple[int, int]]:
    if not first or not second:
        return
    theirs = _boxes(second, reach)
    for start in range(0, len(first), ROWS_AT_ONCE):
        ours = _boxes(first[start : start + ROWS_AT_ONCE], reach)
        width = _common(ours[:, 0], ours[:, 2], theirs[:, 0], theirs[:, 2])
        height = _common(ours[:, 1], ours[:, 3], theirs[:, 1], theirs[:, 3])
        for a, b in np.argwhere((width > COMMON_WIDTH) & (height > COMMON_HEIGHT) & _alike(ours, theirs)):
            yield start + int(a), int(b)


def _boxes(words: Sequence[Word], reach: float) -> NDArray[np.float64]:
    """Left, top, right, bottom; as high as the run that a word hangs in: pieces are put above or below their line."""
    boxes = np.array([word.box for word in words], np.float64)
    start = 0
    for run in tokens(words):
        piece = slice(start, start := start + len(run))
        boxes[piece, 1], boxes[piece, 3] = boxes[piece, 1].min(), boxes[piece, 3].max()
    more = reach * (boxes[:, 3] - boxes[:, 1])
    return boxes + np.stack([-more, 0 * more, more, 0 * more], axis=1)


def _alike(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether the heights of each pair can be those of one line; noise and rules reach over several.

    Each is compared with what is usual in its own reading: one engine's boxes hug the ink. Marks and
    small letters are lower than their line: a box round their ink says nothing.
    """
    first, second = (
        side / max(float(np.median(side)), 1.0) for side in (ours[:, 3] - ours[:, 1], theirs[:, 3] - theirs[:, 1])
    )
    too_high = (first[:, None] > MOST_HEIGHT * second[None]) & (second >= LOW)[None]
    too_low = (second[None] > MOST_HEIGHT * first[:, None]) & (first >= LOW)[:, None]
    return ~(too_high | too_low)


def _common(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    other_start: NDArray[np.float64],
    other_end: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The shared length of each pair, as a share of the shorter."""
    shared = np.minimum(end[:, None], other_end[None]) - np.maximum(start[:, None], other_start[None])
    shorter = np.minimum((end - start)[:, None], (other_end - other_start)[None])
    return shared / np.maximum(shorter, 1.0)


def _root(parents: list[int], index: int) -> int:
    while parents[index] != index:
        parents[index] = parents[parents[index]]
        index = parents[index]
    return index
