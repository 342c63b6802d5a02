"""What is printed about folders, sheets and rows. Every key stands here."""

from collections.abc import Iterable, Sequence
from typing import Any

from accounts.models import Organization
from ocr import exports, files, sheets
from ocr.api.workspace import outputs
from ocr.events import milliseconds
from ocr.models import Item, Row
from ocr.query import Query
from ocr.sheets import Entry

Json = dict[str, Any]


def entry(one: Entry) -> Json:
    """One line of GET /space."""
    printed: Json = {
        "path": one.path,
        "name": one.name,
        "type": one.kind,
        "createdAt": milliseconds(one.created_at),
    }
    return {**printed, "uniqueKey": one.key, "extensions": "sheet"} if one.kind == Item.Kind.SHEET else printed


def created(item: Item) -> Json:
    """The answer of POST /create."""
    return {"path": sheets.path_of(item), "type": item.kind, "uniqueKey": item.unique_key}


def folder(path: str, items: Iterable[Item]) -> Json:
    """GET /view of a folder."""
    above = path.rstrip("/")
    return {
        "type": "folder",
        "path": path,
        "items": [
            {"path": f"{above}/{item.name}", "name": item.name, "type": item.kind, "uniqueKey": item.unique_key}
            for item in items
        ],
    }


def memo(item: Item) -> Json:
    """GET /view of a memo."""
    return {"type": "memo", "path": sheets.path_of(item), "name": item.name, "text": item.text}


def sheet(item: Item, wanted: Query) -> Json:
    """What a view and an export say of the sheet itself."""
    return {"type": "sheet", "path": sheets.path_of(item), "name": item.name, "columns": wanted.columns}


def page(item: Item, wanted: Query, rows: Sequence[Json], *, total: int, matched: int, offset: int, limit: int) -> Json:  # noqa: PLR0913
    """GET /view of a sheet."""
    end = offset + len(rows)
    return {
        **sheet(item, wanted),
        "total": total,
        "matched": matched,
        "offset": offset,
        "limit": limit,
        "nextOffset": end if rows and end < matched else None,
        "rows": rows,
    }


def row(organization: Organization, item: Item, wanted: Query, one: Row, *, has_boxes: bool) -> Json:
    """One row of a view."""
    return {
        "rowKey": one.row_key,
        "name": one.name,
        "imageUrl": files.link(organization, one.file, page=one.page) if one.file else None,
        "ocrStatus": one.status,
        "values": _with_boxes(wanted, one) if has_boxes else exports.plain_values(item, wanted, one),
    }


def exported_row(item: Item, wanted: Query, one: Row, *, has_boxes: bool) -> Json:
    """One row of an export as JSON."""
    return {
        "rowKey": one.row_key,
        "name": one.name,
        "ocrStatus": one.status,
        "values": _with_boxes(wanted, one) if has_boxes else exports.plain_values(item, wanted, one),
    }


def _with_boxes(wanted: Query, one: Row) -> Json:
    empty: dict[bool, Json] = {True: {"value": []}, False: {"value": ""}}
    return outputs.flat(
        {column["name"]: one.values.get(column["name"], empty[column["type"] == "array"]) for column in wanted.columns}
    )
