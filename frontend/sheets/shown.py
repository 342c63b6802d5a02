"""A row as the pages show it: cells by column, line items, the boxes of what was read."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from frontend.sentences import field_label
from ocr import cells
from ocr.models import Item, Row

Json = dict[str, Any]
NUMBERS = ("money", "number")
# Of the grid of 1000 x 1000 that boxes are given on: what a crop shows around its value.
CROP_ASIDE, CROP_ABOVE = 90, 22


@dataclass(frozen=True)
class Cell:
    """One value.

    Attributes:
        address: As `rows.correct` takes it: `total`, `items[2].amount`.
        read: What was read, where somebody has changed or confirmed it; None where nobody has.
    """

    address: str
    label: str
    type: str
    text: str
    read: str | None
    is_checked: bool
    is_unsure: bool
    confidence: float
    points: str
    box: Json | None

    @classmethod
    def of(cls, address: str, column: Json, value: Json | None) -> "Cell":
        value = value or {}
        text = value.get("value")
        vertices = value.get("vertices") or []
        return cls(
            address=address,
            label=field_label(column["name"]),
            type=column.get("type", "string"),
            text=text if isinstance(text, str) else "",
            read=value.get("read"),
            is_checked="corrected_at" in value,
            is_unsure=cells.is_unsure(value),
            confidence=min(value.get("confidence") or 0.0, value.get("match_ratio") or 0.0),
            points=" ".join(f"{corner['x']},{corner['y']}" for corner in vertices),
            box=value.get("bbox"),
        )

    @property
    def is_changed(self) -> bool:
        return self.is_checked and self.read is not None and self.read != self.text

    @property
    def is_number(self) -> bool:
        return self.type in NUMBERS

    @property
    def percent(self) -> int:
        return int(self.confidence * 100)

    @property
    def mark(self) -> str:
        """Ties the input and the box together; "" without a box."""
        return f"cell-{self.address}" if self.points else ""

    def crop(self, width_px: int, height_px: int) -> str:
        """The part of a picture of that size around the value, as an SVG view box; "" without a box."""
        if not self.box:
            return ""
        left, top = max(self.box["xmin"] - CROP_ASIDE, 0), max(self.box["ymin"] - CROP_ABOVE, 0)
        right, bottom = min(self.box["xmax"] + CROP_ASIDE, 1000), min(self.box["ymax"] + CROP_ABOVE, 1000)
        across, down = width_px / 1000, height_px / 1000
        return f"{left * across:.0f} {top * down:.0f} {(right - left) * across:.0f} {(bottom - top) * down:.0f}"


@dataclass(frozen=True)
class LineItems:
    """An array column: its heads, and the cells line by line."""

    name: str
    label: str
    heads: list[tuple[str, bool]]
    lines: list[list[Cell]]


@dataclass(frozen=True)
class RowShown:
    """One row of a sheet."""

    row: Row
    columns: list[Json]

    @cached_property
    def cells(self) -> list[Cell]:
        """Those of plain columns, in the sheet's order."""
        return [Cell.of(c["name"], c, self.row.values.get(c["name"])) for c in self.columns if c["type"] != "array"]

    @cached_property
    def tables(self) -> list[LineItems]:
        return [_items(column, self.row.values) for column in self.columns if column["type"] == "array"]

    @property
    def grid_cells(self) -> Iterator[tuple[str, Cell | None, int]]:
        """For each column its head, its cell, and for an array the number of its lines."""
        plain = {cell.address: cell for cell in self.cells}
        counts = {table.name: len(table.lines) for table in self.tables}
        for column in self.columns:
            yield field_label(column["name"]), plain.get(column["name"]), counts.get(column["name"], 0)

    @cached_property
    def every_cell(self) -> list[Cell]:
        return [*self.cells, *(cell for table in self.tables for line in table.lines for cell in line)]

    @property
    def marks(self) -> list[Cell]:
        return [cell for cell in self.every_cell if cell.points]

    @property
    def unsure(self) -> list[Cell]:
        return [cell for cell in self.every_cell if cell.is_unsure]

    @property
    def is_waiting(self) -> bool:
        return self.row.status in (Row.Status.PENDING, Row.Status.PROCESSING)

    @property
    def problem(self) -> str:
        """Why the row holds nothing; "" where it does."""
        job = getattr(self.row, "job", None)
        return job.error_message if self.row.status == Row.Status.FAILED and job else ""

    @property
    def notices(self) -> list[str]:
        return [warning["message"] for warning in self.row.warnings]


def rows_by_id(sheet: Item, ids: list[int], columns: list[Json]) -> list[RowShown]:
    """Those rows of a sheet, in the order of the ids."""
    found = {row.id: row for row in sheet.rows.filter(id__in=ids).select_related("job", "file")}
    return [RowShown(found[id_], columns) for id_ in ids if id_ in found]


def _items(column: Json, values: Json) -> LineItems:
    name, children = column["name"], column["children"]
    lines = [
        [Cell.of(f"{name}[{number}].{child['name']}", child, item.get(child["name"])) for child in children]
        for number, item in enumerate(cells.items_of(values, column))
    ]
    heads = [(field_label(child["name"]), child.get("type") in NUMBERS) for child in children]
    return LineItems(name, field_label(name), heads, lines)
