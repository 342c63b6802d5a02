"""Pages that are badly lit or printed light on dark, made even before they are read. Pure."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.print_size import characters
from ocr.images import Pixels

MEASURED_SIDE_PX, MIN_CHARACTER_PX = 1200, 4
# A page is turned to its negative where that shows so many times more characters.
MORE_CHARACTERS, FEWEST_CHARACTERS = 2.0, 10
# The paper is looked at on a picture of this size, through a window that no letter fills.
PAPER_SIDE_PX, PAPER_WINDOW_PX = 256, 15
# The darkest paper against the brightest, below which the light is evened.
UNEVEN = 0.75


def is_negative(grey: Pixels) -> bool:
    """Whether the print is lighter than its ground."""
    if float(np.median(grey)) > 127:
        return False
    dark = len(characters(grey, MEASURED_SIDE_PX, MIN_CHARACTER_PX))
    light = len(characters(np.asarray(255 - grey), MEASURED_SIDE_PX, MIN_CHARACTER_PX))
    return light >= FEWEST_CHARACTERS and light > MORE_CHARACTERS * dark


def paper_of(grey: Pixels) -> NDArray[np.float32]:
    """How bright the paper is at each place of a small picture of the page."""
    factor = min(PAPER_SIDE_PX / max(grey.shape), 1.0)
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    kernel = np.ones((PAPER_WINDOW_PX, PAPER_WINDOW_PX), np.uint8)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel)
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), PAPER_WINDOW_PX / 3), np.float32)


def is_uneven(paper: NDArray[np.float32]) -> bool:
    dark, bright = np.percentile(paper, (5, 95))
    return bool(dark < UNEVEN * bright)


def evened(pixels: Pixels, paper: NDArray[np.float32]) -> Pixels:
    """The page as if its paper were equally bright everywhere."""
    height, width = pixels.shape[:2]
    light = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    ratio = 230.0 / np.maximum(light, 16.0)
    lit = pixels.astype(np.float32) * (ratio if pixels.ndim == 2 else ratio[:, :, None])
    return np.clip(lit, 0, 255).astype(np.uint8)
