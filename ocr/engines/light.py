"""Pages that are badly lit, or faint, before they are read. Pure."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.print_size import FEWEST_CHARACTERS, MEASURED_SIDE_PX, MIN_HEIGHT_PX, characters
from ocr.images import Pixels, Raster

# A page is stretched where so many grey levels part its darkest print from its paper: fewer are none, more
# are enough (word F1 of engine 2 on 4 faint receipts: .71 -> .85).
NOTHING, FAINT = 25.0, 100.0
# The percentiles that count as darkest and brightest, of every fourth pixel each way.
EXTREMES, SAMPLED = (0.5, 99.5), 4
# The paper is looked at on a picture of this size, through a window that no letter fills.
PAPER_SIDE_PX, PAPER_WINDOW_PX = 256, 15
# The darkest paper against the brightest, below which the light is evened.
UNEVEN = 0.75
# What paper becomes, and the darkest that is still taken for paper.
WHITE, DARKEST = 230.0, 16.0
BLACK, WHITEST = 0, 255
# How far a point spreads in a softened page.
SOFT_PX = 1.0
# So many characters tell how dark the print is.
MOST_CHARACTERS = 400


def stretched(raster: Raster) -> Raster:
    """A faint page with its darkest print black and its paper white; others as they are."""
    dark, bright = np.percentile(raster.grey[::SAMPLED, ::SAMPLED], EXTREMES)
    if not NOTHING <= bright - dark < FAINT:
        return raster
    pixels = (raster.pixels.astype(np.float32) - dark) * (255 / (bright - dark))
    return replace(raster, pixels=np.asarray(np.clip(pixels, 0, 255), np.uint8))


def is_black_and_white(grey: Pixels) -> bool:
    """Whether it holds no other grey: handed over as bits, an engine need not part ink from paper."""
    return not cv2.inRange(grey, BLACK + 1, WHITEST - 1).any()


def paper_of(grey: Pixels) -> NDArray[np.float32]:
    """How bright the paper is at each place of a small picture of the page."""
    step = -(-max(grey.shape) // PAPER_SIDE_PX)
    small = np.ascontiguousarray(grey[::step, ::step])
    kernel = np.ones((PAPER_WINDOW_PX, PAPER_WINDOW_PX), np.uint8)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), PAPER_WINDOW_PX / 3), np.float32)


def is_uneven(paper: NDArray[np.float32]) -> bool:
    """Whether some of the page is lit far worse than the rest, or shows something else than paper."""
    dark, bright = np.percentile(paper, (5, 95))
    return bool(dark < UNEVEN * bright)


def evened(grey: Pixels, paper: NDArray[np.float32]) -> Pixels:
    """The page as if its paper were equally bright everywhere."""
    height, width = grey.shape
    light = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(grey * (WHITE / np.maximum(light, DARKEST)), 0, 255), np.uint8)


def blackened(grey: Pixels) -> Pixels:
    """An evened page whose print is as black as what lies around the paper.

    By one threshold for the whole page, faint print beside a black edge is paper.
    """
    boxes = characters(grey, MEASURED_SIDE_PX, MIN_HEIGHT_PX).astype(int)
    if len(boxes) < FEWEST_CHARACTERS:
        return grey
    boxes = boxes[:: -(-len(boxes) // MOST_CHARACTERS)]
    ink = np.median([grey[top : top + height, left : left + width].min() for left, top, width, height in boxes])
    stretched = (grey.astype(np.float32) - ink) * (WHITEST / max(WHITE - ink, 1.0))
    return np.asarray(np.clip(stretched, 0, 255), np.uint8)


def softened(grey: Pixels) -> Pixels:
    """The page a little out of focus: the dots of a needle printer become strokes."""
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), SOFT_PX), np.uint8)
