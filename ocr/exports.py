"""Sheets as files: CSV, Excel, JSON, JSON Lines; streamed, with flat memory whatever their size.

Rows come in batches by short queries, so that no transaction and no cursor stays open while a
slow client reads. Texts come from `Row.keys`, `texts` and `lines`; the large `values` with their
boxes are read only where they are asked for.
"""

import csv
import io
import json
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any

from ocr import query
from ocr.cells import Cells, text_of
from ocr.models import Item, Row
from ocr.query import Query

Json = dict[str, Any]
# Neighbouring columns from the same place: the row itself (""), or one of its arrays; and their numbers there.
Spans = list[tuple[str, list[int]]]

# What is read of a row for a table: its keys and texts, and the cells of its line items.
TABLE_FIELDS = ("keys", "texts", "lines")
BYTE_ORDER_MARK = "\ufeff"
# The first batch is small: the first byte comes at once.
_FIRST_BATCH, _BATCH = 100, 2000
# What a spreadsheet would run, or would take for our own escape of it; but not plain numbers.
_TRIGGERS = frozenset("=+-@\t\r'")
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_PLAIN_NUMBER = re.compile(r"[-+]?\d[\d., ]*%?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How to write CSV.

    Attributes:
        repeats: Cells of the row stand on each of its sub-rows, not on the first alone.
        is_raw: Cells that a spreadsheet would run as formulas are left as they are.
    """

    delimiter: str = ","
    has_mark: bool = True
    repeats: bool = False
    is_raw: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """One column of a table: a cell of the row, or of its line items where `array` is set."""

    title: str
    type: str
    number: int
    array: str = ""


def leaves(sheet: Item, wanted: Query) -> list[Leaf]:
    """The columns that a table of the sheet has; arrays give one for each of their children."""
    numbers = {column["name"]: number for number, column in enumerate(sheet.columns, 1)}
    found = [Leaf(query.NAME, "string", 0)] if wanted.has_name and query.NAME not in numbers else []
    for column in wanted.columns:
        number = numbers[column["name"]]
        if column["type"] != "array":
            found.append(Leaf(column["name"], column["type"], number))
        for position, child in enumerate(column.get("children") or ()):
            title = f"{column['name']}.{child['name']}"
            found.append(Leaf(title, child["type"], position, array=str(number)))
    return found


def as_csv(sheet: Item, wanted: Query, style: CsvStyle) -> Iterator[bytes]:
    """CSV as RFC 4180 has it, in UTF-8."""
    columns = leaves(sheet, wanted)
    buffer = io.StringIO(BYTE_ORDER_MARK if style.has_mark else "", newline="")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer, delimiter=style.delimiter, lineterminator="\r\n")
    escape = (lambda text: text) if style.is_raw else escaped
    spans = [(place, [leaf.number for leaf in span]) for place, span in groupby(columns, lambda leaf: leaf.array)]
    writer.writerow([escape(column.title) for column in columns])
    for batch in batches(sheet, wanted, TABLE_FIELDS):
        for *cells, lines in batch:
            for texts in table_rows(spans, cells, lines, repeats=style.repeats):
                writer.writerow([text if text[:1] not in _TRIGGERS else escape(text) for text in texts])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    if rest := buffer.getvalue():
        yield rest.encode()


def as_json_lines(
    sheet: Item, wanted: Query, printed: Callable[[Row], Json], fields: tuple[str, ...]
) -> Iterator[bytes]:
    """One row as JSON on each line.

    Args:
        printed: Makes the JSON of a row, which has `fields` loaded.
    """
    for batch in _row_batches(sheet, wanted, fields):
        yield "".join(_dumped(printed(row)) + "\n" for row in batch).encode()


def as_json(
    head: Json, sheet: Item, wanted: Query, printed: Callable[[Row], Json], fields: tuple[str, ...]
) -> Iterator[bytes]:
    """One JSON object: what `head` holds, and the rows under `rows`."""
    yield (_dumped(head)[:-1] + ', "rows": [').encode()
    separator = "\n"
    for batch in _row_batches(sheet, wanted, fields):
        yield (separator + ",\n".join(_dumped(printed(row)) for row in batch)).encode()
        separator = ",\n"
    yield b"\n]}\n"


def plain_values(sheet: Item, wanted: Query, row: Row) -> Json:
    """The values of a row as texts, and line items as lists of objects; needs TABLE_FIELDS alone."""
    numbers = {column["name"]: number for number, column in enumerate(sheet.columns, 1)}
    return {
        column["name"]: [
            {child["name"]: text_of(line, position) for position, child in enumerate(column["children"])}
            for line in row.lines.get(str(numbers[column["name"]]), ())
        ]
        if column["type"] == "array"
        else text_of((row.keys, row.texts), numbers[column["name"]])
        for column in wanted.columns
    }


def table_rows(spans: Spans, cells: Cells, lines: dict[str, list[Cells]], *, repeats: bool) -> Iterator[list[str]]:
    """The texts of a row: as many sub-rows as it has line items, at least one."""
    own: list[list[str]] = [[] if place else _texts(cells, numbers) for place, numbers in spans]
    count = max((len(lines.get(place, ())) for place, _ in spans if place), default=0) or 1
    for number in range(count):
        texts: list[str] = []
        for (place, numbers), of_row in zip(spans, own, strict=True):
            items = lines.get(place, ()) if place else ()
            if number < len(items):
                texts += _texts(items[number], numbers)
            elif place or (number and not repeats):
                texts += [""] * len(numbers)
            else:
                texts += of_row
        yield texts


def _texts(cells: Cells, numbers: list[int]) -> list[str]:
    """The texts of cells, as `ocr.cells.text_of` gives each; this is where an export spends its time."""
    keys, printed = cells[0], cells[1]
    return [printed[number] or keys[number][1:] for number in numbers]  # type: ignore[index]


def escaped(text: str) -> str:
    """The text so that no spreadsheet runs it; one apostrophe in front is taken off again by `unescaped`."""
    return "'" + text if _RUNS.match(text) and not _PLAIN_NUMBER.fullmatch(text) else text


def unescaped(text: str) -> str:
    """What `escaped` was given."""
    return text[1:] if text[:1] == "'" and _RUNS.match(text) else text


def batches(sheet: Item, wanted: Query, fields: Iterable[str]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows that fit, in order, as tuples of `fields`, in batches of one or two short queries each."""
    names = ("id", *fields)
    if wanted.sorts or wanted.conditions:
        for ids in _sorted_ids(sheet, wanted) if wanted.sorts else _fitting_ids(sheet, wanted):
            found = {row[0]: row[1:] for row in sheet.rows.filter(id__in=ids).values_list(*names)}
            yield [found[id_] for id_ in ids if id_ in found]
        return
    rows, last, size = sheet.rows.order_by("id").values_list(*names), 0, _FIRST_BATCH
    while batch := list(rows.filter(id__gt=last)[:size]):
        last, size = batch[-1][0], _BATCH
        yield [row[1:] for row in batch]


def _fitting_ids(sheet: Item, wanted: Query) -> Iterator[list[int]]:
    found, last, size = query.ordered(sheet, wanted), 0, _FIRST_BATCH
    while batch := list(found.filter(row_id__gt=last)[:size]):
        last, size = batch[-1], _BATCH
        yield batch


def _sorted_ids(sheet: Item, wanted: Query) -> Iterator[list[int]]:
    # The order is found once; eight bytes a row hold it.
    position = iter(array("q", query.ordered(sheet, wanted).iterator(chunk_size=_BATCH)))
    size = _FIRST_BATCH
    while batch := list(islice(position, size)):
        size = _BATCH
        yield batch


def _row_batches(sheet: Item, wanted: Query, fields: tuple[str, ...]) -> Iterator[list[Row]]:
    for batch in batches(sheet, wanted, fields):
        yield [Row(sheet=sheet, **dict(zip(fields, values, strict=True))) for values in batch]


def _dumped(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
