"""What the Workspace API prints. Every key stands here, so that the contract can be compared by eye."""

from collections.abc import Iterable
from typing import Any

from ocr.extraction.fields import Extraction, Field, Rows, Value
from ocr.extraction.templates import Template
from ocr.geometry import on_grid
from ocr.types import Line, Page, Polygon, Word

Json = dict[str, Any]


def fields(page: Page, extraction: Extraction, *, remaining: int | None) -> Json:
    """The answer of POST /ocr/fields."""
    return {
        "status": "success",
        "data": {name: _found(page, value) for name, value in extraction.values.items()},
        "image": _image(page),
        "warnings": [
            {"code": notice.code, "fields": list(notice.fields), "message": notice.message}
            for notice in extraction.notices
        ],
        "usage": {"charged": True, "units": 1, "remaining": remaining},
    }


def flat(data: Json) -> Json:
    """Printed fields as plain texts, with everything else beside them under `field_bboxes`."""
    plain: Json = {name: _plain(found) for name, found in data.items()}
    return {**plain, "field_bboxes": {name: _beside(found) for name, found in data.items()}}


def text(page: Page, *, remaining: int | None) -> Json:
    """The answer of POST /ocr/text."""
    return {
        "status": "success",
        "text": page.text,
        "pages": [
            {
                "page": page.number,
                **_image(page),
                "source": page.source,
                "lines": [_line(page, line) for line in page.lines],
            }
        ],
        "usage": {"charged": True, "units": 1, "remaining": remaining},
    }


def templates(known: Iterable[Template]) -> Json:
    """The answer of GET /templates."""
    return {
        "templates": [
            {
                "id": one.id,
                "name": one.title,
                "builtIn": one.is_built_in,
                "fields": [definition(field) for field in one.fields],
            }
            for one in known
        ]
    }


def definition(field: Field) -> Json:
    """A field definition as on the wire."""
    printed: Json = {"name": field.name, "type": field.type, "description": field.description}
    return {**printed, "children": [definition(child) for child in field.children]} if field.children else printed


def _image(page: Page) -> Json:
    return {
        "width": page.width_px,
        "height": page.height_px,
        "rotation": page.rotation,
        "language": page.language,
    }


def _line(page: Page, line: Line) -> Json:
    return {**_placed(page, line), "words": [_placed(page, word) for word in line.words]}


def _placed(page: Page, part: Line | Word) -> Json:
    vertices = _vertices(page, part.polygon)
    return {
        "text": part.text,
        "bbox": _hull(vertices),
        "vertices": vertices,
        "confidence": round(part.confidence, 4),
    }


def _plain(found: Json) -> Any:
    value = found["value"]
    return [flat(row) for row in value] if isinstance(value, list) else value


def _beside(found: Json) -> Json:
    return {name: part for name, part in found.items() if name != "value"}


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
