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
        column: Its definition.
        value: As the row holds it; {} for none.
    """

    address: str
    column: Json
    value: Json

    @property
    def label(self) -> str:
        return field_label(self.column["name"])

    @property
    def text(self) -> str:
        text = self.value.get("value")
        return text if isinstance(text, str) else ""

    @property
    def read(self) -> str | None:
        """What was read, where somebody has changed or confirmed it; None where nobody has."""
        return self.value.get("read")

    @property
    def is_checked(self) -> bool:
        return "corrected_at" in self.value

    @property
    def is_unsure(self) -> bool:
        return cells.is_unsure(self.value)

    @property
    def points(self) -> str:
        return " ".join(f"{corner['x']},{corner['y']}" for corner in self.value.get("vertices") or ())

    @property
    def is_changed(self) -> bool:
        return self.is_checked and self.read is not None and self.read != self.text

    @property
    def is_number(self) -> bool:
        return self.column.get("type") in NUMBERS

    @property
    def percent(self) -> int:
        """How sure it is: of both scores the lower."""
        return int(min(self.value.get("confidence") or 0.0, self.value.get("match_ratio") or 0.0) * 100)

    @property
    def mark(self) -> str:
        """Ties the input and the box together; "" without a box."""
        return f"cell-{self.address}" if self.points else ""

    def crop(self, width_px: int, height_px: int) -> str:
        """The part of a picture of that size around the value, as an SVG view box; "" without a box."""
        box = self.value.get("bbox")
        if not box:
            return ""
        left, top = max(box["xmin"] - CROP_ASIDE, 0), max(box["ymin"] - CROP_ABOVE, 0)
        right, bottom = min(box["xmax"] + CROP_ASIDE, 1000), min(box["ymax"] + CROP_ABOVE, 1000)
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
        return [self._cell(column) for column in self.columns if column["type"] != "array"]

    @cached_property
    def tables(self) -> list[LineItems]:
        return [_items(column, self.row.values) for column in self.columns if column["type"] == "array"]

    @property
    def grid_cells(self) -> Iterator[tuple[Cell | None, int]]:
        """For each column its cell, or for an array the number of its lines."""
        for column in self.columns:
            if column["type"] == "array":
                yield None, len(cells.items_of(self.row.values, column))
            else:
                yield self._cell(column), 0

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

    def _cell(self, column: Json) -> Cell:
        return Cell(column["name"], column, self.row.values.get(column["name"]) or {})


def rows_by_id(sheet: Item, ids: list[int], columns: list[Json]) -> list[RowShown]:
    """Those rows of a sheet, in the order of the ids."""
    rows = sheet.rows.filter(id__in=ids).select_related("job").defer("keys", "texts", "folds", "lines", "image")
    found = {row.id: row for row in rows}
    return [RowShown(found[id_], columns) for id_ in ids if id_ in found]


def _items(column: Json, values: Json) -> LineItems:
    name, children = column["name"], column["children"]
    lines = [
        [Cell(f"{name}[{number}].{child['name']}", child, item.get(child["name"]) or {}) for child in children]
        for number, item in enumerate(cells.items_of(values, column))
    ]
    heads = [(field_label(child["name"]), child.get("type") in NUMBERS) for child in children]
    return LineItems(name, field_label(name), heads, lines)
