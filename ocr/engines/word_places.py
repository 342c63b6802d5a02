"""Where words stand on a line that was cut out and levelled: between blanks, around their ink. Pure.

The recognizer knows the middle of each character only, and the detector's lines are about a third higher than
their print. The ink of the cut-out line says where words begin and end, and how high the line is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.base import spelled
from ocr.engines.spacing import is_spaceless
from ocr.images import Pixels
from ocr.types import Point, Polygon, Word

Quad = NDArray[np.float32]

# Grey levels between print and paper; fainter print is left in the box that the detector gave.
MIN_CONTRAST = 30
# Shares of the line's height: less print is not believed, so wide a blank parts a line from its neighbour's feet,
# and so much of it may belong to a neighbour.
MIN_BAND, PARTING, INTRUDER = 0.3, 0.06, 0.22
RULE = 0.9  # Of a line's length: rows with more ink are rules, not letters.
MARGIN = 0.04  # Of the line's height, left around the ink.


@dataclass(frozen=True, slots=True)
class Ink:
    """The print of one line.

    Attributes:
        top, bottom: Where it stands across the line, 0.0 to 1.0.
        columns: For each column of the cut-out line whether there is print in it.
        margin: What boxes leave around print, as a share of the line's length.
    """

    top: float
    bottom: float
    columns: NDArray[np.bool_]
    margin: float

    def blank(self, start: float, end: float) -> tuple[float, float]:
        """The blank that parts two places along the line, wide and near their middle; the middle if there is none."""
        first, last = round(start * len(self.columns)), round(end * len(self.columns))
        middle = (start + end) / 2
        runs = _runs(~self.columns[first:last]) + first
        if not len(runs):
            return middle, middle
        wide = runs[:, 1] - runs[:, 0] - np.abs(runs.sum(axis=1) / 2 - middle * len(self.columns))
        low, high = runs[int(wide.argmax())] / len(self.columns)
        margin = min(self.margin, (high - low) / 2)
        return float(low + margin), float(high - margin)

    def ends(self, start: float, end: float) -> tuple[float, float]:
        """Where the print before `start` begins and that after `end` stops."""
        first, last = round(start * len(self.columns)), round(end * len(self.columns))
        before, after = np.flatnonzero(self.columns[:first]), np.flatnonzero(self.columns[last:])
        low = before[0] / len(self.columns) - self.margin if len(before) else start
        high = (last + after[-1] + 1) / len(self.columns) + self.margin if len(after) else end
        return max(float(low), 0.0), min(float(high), 1.0)


def words_of(
    quad: Quad, crop: Pixels, characters: Sequence[str], centers: Sequence[float], probabilities: NDArray[np.float32]
) -> list[Word]:
    """Cut a line into words at spaces, and around every character of scripts without spaces.

    Args:
        quad: Where the line stands.
        crop: The line cut out and levelled.
        centers: Of each character along the line, 0.0 at its left end to 1.0 at its right end.
    """
    ink = ink_of(crop)
    words: list[Word] = []
    for run, is_glued in _word_runs(characters):
        text = spelled("".join(characters[index] for index in run))
        confidence = min(float(np.mean([probabilities[index] for index in run])), 1.0)
        place = part(quad, *_reach(centers, run, ink), ink)
        words.append(Word(text, place, confidence, glued=is_glued))
    return words


def _word_runs(characters: Sequence[str]) -> list[tuple[list[int], bool]]:
    """The indices of each word's characters, and whether no space stands before it."""
    runs: list[tuple[list[int], bool]] = []
    is_open = is_spaced = False
    for index, character in enumerate(characters):
        if character.isspace():
            is_open, is_spaced = False, True
        elif is_open and not is_spaceless(character):
            runs[-1][0].append(index)
        else:
            runs.append(([index], bool(runs) and not is_spaced))
            is_open, is_spaced = not is_spaceless(character), False
    return runs


def _reach(centers: Sequence[float], run: Sequence[int], ink: Ink | None) -> tuple[float, float]:
    """Where a word begins and ends along its line."""
    first, last = run[0], run[-1]
    low, high = ink.ends(centers[first], centers[last]) if ink else (0.0, 1.0)
    if first:
        low = _between(centers[first - 1], centers[first], ink)[1]
    if last + 1 < len(centers):
        high = _between(centers[last], centers[last + 1], ink)[0]
    return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)


