"""Sheets as Excel workbooks: real numbers and dates, texts as they are, line items on a second sheet.

Written row by row into temporary files, since a workbook is a ZIP file whose index comes last;
memory stays flat.
"""

import datetime
import re
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ocr import exports
from ocr.cells import DATE, NUMBER, Cells, number_of, text_of
from ocr.exports import Leaf
from ocr.models import Item
from ocr.query import Query

MAX_ROWS = 1_048_576
MAX_TEXT = 32_767
_WIDTH = 18
_FIRST_YEAR = 1901  # Before it Excel counts days otherwise than the calendar.
_EXACT_DIGITS = 15
# In a column of texts only what a person would type as a number becomes one: no leading
# zeros, nothing so long that it would be shown in powers of ten.
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,10})(?:\.\d{1,6})?", re.ASCII)
_LEADING_ZERO = re.compile(r"\D*0\d", re.ASCII)
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False, "default_date_format": "yyyy-mm-dd"}  # fmt: skip


@contextmanager
def as_xlsx(sheet: Item, wanted: Query) -> Iterator[IO[bytes]]:
    """The workbook in a temporary file, at its start."""
    with TemporaryFile() as file:
        workbook = xlsxwriter.Workbook(file, _OPTIONS)
        columns = exports.leaves(sheet, wanted)
        _write_rows(workbook, sheet, wanted, [column for column in columns if not column.array])
        for array in dict.fromkeys(column.array for column in columns if column.array):
            _write_items(workbook, sheet, wanted, [column for column in columns if column.array == array])
        workbook.close()
        file.seek(0)
        yield file


class _Table:
    """A worksheet that goes on in another one where Excel's last row is reached."""

    def __init__(self, workbook: xlsxwriter.Workbook, title: str, columns: list[Leaf], lead: list[str]) -> None:
        self._workbook, self._title, self._columns, self._lead = workbook, title, columns, lead
        self._formats = {
            "bold": workbook.add_format({"bold": True}),
            DATE: workbook.add_format({"num_format": "yyyy-mm-dd"}),
            "whole": workbook.add_format({"num_format": "#,##0"}),
            "cents": workbook.add_format({"num_format": "#,##0.00"}),
        }
        self._part = 0
        self._begin()

    def _begin(self) -> None:
        self._part += 1
        name = self._title if self._part == 1 else f"{self._title} {self._part}"
        self._worksheet: Worksheet = self._workbook.add_worksheet(name)
        titles = [*self._lead, *(column.title for column in self._columns)]
        self._worksheet.freeze_panes(1, 0)
        self._worksheet.set_column(0, len(titles), _WIDTH)
        for number, title in enumerate(titles):
            self._worksheet.write_string(0, number, title, self._formats["bold"])
        self._row = 1

    def add(self, lead: list[int | str], cells: Cells) -> None:
        if self._row == MAX_ROWS:
            self._begin()
        for number, value in enumerate(lead):
            self._worksheet.write(self._row, number, value)
        for number, column in enumerate(self._columns, len(lead)):
            self._write(number, column, cells)
        self._row += 1

    def _write(self, number: int, column: Leaf, cells: Cells) -> None:
        text = text_of(cells, column.number)
        value = value_of(cells, column)
        if isinstance(value, datetime.date):
            self._worksheet.write_datetime(self._row, number, value, self._formats[DATE])
        elif isinstance(value, float):
            self._worksheet.write_number(self._row, number, value, self._number_format(text, column))
        elif text:
            self._worksheet.write_string(self._row, number, text[:MAX_TEXT])

    def _number_format(self, text: str, column: Leaf) -> Format | None:
        if column.type != "money":
            return None
        return self._formats["cents" if re.search(r"[.,]\d\d\D*$", text) else "whole"]


def value_of(cells: Cells, column: Leaf) -> str | float | datetime.date:
    """A cell as the spreadsheet is to hold it: a number or date where it surely is one."""
    text = text_of(cells, column.number)
    key = cells[0][column.number] or ""
    if key.startswith(DATE):
        day = datetime.date.fromisoformat(key[1:])
        return day if day.year >= _FIRST_YEAR else text
    if not key.startswith(NUMBER):
        return text
    number = number_of(key)
    digits = len(number.as_tuple().digits)
    is_typed = column.type in ("number", "money") and not _LEADING_ZERO.match(text) and digits <= _EXACT_DIGITS
    return float(number) if is_typed or _PLAIN_NUMBER.fullmatch(text) else text


def _write_rows(workbook: xlsxwriter.Workbook, sheet: Item, wanted: Query, columns: list[Leaf]) -> None:
    table = _Table(workbook, "Rows", columns, ["row"])
    number = 0
    for batch in exports.batches(sheet, wanted, ("keys", "texts")):
        for cells in batch:
            number += 1
            table.add([number], cells)


def _write_items(workbook: xlsxwriter.Workbook, sheet: Item, wanted: Query, columns: list[Leaf]) -> None:
    """A worksheet of one array's line items; `row` says which row of the first sheet they belong to."""
    array: Any = columns[0].array
    title = re.sub(r"[\[\]:*?/\\']", " ", columns[0].title.split(".")[0])[:28].strip() or "Items"
    table = _Table(workbook, "Items" if title.lower() == "rows" else title, columns, ["row", "name"])
    number = 0
    for batch in exports.batches(sheet, wanted, exports.TABLE_FIELDS):
        for *cells, lines in batch:
            number += 1
            for line in lines.get(array, ()):
                table.add([number, text_of(cells, 0)], line)
