"""`where`, `sort` and `select` of a sheet: understood here, carried out by the database.

Everything looks at `Row.keys`, `texts`, `folds` and `lines` (see `ocr/cells.py`). Names of columns become
numbers, and each value of a caller is a parameter: nothing that was given stands in the SQL.
Texts compare by code point (collation C), as SQLite and Python do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.db import connection
from django.db.models import BooleanField, F, OrderBy, QuerySet, TextField
from django.db.models.expressions import RawSQL

from accounts.errors import WrongValue
from ocr import cells
from ocr.models import Row

Json = dict[str, Any]
Sql = tuple[str, list[str]]

# The longer ones first: `>=` is not `>` and a value that begins with `=`.
OPERATORS = ("!=", ">=", "<=", "=", ">", "<", "~")
NAME, STATUS = "name", "ocrStatus"
MAX_CONDITIONS, MAX_SORTS, MAX_LENGTH = 20, 5, 2000
_IN_SQL = {"!=": "<>"}
Place = Literal["row", "line"]
ROW: Place = "row"
LINE: Place = "line"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a condition or a sort looks.

    Attributes:
        number: Of the cell, as in `Row.keys` (0 is the name); -1 is the status.
        array: Number of the array column whose lines hold the cell; None for a cell of the row itself.
    """

    name: str
    number: int
    array: int | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """`<column><operator><value>`."""

    target: Target
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Sort:
    """By one column; empty cells come last either way."""

    target: Target
    is_descending: bool


@dataclass(frozen=True)
class Query:
    """What a caller asks of a sheet. `columns` are the selected definitions, in the order asked for."""

    columns: list[Json]
    conditions: list[Condition] = field(default_factory=list)
    sorts: list[Sort] = field(default_factory=list)
    has_name: bool = True


def parse(columns: Sequence[Json], *, where: Sequence[str], sort: Sequence[str], select: Sequence[str]) -> Query:
    """Understand the parameters of a view or an export.

    Args:
        columns: Field definitions of the sheet.

    Raises:
        WrongValue: An unknown column or operator, with those there are; too many of something.
    """
    for name, given, most in (("where", where, MAX_CONDITIONS), ("sort", sort, MAX_SORTS)):
        if len(given) > most:
            raise WrongValue(name, f"Is given {len(given)} times; at most {most} are allowed.")
    for name, given in (("where", where), ("sort", sort), ("select", select)):
        if any("\0" in text or len(text) > MAX_LENGTH for text in given):
            raise WrongValue(name, f"Must be text of at most {MAX_LENGTH} characters, without NUL.")
    targets = _targets(columns)
    selected = _selected(columns, select)
    return Query(
        columns=[definition for name in selected for definition in columns if definition["name"] == name],
        conditions=[_condition(text, targets) for text in where],
        sorts=[_sort(text, targets) for text in sort],
        has_name=NAME in selected or not any(select),
    )


def rows_of(rows: "QuerySet[Row]", query: Query) -> "QuerySet[Row]":
    """Those rows that fit, in the order asked for; rows that are equal in it keep the sheet's order."""
    keys = {f"key_{number}": _sort_key(sort) for number, sort in enumerate(query.sorts)}
    order = (
        OrderBy(F(name), descending=sort.is_descending, nulls_last=True)
        for name, sort in zip(keys, query.sorts, strict=True)
    )
    return _fitting(rows, query).alias(**keys).order_by(*order, "id")


def page(rows: "QuerySet[Row]", query: Query, *, offset: int, limit: int) -> tuple[list[int], int]:
    """Ids of one page of the rows that fit, and how many fit."""
    if not query.conditions:
        ids = rows_of(rows, query).values_list("id", flat=True)[offset : offset + limit]
        return list(ids), rows.count()
    found = _page_and_count(rows, query, offset, limit)
    # Past the end there is no row that could say how many there are.
    return [id_ for id_, _ in found], found[0][1] if found else _fitting(rows, query).count()