def _between(before: float, after: float, ink: Ink | None) -> tuple[float, float]:
    """Where one character ends and the next begins: round the blank between them, else half way."""
    middle = (before + after) / 2
    return ink.blank(before, after) if ink else (middle, middle)


def ink_of(crop: Pixels) -> Ink | None:
    """The print of a line in color or grey; None where it is too faint or lies too oddly to be trusted."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY) if crop.ndim == 3 else crop
    _, dark = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    marks = dark.astype(np.bool_)
    if marks.mean() > 0.5:
        marks = ~marks
    if not marks.any() or abs(float(grey[marks].mean()) - float(grey[~marks].mean())) < MIN_CONTRAST:
        return None
    height, width = marks.shape
    marks[marks.mean(axis=1) > RULE] = False
    band = _band(marks.sum(axis=1))
    if band is None:
        return None
    top, bottom = band
    margin = MARGIN * height
    columns = marks[top:bottom].any(axis=0)
    return Ink(max(top - margin, 0.0) / height, min((bottom + margin) / height, 1.0), columns, margin / width)


def _band(rows: NDArray[np.int64]) -> tuple[int, int] | None:
    """The first and last row of a line's print: all of it, but for what hangs in from the lines above and below."""
    height = len(rows)
    runs = [tuple(map(int, run)) for run in _runs(rows > 1)]
    if not runs:
        return None
    heaviest = max(runs, key=lambda run: int(rows[run[0] : run[1]].sum()))
    kept = [run for run in runs if run == heaviest or not _is_intruder(run, heaviest, height)]
    top, bottom = kept[0][0], kept[-1][1]
    return (top, bottom) if bottom - top >= MIN_BAND * height else None


def _is_intruder(run: tuple[int, ...], heaviest: tuple[int, ...], height: int) -> bool:
    """It touches the edge, is thin, and a blank parts it from the line's own print."""
    touches = run[0] == 0 or run[1] == height
    gap = max(heaviest[0] - run[1], run[0] - heaviest[1])
    return touches and run[1] - run[0] < INTRUDER * height and gap >= PARTING * height


def _runs(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Start and end of each run of true values, one a row."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    return edges.reshape(-1, 2)


def unread_stretch(crop: Pixels, centers: Sequence[float]) -> float:
    """The most print along a line that stands between two characters that were read, in heights of the print."""
    ink = ink_of(crop)
    if ink is None:
        return 0.0
    edges = [round(place * len(ink.columns)) for place in (0.0, *centers, 1.0)]
    widest = max(int(ink.columns[start:end].sum()) for start, end in pairwise(edges))
    return float(widest / (crop.shape[0] * (ink.bottom - ink.top)))


def part(quad: Quad, left: float, right: float, ink: Ink | None = None) -> Polygon:
    """The part of a line's quadrilateral between two shares of its length, as high as its ink."""
    top, bottom = (ink.top, ink.bottom) if ink else (0.0, 1.0)
    if quad[0, 1] < quad[3, 1] and is_upright_column(quad):
        # Cut out turned against the clock: its right side is on top.
        corners = ((left, bottom), (left, top), (right, top), (right, bottom))
        return Polygon(*(_point(quad[[1, 2, 3, 0]], *corner) for corner in corners))
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Polygon(*(_point(quad, *corner) for corner in corners))


def _point(quad: Quad, along: float, across: float) -> Point:
    upper = quad[0] + (quad[1] - quad[0]) * along
    lower = quad[3] + (quad[2] - quad[3]) * along
    x, y = upper + (lower - upper) * across
    return Point(float(x), float(y))


def is_upright_column(quad: Quad) -> bool:
    """rapidocr turns crops that are 1.5 times as high as wide, so their text runs downwards."""
    width = np.linalg.norm(quad[0] - quad[1])
    height = np.linalg.norm(quad[0] - quad[3])
    return bool(height >= 1.5 * width)
