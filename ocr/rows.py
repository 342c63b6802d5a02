"""The rows of a sheet: added with their image, filled by a job, corrected by hand."""

import re
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.utils import timezone

from accounts.errors import NotFound, WrongValue
from accounts.models import ApiKey, User
from billing import chained
from billing.chained import AFTER, Step
from ocr import cells, events, webhooks
from ocr.extraction.amounts import amounts, numbers
from ocr.extraction.dates import dates
from ocr.models import Correction, Item, Row, StoredFile

Json = dict[str, Any]

MAX_NAME_LENGTH = 300
MAX_VALUE_LENGTH = 100_000
MAX_LINES = 10_000
_LINE_CELL = re.compile(r"(?P<column>.+)\[(?P<line>\d{1,6})\]\.(?P<child>.+)", re.DOTALL)
# How a corrected value of each type is understood, as extraction does it.
_SPANS = {"money": amounts, "number": numbers, "date": dates}
_CHANGED = {
    "code": "characters_replaced",
    "fields": [],
    "message": "Characters that no database stores were left out or replaced.",
}


class NoSuchRow(NotFound):
    """The sheet has no row of this index or key."""


@dataclass(frozen=True)
class Author:
    """Who corrects: a person on a page, or a key."""

    user: User | None = None
    key: ApiKey | None = None


def add(sheet: Item, *, name: str, file: StoredFile | None, page: int = 1, is_duplicate: bool = False) -> Row:
    """Append a row that waits for its values."""
    row = waiting(sheet, name=name, file=file, page=page, is_duplicate=is_duplicate)
    row.save(force_insert=True)
    return row


def waiting(sheet: Item, *, name: str, file: StoredFile | None, page: int, is_duplicate: bool) -> Row:
    """A row as `add` appends it, not yet stored."""
    clean = cells.storable(name)[:MAX_NAME_LENGTH]
    return Row(
        organization_id=sheet.organization_id,
        sheet=sheet,
        name=clean,
        file=file,
        page=page,
        is_duplicate=is_duplicate,
        **cells.encode(clean, {}, sheet.columns),
    )


def mark(row: Row, status: Row.Status) -> None:
    """Show what its job is doing."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ocr_row SET status = %s WHERE id = %s", [str(status), row.id])


def record(row: Row, values: Json, *, image: Json | None, warnings: list[Json]) -> None:
    """Fill a row with what was read: values by column, as `/ocr/fields` prints them. In the caller's transaction."""
    chained.run([recording(row, values, image=image, warnings=warnings)])


def recording(row: Row, values: Json, *, image: Json | None, warnings: list[Json]) -> Step:
    """As `record`, as a part of a chain."""
    clean = cells.storable(values)
    noted = warnings if clean == values else [*warnings, _CHANGED]
    changes = {
        "status": str(Row.Status.DONE),
        "values": clean,
        **cells.encode(row.name, clean, row.sheet.columns),
        "image": image,
        "warnings": cells.storable(noted),
    }
    fields = [Row._meta.get_field(name) for name in changes]
    own = connections[DEFAULT_DB_ALIAS]  # asked often
    stored = [f.get_db_prep_save(value, own) for f, value in zip(fields, changes.values(), strict=True)]  # type: ignore[union-attr]
    columns = ", ".join(f'"{f.column}" = %s' for f in fields)  # type: ignore[union-attr]
    return Step(f"UPDATE ocr_row SET {columns} WHERE id = %s AND {AFTER} RETURNING id", [*stored, row.id])  # noqa: S608


def find(sheet: Item, row: int | str) -> Row:
    """The row of a 0-based index or of a rowKey.

    Raises:
        NoSuchRow
    """
    if isinstance(row, str):
        found = sheet.rows.filter(row_key=row).first() if "\0" not in row else None
    else:
        found = sheet.rows.order_by("id")[row : row + 1].first() if 0 <= row < 2**31 else None
    if found is None:
        raise NoSuchRow(f"The sheet has no row {row!r}. Give a rowKey, or a 0-based index.")
    return found