def _page_and_count(rows: "QuerySet[Row]", query: Query, offset: int, limit: int) -> list[tuple[int, int]]:
    """Both in one pass over the sheet, which takes along no more than ids and keys."""
    keys = {f"key_{number}": _sort_key(sort) for number, sort in enumerate(query.sorts)}
    fitting = _fitting(rows, query).annotate(**keys).values_list("id", *keys)
    sql, parameters = fitting.query.sql_with_params()
    order = "".join(
        f"{name} {'DESC' if sort.is_descending else 'ASC'} NULLS LAST, "
        for name, sort in zip(keys, query.sorts, strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH found AS MATERIALIZED ({sql}) SELECT id, (SELECT COUNT(*) FROM found) FROM found "  # noqa: S608
            f"ORDER BY {order}id LIMIT {limit:d} OFFSET {offset:d}",
            parameters,
        )
        found: list[tuple[int, int]] = cursor.fetchall()
    return found


def _fitting(rows: "QuerySet[Row]", query: Query) -> "QuerySet[Row]":
    for condition in query.conditions:
        sql, parameters = _sql_of(condition)
        rows = rows.filter(RawSQL(sql, parameters, output_field=BooleanField()))  # noqa: S611 - see above
    return rows


def _targets(columns: Sequence[Json]) -> dict[str, Target]:
    """What can be named, by name. A sheet's own column goes before what every sheet has."""
    targets = {NAME: Target(NAME, cells.NAME_INDEX), STATUS: Target(STATUS, -1)}
    for number, column in enumerate(columns, 1):
        targets[column["name"]] = Target(column["name"], number)
        for child_number, child in enumerate(column.get("children") or ()):
            name = f"{column['name']}.{child['name']}"
            targets.setdefault(name, Target(name, child_number, array=number))
    for column in columns:
        if column["type"] == "array":
            del targets[column["name"]]
    return targets


def _selected(columns: Sequence[Json], select: Sequence[str]) -> list[str]:
    names = [column["name"] for column in columns]
    if not any(select):
        return names
    wanted: list[str] = []
    for text in select:
        wanted += [text] if text in names else [part.strip() for part in text.split(",") if part.strip()]
    for name in wanted:
        if name not in (*names, NAME):
            raise _unknown("select", name, [*names, NAME])
    return list(dict.fromkeys(wanted))


def _condition(text: str, targets: dict[str, Target]) -> Condition:
    text = text.strip()
    is_column = False
    for name in sorted(targets, key=len, reverse=True):
        if not text.startswith(name):
            continue
        is_column = True
        rest = text[len(name) :].lstrip()
        for operator in OPERATORS:
            if rest.startswith(operator):
                return Condition(targets[name], operator, rest[len(operator) :].strip())
    given = text[: min((text.find(o) for o in OPERATORS if o in text), default=len(text))].strip()
    if is_column and given == text:
        raise WrongValue("where", f"{text[:100]!r} has no operator. Write <column><operator><value> with one of "
                         f"{' '.join(OPERATORS)}.")  # fmt: skip
    raise _unknown("where", given, targets)


def _sort(text: str, targets: dict[str, Target]) -> Sort:
    text = text.strip()
    name, is_descending = _direction(text, targets)
    if name not in targets:
        raise _unknown("sort", name, targets)
    if targets[name].array is not None:
        raise WrongValue("sort", f"A row has many {name!r}; sort by a column that it has once.")
    return Sort(targets[name], is_descending)


def _direction(text: str, targets: dict[str, Target]) -> tuple[str, bool]:
    """The column's name, and whether the largest comes first."""
    if text in targets:
        return text, False
    if text[:1] == "-":
        return text[1:], True
    name, _, direction = text.rpartition(":")
    if direction not in ("asc", "desc") and name in targets:
        raise WrongValue("sort", f"{direction[:20]!r} is no direction. Write {name}:asc or {name}:desc.")
    return (name, direction == "desc") if direction in ("asc", "desc") else (text, False)


def _unknown(parameter: str, name: str, known: Iterable[str]) -> WrongValue:
    return WrongValue(parameter, f"There is no column {name[:100]!r}. The columns are: {', '.join(known)}.")


def _sort_key(sort: Sort) -> F | RawSQL:
    """What sorts as the column does; null for empty cells."""
    if sort.target.number < 0:
        return F("status")
    sql = f"NULLIF({_key(ROW, sort.target.number)}, '{cells.EMPTY}')"
    return RawSQL(sql, [], output_field=TextField())  # noqa: S611 - see above


def _sql_of(condition: Condition) -> Sql:
    target = condition.target
    if target.number < 0:
        return _compare_text("ocr_row.status", condition)
    if target.array is None:
        return _compare(ROW, condition)
    sql, parameters = _compare(LINE, condition)
    if connection.vendor == "postgresql":
        lines = f"jsonb_array_elements(ocr_row.lines -> '{target.array}') AS line(value)"
    else:
        lines = f"json_each(ocr_row.lines, '$.\"{target.array}\"') AS line"
    return f"EXISTS (SELECT 1 FROM {lines} WHERE {sql})", parameters  # noqa: S608 - numbers of ours


def _compare(place: Place, condition: Condition) -> Sql:
    number, value = condition.target.number, condition.value
    if condition.operator == "~":
        folded = f"COALESCE({_item(place, 2, number)}, {_text(place, number)})"
        return _compare_text(folded, condition)
    key, operator = _key(place, number), _operator(condition)
    kinds = ((cells.NUMBER, cells.number_key(value)), (cells.DATE, cells.date_key(value)))
    cases = [(kind, given) for kind, given in kinds if given is not None]
    # Numbers come first, then dates, then texts: a comparison or two tell a key's kind.
    of_kind = {
        cells.NUMBER: f"{key} < '{cells.DATE}'",
        cells.DATE: f"{key} >= '{cells.DATE}' AND {key} < '{cells.TEXT}'",
    }
    sql = [f"WHEN {of_kind[kind]} THEN {key} {operator} %s" for kind, _ in cases]
    # A text's key holds the text: `texts` is looked at only for numbers and dates that are compared as texts.
    sql.append(f"WHEN {key} >= '{cells.TEXT}' THEN {key} {operator} %s")
    otherwise, _ = _compare_text(_text(place, number), condition)
    return f"CASE {' '.join(sql)} ELSE {otherwise} END", [*(given for _, given in cases), cells.TEXT + value, value]


def _compare_text(text: str, condition: Condition) -> Sql:
    if condition.operator == "~":
        contains = "strpos" if connection.vendor == "postgresql" else "instr"
        return f"{contains}({text}, %s) > 0", [cells.folded(condition.value)]
    return f"{text} {_operator(condition)} %s", [condition.value]


def _operator(condition: Condition) -> str:
    return _IN_SQL.get(condition.operator, condition.operator)


def _text(place: Place, number: int) -> str:
    return f"COALESCE({_item(place, 1, number)}, substr({_key(place, number)}, 2))"


def _key(place: Place, number: int) -> str:
    return f"COALESCE({_item(place, 0, number)}, '{cells.EMPTY}')"


def _item(place: Place, part: int, number: int) -> str:
    """Item `number` of a row's keys (0), texts (1) or folds (2); or of those of a line item."""
    is_postgres = connection.vendor == "postgresql"
    if place == LINE:
        return (
            f'(line.value -> {part} ->> {number}) COLLATE "C"'
            if is_postgres
            else f"json_extract(line.value, '$[{part}][{number}]')"
        )
    column = "ocr_row." + ("keys", "texts", "folds")[part]
    return f'({column} ->> {number}) COLLATE "C"' if is_postgres else f"json_extract({column}, '$[{number}]')"
