"""A document as a table: the cells that stand side by side on a page, and the CSV of what was read."""

import csv
import io
from collections.abc import Iterable
from itertools import zip_longest

from ocr.exports import BYTE_ORDER_MARK, escaped
from ocr.extraction.fields import Extraction, Rows, Value
from ocr.extraction.layout import rows_of
from ocr.extraction.spans import BREAK
from ocr.types import Page

Record = dict[str, str]
PAGE = "page"


def cells_of(page: Page) -> list[list[str]]:
    """The rows of a page, each as its cells; none where nothing stands side by side."""
    rows = [row.text.split(BREAK) for row in rows_of(page)]
    return rows if any(len(row) > 1 for row in rows) else []


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
    return [{f"column {number}": cell for number, cell in enumerate(row.text.split(BREAK), 1)} for row in rows_of(page)]
