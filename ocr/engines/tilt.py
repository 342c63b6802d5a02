"""The tilt of Tesseract's lines, whose boxes are upright hulls. Pure."""

import math
from typing import Any

from ocr.geometry import polygon_of
from ocr.types import Box, Point, Polygon

# Below this a tilt is not worth telling from upright, and measuring errors dominate.
MIN_TILT_RADIANS = math.radians(0.4)
MAX_TILT_RADIANS = math.radians(35)


def tilt_of(baseline: Any) -> float:
    """The angle of a line against the horizontal, in radians, y down."""
    if not baseline:
        return 0.0
    (x1, y1), (x2, y2) = baseline
    return clear_tilt(math.atan2(y2 - y1, x2 - x1)) if x2 > x1 else 0.0


def clear_tilt(angle: float) -> float:
    """The angle in radians, 0.0 where it is too small to be told from none, or too large for a line."""
    return angle if MIN_TILT_RADIANS < abs(angle) < MAX_TILT_RADIANS else 0.0


def tilted(box: Box, tilt: float) -> Polygon:
    """The rectangle that stands at an angle and fills its upright hull `box`."""
    if not tilt:
        return polygon_of(box)
    cos, sin = math.cos(tilt), abs(math.sin(tilt))
    width = (box.width * cos - box.height * sin) / (cos * cos - sin * sin)
    height = (box.height * cos - box.width * sin) / (cos * cos - sin * sin)
    if width <= 0 or height <= 0:  # too small to tell: a dot, a dash
        return polygon_of(box)
    center, signed = box.center, math.sin(tilt)

    def corner(u: float, v: float) -> Point:
        return Point(center.x + u * cos - v * signed, center.y + u * signed + v * cos)

    u, v = width / 2, height / 2
    return Polygon(corner(-u, -v), corner(u, -v), corner(u, v), corner(-u, v))
