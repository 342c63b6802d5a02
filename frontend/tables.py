"""A document as tables: the cells that stand side by side on a page, and the CSV of what was read."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from ocr.exports import BYTE_ORDER_MARK, escaped
from ocr.extraction import grid
from ocr.extraction.fields import Extraction, Rows, Value
from ocr.extraction.layout import rows_of
from ocr.types import Page

Record = dict[str, str]
PAGE = "page"


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell of a table shows; "" for an empty one."""

    text: str
    span: int
    is_number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page: the rows that name its columns, and the others."""

    head: list[list[Cell]]
    body: list[list[Cell]]


def tables_of(page: Page) -> list[Table]:
    """The tables of a page; none where nothing stands side by side."""
    return [_table(table) for table in grid.tables_of(rows_of(page)) if len(table.columns) > 1]


def _table(table: grid.Table) -> Table:
    rows = [list(_filled(row, table.columns)) for row in table.rows]
    return Table(rows[: table.header_rows], rows[table.header_rows :])


def _filled(row: Sequence[grid.Cell], columns: Sequence[grid.Column]) -> Iterator[Cell]:
    """The cells of a row with the empty ones between them."""
    column = 0
    for cell in row:
        yield from (Cell("", 1, columns[index].is_number) for index in range(column, cell.column))
        yield Cell(cell.text, cell.span, cell.span == 1 and columns[cell.column].is_number)
        column = cell.column + cell.span
    yield from (Cell("", 1, rest.is_number) for rest in columns[column:])


def as_csv(pages: Iterable[tuple[Page, Extraction | None]]) -> bytes:
    """The fields of every page, one line each, or one for each line item; without any fields, the rows of the text.

    UTF-8 with a mark that tells Excel so; cells that a spreadsheet would run are escaped, as in exports of sheets.
    """
    pages = list(pages)
    has_fields = any(found is not None for _, found in pages)
    records = [
        {PAGE: str(page.number), **record}
        for page, found in pages
        for record in (_of_fields(found) if has_fields else _of_rows(page))
    ]
    columns = list(dict.fromkeys(name for record in records for name in record))
    buffer = io.StringIO(BYTE_ORDER_MARK, newline="")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([escaped(name) for name in columns])
    writer.writerows([[escaped(record.get(name, "")) for name in columns] for record in records])
    return buffer.getvalue().encode()


def _of_fields(found: Extraction | None) -> list[Record]:
    if found is None:
        return []
    own = {name: value.text for name, value in found.values.items() if isinstance(value, Value)}
    arrays = [_lines(name, value) for name, value in found.values.items() if isinstance(value, Rows)]
    lines = [
        {name: text for part in parts for name, text in part.items()} for parts in zip_longest(*arrays, fillvalue={})
    ]
    first, *rest = lines or [{}]
    return [own | first, *rest]


def _lines(name: str, array: Rows) -> list[Record]:
    return [{f"{name}.{child}": cell.text for child, cell in row.items()} for row in array.rows]


def _of_rows(page: Page) -> list[Record]:
    rows = list(grid.cells_of(rows_of(page)))
    width = max((row[-1].column + 1 for row in rows), default=0)
    empty = {f"column {number}": "" for number in range(1, width + 1)}
    return [empty | {f"column {cell.column + 1}": cell.text for cell in row} for row in rows]
