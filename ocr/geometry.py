"""Polygons and boxes: scaling, turning, hulls. Pure; coordinates as in `ocr.types`."""

import math
from collections.abc import Iterable

from ocr.types import Box, Point, Polygon

GRID = 1000  # Workspace API: boxes lie on a grid of 0 to 1000 on both axes.


def polygon_of(box: Box) -> Polygon:
    """The upright polygon with the corners of `box`."""
    return Polygon(
        Point(box.left, box.top),
        Point(box.right, box.top),
        Point(box.right, box.bottom),
        Point(box.left, box.bottom),
    )


def hull(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of at least one box."""
    many = list(boxes)
    return Box(
        min(box.left for box in many),
        min(box.top for box in many),
        max(box.right for box in many),
        max(box.bottom for box in many),
    )


def around(polygons: Iterable[Polygon]) -> Polygon:
    """The rectangle around at least one polygon, tilted as the texts in them are on average.

    The tilt is the direction of the polygons' upper and lower edges, each weighted by its length.
    """
    many = list(polygons)
    if len(many) == 1:
        return many[0]
    dx = sum(p.top_right.x - p.top_left.x + p.bottom_right.x - p.bottom_left.x for p in many)
    dy = sum(p.top_right.y - p.top_left.y + p.bottom_right.y - p.bottom_left.y for p in many)
    length = math.hypot(dx, dy)
    if not length:
        return polygon_of(hull(p.box for p in many))
    cos, sin = dx / length, dy / length
    along = [p.x * cos + p.y * sin for polygon in many for p in polygon]
    across = [p.y * cos - p.x * sin for polygon in many for p in polygon]

    def back(u: float, v: float) -> Point:
        return Point(u * cos - v * sin, u * sin + v * cos)

    left, right, top, bottom = min(along), max(along), min(across), max(across)
    return Polygon(back(left, top), back(right, top), back(right, bottom), back(left, bottom))


def part_of(polygon: Polygon, start: float, end: float) -> Polygon:
    """The part of a text's polygon between two shares of its length, 0.0 to 1.0."""

    def between(a: Point, b: Point, share: float) -> Point:
        return Point(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)

    first, second, third, fourth = polygon
    return Polygon(
        between(first, second, start),
        between(first, second, end),
        between(fourth, third, end),
        between(fourth, third, start),
    )


def scaled(polygon: Polygon, factor_x: float, factor_y: float) -> Polygon:
    return Polygon(*(Point(point.x * factor_x, point.y * factor_y) for point in polygon))


def clipped(polygon: Polygon, width: float, height: float) -> Polygon:
    """Move corners that lie outside the page onto its edge."""
    return Polygon(*(Point(min(max(p.x, 0.0), width), min(max(p.y, 0.0), height)) for p in polygon))


def on_grid(point: Point, width_px: int, height_px: int) -> tuple[int, int]:
    """A pixel position on the 0 to 1000 grid of its page."""
    return (
        min(max(round(point.x * GRID / max(width_px, 1)), 0), GRID),
        min(max(round(point.y * GRID / max(height_px, 1)), 0), GRID),
    )


def overlap(first: Box, second: Box) -> float:
    """Intersection over union, 0.0 to 1.0."""
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    return common / (first.width * first.height + second.width * second.height - common)
