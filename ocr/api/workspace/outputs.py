"""What the Workspace API prints. Every key stands here, so that the contract can be compared by eye."""

from typing import Any

from ocr.extraction.fields import Extraction, Rows, Value
from ocr.geometry import on_grid
from ocr.types import Page, Polygon

Json = dict[str, Any]


def fields(page: Page, extraction: Extraction, *, remaining: int | None) -> Json:
    """The answer of POST /ocr/fields."""
    return {
        "status": "success",
        "data": {name: _found(page, value) for name, value in extraction.values.items()},
        "image": {
            "width": page.width_px,
            "height": page.height_px,
            "rotation": page.rotation,
            "language": page.language,
        },
        "warnings": [
            {"code": notice.code, "fields": list(notice.fields), "message": notice.message}
            for notice in extraction.notices
        ],
        "usage": {"charged": True, "units": 1, "remaining": remaining},
    }


def _found(page: Page, value: Value | Rows) -> Json:
    if isinstance(value, Rows):
        rows = [{name: _value(page, cell) for name, cell in row.items()} for row in value.rows]
        return {"value": rows, **_location(page, value)}
    return _value(page, value)


def _value(page: Page, value: Value) -> Json:
    printed = {"value": value.text, **_location(page, value)}
    return printed if value.normalized is None else {**printed, "normalized": dict(value.normalized)}


def _location(page: Page, value: Value | Rows) -> Json:
    polygon = value.polygon
    vertices = None if polygon is None else _vertices(page, polygon)
    return {
        "bbox": None if vertices is None else _hull(vertices),
        "vertices": vertices,
        "match_ratio": round(value.match_ratio, 4),
        "bbox_source": value.source if vertices else None,
        "confidence": round(value.confidence, 4),
    }


def _vertices(page: Page, polygon: Polygon) -> list[Json]:
    corners = (on_grid(point, page.width_px, page.height_px) for point in polygon)
    return [{"x": x, "y": y} for x, y in corners]


def _hull(vertices: list[Json]) -> Json:
    xs, ys = [corner["x"] for corner in vertices], [corner["y"] for corner in vertices]
    return {"xmin": min(xs), "ymin": min(ys), "xmax": max(xs), "ymax": max(ys)}