def correct(row: Row, column: int | str, value: Any, *, author: Author) -> None:
    """Put another value into a cell. What was read stays beside it (`read`), and each change is kept.

    Args:
        column: A column's 0-based index or name; `items[2].amount` for the third line item.
        value: Text; for a whole array a list of objects with the texts of its children.

    Raises:
        WrongValue: The column is unknown, or the value does not fit it.
    """
    with transaction.atomic():
        locked = Row.objects.select_for_update().select_related("sheet").get(id=row.id)
        found, line, child = _addressed(locked, column)
        before = locked.values.get(found["name"])
        after = _corrected(before, found, line, child, cells.storable(value))
        values = {**locked.values, found["name"]: after}
        encoded = cells.encode(locked.name, values, locked.sheet.columns)
        Row.objects.filter(id=row.id).update(values=values, **encoded)
        Correction.objects.create(
            organization_id=locked.organization_id,
            row=locked,
            column=f"{found['name']}[{line}].{child['name']}" if child else found["name"],
            before=_part(before, line, child),
            after=_part(after, line, child),
            user=author.user,
            key=author.key,
        )
        locked.values = values
        webhooks.emit(locked.organization, "item.updated", lambda: events.item(locked))


def _addressed(row: Row, column: int | str) -> tuple[Json, int, Json | None]:
    """The column's definition; and the line's number and the child's definition, for a line item."""
    columns: list[Json] = row.sheet.columns
    if isinstance(column, int):
        if 0 <= column < len(columns):
            return columns[column], 0, None
        raise WrongValue("column", f"There is no column {column}; the sheet has {len(columns)}, counted from 0.")
    by_name = {definition["name"]: definition for definition in columns}
    if column in by_name:
        return by_name[column], 0, None
    address = _LINE_CELL.fullmatch(column)
    children = {c["name"]: c for c in by_name.get(address["column"], {}).get("children", [])} if address else {}
    if address and address["child"] in children:
        return _with_line(row, by_name[address["column"]], int(address["line"]), children[address["child"]])
    raise WrongValue("column", f"There is no column {column[:100]!r}. The columns are: {', '.join(by_name)}.")


def _with_line(row: Row, column: Json, line: int, child: Json) -> tuple[Json, int, Json]:
    count = len(cells.items_of(row.values, column))
    if line >= count:
        raise WrongValue("column", f"{column['name']!r} has {count} lines, counted from 0; there is no line {line}.")
    return column, line, child


def _corrected(before: Json | None, column: Json, line: int, child: Json | None, value: Any) -> Json:
    if child is not None:
        items = [dict(item) for item in cells.items_of({column["name"]: before}, column)]
        items[line][child["name"]] = _cell(items[line].get(child["name"]), child, value)
        return {**(before or {}), "value": items}
    if column["type"] != "array":
        return _cell(before, column, value)
    return _whole_array(before, column, value)


def _whole_array(before: Json | None, column: Json, value: Any) -> Json:
    names = [child["name"] for child in column["children"]]
    if not isinstance(value, list) or len(value) > MAX_LINES or not all(isinstance(line, dict) for line in value):
        raise WrongValue(
            "value", f"{column['name']!r} holds line items: give a list of objects with {', '.join(names)}."
        )
    if unknown := {name for line in value for name in line} - set(names):
        raise WrongValue("value", f"There is no {min(unknown)!r} in {column['name']!r}; it has {', '.join(names)}.")
    lines = [{c["name"]: _cell(None, c, line.get(c["name"], "")) for c in column["children"]} for line in value]
    return {**_with_read(before), "value": lines}


def _cell(before: Json | None, column: Json, value: Any) -> Json:
    if not isinstance(value, str):
        raise WrongValue("value", f"{column['name']!r} holds text: give a string.")
    if len(value) > MAX_VALUE_LENGTH:
        raise WrongValue("value", f"Has {len(value)} characters; at most {MAX_VALUE_LENGTH} are allowed.")
    cell = {**_with_read(before), "value": value}
    cell.pop("normalized", None)
    normalized = _normalized(value, column["type"])
    return {**cell, "normalized": normalized} if normalized else cell


def _with_read(before: Json | None) -> Json:
    """The cell with the value that was read kept beside the one to come; the first one, however often it is changed."""
    if before is None:
        return {"bbox": None, "vertices": None, "match_ratio": 0.0, "bbox_source": None, "confidence": 0.0,
                "read": None, "corrected_at": _now()}  # fmt: skip
    read = before["read"] if "read" in before else before.get("value")
    return {**before, "read": read, "corrected_at": _now()}


def _normalized(text: str, kind: str) -> dict[str, str] | None:
    if kind not in _SPANS:
        return None
    spans = [span for span in _SPANS[kind](text) if (span.start, span.end) == (0, len(text))]
    return spans[0].normalized if spans else None


def _part(cell: Json | None, line: int, child: Json | None) -> Any:
    """What a correction is about: the whole cell, or that of one line item."""
    return cell if child is None or cell is None else cell["value"][line].get(child["name"])


def _now() -> int:
    return int(timezone.now().timestamp() * 1000)
