"""Turn a tilted page level before it is read, and what was read back to where it stands. Pure."""

import math
from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.engines.print_size import characters
from ocr.images import Pixels, Raster
from ocr.types import Line, Point, Polygon

MAX_DEGREES = 15.0
# Both engines read pages that are tilted less than this as well as level ones.
LEAST_DEGREES = 1.0
FEWEST_CHARACTERS = 30
MOST_CHARACTERS = 800
MEASURED_SIDE_PX, MIN_CHARACTER_PX = 900, 3
# How much sharper the lines must be at the best angle than at none.
CLEARLY = 1.1

Matrix = NDArray[np.float64]  # 3 x 3


def tilt(grey: Pixels) -> float:
    """The angle of the lines in degrees, clockwise; 0.0 for a level page or where it is unclear.

    Level lines stand in few narrow strips: the angle is the one at which the lower ends of the
    characters crowd together most.
    """
    boxes = characters(grey, MEASURED_SIDE_PX, MIN_CHARACTER_PX)
    if len(boxes) < FEWEST_CHARACTERS:
        return 0.0
    boxes = boxes[:: -(-len(boxes) // MOST_CHARACTERS)]
    strip = max(float(np.median(boxes[:, 3])) / 5, 1.0)
    feet = np.stack([boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1] + boxes[:, 3]])
    coarse = _sharpest(feet, strip, np.arange(-MAX_DEGREES - 1, MAX_DEGREES + 1.1, 0.5))
    angle = _sharpest(feet, strip, coarse + np.arange(-0.5, 0.51, 0.1))
    is_clear = _sharpness(feet, strip, angle) > CLEARLY * _sharpness(feet, strip, 0.0)
    return angle if is_clear and LEAST_DEGREES <= abs(angle) <= MAX_DEGREES else 0.0


def levelled(raster: Raster, degrees: float) -> tuple[Raster, Matrix]:
    """The page turned against its tilt on a larger sheet, and the matrix that leads back."""
    height, width = raster.pixels.shape[:2]
    cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    new_width, new_height = round(width * cos + height * sin), round(height * cos + width * sin)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    matrix[:, 2] += (new_width - width) / 2, (new_height - height) / 2
    edge = np.concatenate([raster.pixels[0], raster.pixels[-1]])
    color = np.median(edge, axis=0)
    border = tuple(map(float, np.atleast_1d(color)))
    pixels = cv2.warpAffine(
        raster.pixels, matrix, (new_width, new_height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT,
        borderValue=border,
    )  # fmt: skip
    turned = Raster(np.asarray(pixels, np.uint8), raster.dpi, new_width, new_height)
    return turned, np.vstack([cv2.invertAffineTransform(matrix), [0.0, 0.0, 1.0]])


def put_back(lines: Iterable[Line], matrix: Matrix) -> tuple[Line, ...]:
    """Lines of a levelled or flattened page where they stand on the page as it came."""
    return tuple(
        Line(
            tuple(replace(word, polygon=_moved(word.polygon, matrix)) for word in line.words),
            _moved(line.polygon, matrix),
        )
        for line in lines
    )


def _moved(polygon: Polygon, matrix: Matrix) -> Polygon:
    flat = np.array([(point.x, point.y, 1.0) for point in polygon]) @ matrix.T
    return Polygon(*(Point(x / w, y / w) for x, y, w in flat.tolist()))


def _sharpest(feet: NDArray[np.float64], strip: float, angles: NDArray[np.float64]) -> float:
    return float(max(angles, key=lambda angle: _sharpness(feet, strip, float(angle))))


def _sharpness(feet: NDArray[np.float64], strip: float, degrees: float) -> float:
    """The sum of squares of how many characters stand in each strip."""
    angle = math.radians(degrees)
    across = (feet[1] * math.cos(angle) - feet[0] * math.sin(angle)) / strip
    counts = np.bincount((across - across.min()).astype(np.int64))
    return float((counts.astype(np.float64) ** 2).sum())
