"""Pages that are badly lit, made even for an engine that parts ink from paper by one threshold. Pure."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.images import Pixels

# The paper is looked at on a picture of this size, through a window that no letter fills.
PAPER_SIDE_PX, PAPER_WINDOW_PX = 256, 15
# The darkest paper against the brightest, below which the light is evened.
UNEVEN = 0.75
# What paper becomes, and the darkest that is still taken for paper.
WHITE, DARKEST = 230.0, 16.0


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
