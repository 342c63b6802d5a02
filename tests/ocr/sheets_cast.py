"""Sheets and rows that tests begin with."""

from typing import Any

from accounts.models import Organization
from ocr import rows, sheets
from ocr.models import Item, Row
from ocr.sheets import Wanted

COLUMNS: list[dict[str, Any]] = [
    {"name": "vendor", "type": "string", "description": ""},
    {"name": "code", "type": "string", "description": ""},
    {"name": "day", "type": "date", "description": ""},
    {"name": "total", "type": "money", "description": ""},
    {
        "name": "items",
        "type": "array",
        "description": "",
        "children": [
            {"name": "description", "type": "string", "description": ""},
            {"name": "amount", "type": "money", "description": ""},
        ],
    },
]
BOX = {
    "bbox": {"xmin": 10, "ymin": 20, "xmax": 30, "ymax": 40},
    "vertices": [{"x": 10, "y": 20}, {"x": 30, "y": 20}, {"x": 30, "y": 40}, {"x": 10, "y": 40}],
    "match_ratio": 1.0,
    "bbox_source": "token_id",
    "confidence": 0.98,
}


def new_sheet(organization: Organization, name: str = "Invoices", columns: list[dict[str, Any]] = COLUMNS) -> Item:
    return sheets.create(organization, "/", Wanted("sheet", name, columns))


def cell(text: str, **normalized: str) -> dict[str, Any]:
    """A value as `/ocr/fields` prints it."""
    return {"value": text, **BOX, **({"normalized": normalized} if normalized else {})}


def add(sheet: Item, name: str = "scan.png", *, items: Any = (), **texts: str | dict[str, Any]) -> Row:
    """A row that was read: texts by column, line items as dicts of texts."""
    return add_values(sheet, name, texts, items=items)


def add_values(sheet: Item, name: str, texts: dict[str, Any], *, items: Any = ()) -> Row:
    """The same, for any names of columns."""
    row = rows.add(sheet, name=name, file=None)
    values = {name: text if isinstance(text, dict) else cell(text) for name, text in texts.items()}
    if items:
        lines = [{name: cell(text) for name, text in line.items()} for line in items]
        values["items"] = {"value": lines, **BOX}
    rows.record(row, values, image=None, warnings=[])
    row.refresh_from_db()
    return row
