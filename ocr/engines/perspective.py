"""A sheet photographed at an angle, laid flat before it is read. Pure."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.images import Pixels, Raster

MEASURED_SIDE_PX = 500
# The sheet fills so much of the picture, stands out so much from what lies around it, and fills its corners so well.
LEAST_SHARE, LEAST_CONTRAST, LEAST_FILLED = 0.25, 40.0, 0.93
# How much opposite edges must lean to each other: the least sine between their directions.
LEANING = 0.06
# Two edges are opposite when one is no more than so many times the other.
MOST_UNEQUAL = 2.5
BORDER = 0.02  # of the picture's side

Corners = NDArray[np.float32]  # (4, 2): upper left, upper right, lower right, lower left


def leaning_sheet(grey: Pixels) -> Corners | None:
    """The corners of a bright sheet on darker ground that is seen at an angle; None where there is none."""
    step = -(-max(grey.shape) // MEASURED_SIDE_PX)
    small = np.ascontiguousarray(grey[::step, ::step])
    smooth = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (5, 5), 0)
    _, bright = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    outlines, _ = cv2.findContours(bright, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = max(outlines, key=cv2.contourArea, default=None)
    if outline is None or cv2.contourArea(outline) < LEAST_SHARE * small.size:
        return None
    corners = _corners(cv2.convexHull(outline))
    if corners is None or not _is_sheet(corners, outline, smooth) or not _leans(corners, small):
        return None
    return corners * np.float32(step)


def flattened(raster: Raster, corners: Corners) -> tuple[Raster, NDArray[np.float64]]:
    """The sheet alone as if seen from above, and the matrix (3 x 3) that leads back."""
    width = round(max(_length(corners, 0, 1), _length(corners, 3, 2)))
    height = round(max(_length(corners, 0, 3), _length(corners, 1, 2)))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, flat)
    pixels = cv2.warpPerspective(raster.pixels, matrix, (width, height), flags=cv2.INTER_CUBIC,
                                 borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    return Raster(np.asarray(pixels, np.uint8), raster.dpi, width, height), np.linalg.inv(matrix)


def _corners(hull: NDArray[np.int32]) -> Corners | None:
    length = cv2.arcLength(hull, True)
    for share in (0.02, 0.03, 0.05):
        found = cv2.approxPolyDP(hull, share * length, True).reshape(-1, 2).astype(np.float32)
        if len(found) == 4:
            return _ordered(found)
    return None


def _ordered(corners: Corners) -> Corners:
    total, across = corners.sum(axis=1), corners[:, 0] - corners[:, 1]
    order = [int(total.argmin()), int(across.argmax()), int(total.argmax()), int(across.argmin())]
    return corners[order] if len(set(order)) == 4 else corners


def _is_sheet(corners: Corners, outline: NDArray[np.int32], smooth: Pixels) -> bool:
    """The outline fills its corners, and what lies around it is clearly darker."""
    if cv2.contourArea(outline) < LEAST_FILLED * cv2.contourArea(corners):
        return False
    mask = np.zeros(smooth.shape, np.uint8)
    cv2.fillConvexPoly(mask, corners.astype(np.int32), 255)
    around = smooth[mask == 0]
    return bool(around.size and np.median(smooth[mask > 0]) - np.median(around) > LEAST_CONTRAST)


def _leans(corners: Corners, small: Pixels) -> bool:
    """Whether two opposite edges that are both seen are far from parallel, and none is far longer than its opposite."""
    top, right, bottom, left = ((corners[a], corners[b]) for a, b in ((0, 1), (1, 2), (3, 2), (0, 3)))
    pairs = [(first[1] - first[0], second[1] - second[0], _is_inside(small, *first) and _is_inside(small, *second))
             for first, second in ((top, bottom), (left, right))]  # fmt: skip
    unequal = max(_ratio(first, second) for first, second, _ in pairs)
    return unequal < MOST_UNEQUAL and any(seen and _sine(first, second) > LEANING for first, second, seen in pairs)


def _is_inside(small: Pixels, start: Corners, end: Corners) -> bool:
    """Whether an edge is the sheet's own, not the border of the picture."""
    far = np.array(small.shape[::-1], np.float32) * (1 - BORDER)
    near = np.array(small.shape[::-1], np.float32) * BORDER
    return not (((start < near) & (end < near)) | ((start > far) & (end > far))).any()


def _sine(first: Corners, second: Corners) -> float:
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return abs(float(first[0] * second[1] - first[1] * second[0])) / max(lengths, 1.0)


def _ratio(first: Corners, second: Corners) -> float:
    shorter, longer = sorted((float(np.linalg.norm(first)), float(np.linalg.norm(second))))
    return longer / max(shorter, 1.0)


def _length(corners: Corners, start: int, end: int) -> float:
    return float(np.linalg.norm(corners[start] - corners[end]))
