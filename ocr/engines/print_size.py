"""Where the characters on a page are and how large, measured before anything is read. Pure."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.images import Pixels

MEASURED_SIDE_PX = 2000
# Ink is darker than the mean of its surroundings by this much; the window spans several letters.
WINDOW_PX, INK_CONTRAST = 31, 15
MIN_HEIGHT_PX = 5
FEWEST_CHARACTERS = 8


def character_height(grey: Pixels) -> float:
    """The usual height of a character in pixels, 0.0 where there are too few to tell.

    It is the median height of connected ink that has the shape of a character: between the height
    of an "x" and of a capital.
    """
    boxes = characters(grey, MEASURED_SIDE_PX, MIN_HEIGHT_PX)
    return float(np.median(boxes[:, 3])) if len(boxes) >= FEWEST_CHARACTERS else 0.0


def characters(grey: Pixels, side_px: int, min_height_px: int) -> NDArray[np.float64]:
    """Connected ink that has the shape of a character, as (n, 4): left, top, width, height.

    Args:
        side_px: The longer side of the picture that is looked at.
        min_height_px: The least height of a character on it.
    """
    factor = min(side_px / max(grey.shape), 1.0)
    small = _reduced(grey, factor) if factor < 1.0 else grey
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, WINDOW_PX, INK_CONTRAST)
    _, _, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    width, height, area = found[1:, 2], found[1:, 3], found[1:, 4]
    is_character = (
        (height >= min_height_px)
        & (height <= small.shape[0] // 8)
        & (width >= 2)
        & (width <= 3 * height)
        & (height <= 6 * width)
        & (area >= 0.12 * width * height)
    )
    return np.asarray(found[1:][is_character, :4] / factor, np.float64)


def _reduced(grey: Pixels, factor: float) -> Pixels:
    """A smaller picture, of every n-th pixel where it is less than half as large: a quarter of the time."""
    step = int(1 / factor)
    part, rest = np.ascontiguousarray(grey[::step, ::step]), factor * step
    return np.asarray(cv2.resize(part, None, fx=rest, fy=rest, interpolation=cv2.INTER_AREA), np.uint8)
