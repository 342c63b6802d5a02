"""`where`, `sort` and `select` of a sheet: understood here, carried out by the database.

Everything looks at the columns of `Cells` (see `ocr/cell_columns.py`). Names of columns become
numbers, and each value of a caller is a parameter: nothing that was given stands in the SQL.
Texts compare by code point (collation C), as SQLite and Python do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, OrderBy, QuerySet, TextField
from django.db.models.expressions import RawSQL

from accounts.errors import WrongValue
from ocr import cells
from ocr.cell_columns import SLOTS, TABLE
from ocr.models import Cells, Item

Json = dict[str, Any]
Sql = tuple[str, list[str]]

# The longer ones first: `>=` is not `>` and a value that begins with `=`.
OPERATORS = ("!=", ">=", "<=", "=", ">", "<", "~")
# Of other languages: taken for `=` and a value such as "=5" they would find nothing, without a word.
OTHERS_OPERATORS = ("==", "<>", "=<", "=>")
NAME, STATUS = "name", "ocrStatus"
MAX_CONDITIONS, MAX_SORTS, MAX_LENGTH = 20, 5, 2000
_IN_SQL = {"!=": "<>"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a condition or a sort looks.

    Attributes:
        number: Of the cell, as `ocr/cells.py` counts them (0 is the name); -1 is the status.
        array: Number of the array column whose lines hold the cell; None for a cell of the row itself.
    """

    name: str
    number: int
    array: int | None = None

    @property
    def stands_first(self) -> bool:
        """The first line of a row's own cells holds it: no look aside is needed."""
        return self.array is None and 0 <= self.number < SLOTS


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


def page(sheet: Item, query: Query, *, offset: int, limit: int) -> tuple[list[int], int]:
    """Ids of one page of the rows that fit, and how many fit."""
    if not query.conditions:
        return list(ordered(sheet, query)[offset : offset + limit]), sheet.rows.count()
    if connection.vendor == "sqlite" and query.sorts:
        return _page_in_one_look(sheet, query, offset=offset, limit=limit)
    return list(ordered(sheet, query)[offset : offset + limit]), fitting(sheet, query).count()


def _page_in_one_look(sheet: Item, query: Query, *, offset: int, limit: int) -> tuple[list[int], int]:
    """The same by one look through the sheet, which takes SQLite most of the time."""
    keys = {f"key_{number}": _sort_key(sort) for number, sort in enumerate(query.sorts)}
    rows, parameters = fitting(sheet, query).values("row_id", **keys).query.sql_with_params()
    order = [
        f"{name} {'DESC' if sort.is_descending else 'ASC'} NULLS LAST"
        for name, sort in zip(keys, query.sorts, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH fitting AS MATERIALIZED ({rows}) SELECT row_id, (SELECT count(*) FROM fitting) FROM fitting "  # noqa: S608
            f"ORDER BY {', '.join(order)}, row_id LIMIT %s OFFSET %s",
            [*parameters, limit, offset],
        )
        found = cursor.fetchall()
    return [row_id for row_id, _ in found], found[0][1] if found else fitting(sheet, query).count()


def ordered(sheet: Item, query: Query) -> "QuerySet[Cells, int]":
    """Ids of the rows that fit, in the order asked for; rows that are equal in it keep the sheet's order."""
    keys = {f"key_{number}": _sort_key(sort) for number, sort in enumerate(query.sorts)}
    order = (
        OrderBy(F(name), descending=sort.is_descending, nulls_last=True)
        for name, sort in zip(keys, query.sorts, strict=True)
    )
    return fitting(sheet, query).alias(**keys).order_by(*order, "row_id").values_list("row_id", flat=True)


def fitting(sheet: Item, query: Query) -> "QuerySet[Cells]":
    """The first line of cells of each row that fits."""
    rows = Cells.objects.filter(sheet=sheet, place=0, part=0)
    for condition in query.conditions:
        sql, parameters = _sql_of(condition, sheet)
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
        if rest.startswith(OTHERS_OPERATORS):
            raise WrongValue("where", f"{rest[:2]} is no operator. Write one of {' '.join(OPERATORS)}.")
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


def _sort_key(sort: Sort) -> RawSQL:
    """What sorts as the column does; null for empty cells."""
    target = sort.target
    if target.stands_first:
        sql = f"NULLIF({TABLE}.k{target.number}, '{cells.EMPTY}')"
    elif target.number < 0:
        sql = f"(SELECT status FROM ocr_row WHERE id = {TABLE}.row_id)"  # noqa: S608 - names of ours
    else:
        part, slot = divmod(target.number, SLOTS)
        sql = (
            f"(SELECT NULLIF(other.k{slot}, '{cells.EMPTY}') FROM {TABLE} AS other WHERE other.sheet_id = "  # noqa: S608
            f"{TABLE}.sheet_id AND other.place = 0 AND other.row_id = {TABLE}.row_id AND other.part = {part})"
        )
    return RawSQL(sql, [], output_field=TextField())  # noqa: S611 - see above


def _sql_of(condition: Condition, sheet: Item) -> Sql:
    target = condition.target
    if target.stands_first:
        return _compare(TABLE, target.number, condition)
    if target.number < 0:
        sql, parameters = _compare_text("status", condition)
        rows = f"SELECT id FROM ocr_row WHERE sheet_id = {sheet.id:d}"  # noqa: S608 - numbers of ours
    else:
        part, slot = divmod(target.number, SLOTS)
        sql, parameters = _compare("other", slot, condition)
        rows = (
            f"SELECT other.row_id FROM {TABLE} AS other WHERE other.sheet_id = {sheet.id:d} "  # noqa: S608
            f"AND other.place = {target.array or 0} AND other.part = {part}"
        )
    return f"{TABLE}.row_id IN ({rows} AND {sql})", parameters


def _compare(line: str, slot: int, condition: Condition) -> Sql:
    """Compare one cell of a line of `Cells`, of which `line` is the name in the statement."""
    value, key = condition.value, f"COALESCE({line}.k{slot}, '{cells.EMPTY}')"
    if condition.operator == "~":
        return _compare_text(f"COALESCE({line}.f{slot}, {line}.t{slot}, substr({key}, 2))", condition)
    operator = _operator(condition)
    kinds = ((cells.NUMBER, cells.number_key(value)), (cells.DATE, cells.date_key(value)))
    cases = [(kind, given) for kind, given in kinds if given is not None]
    # Numbers come first, then dates, then texts: a comparison or two tell a key's kind.
    of_kind = {
        cells.NUMBER: f"{key} < '{cells.DATE}'",
        cells.DATE: f"{key} >= '{cells.DATE}' AND {key} < '{cells.TEXT}'",
    }
    sql = [f"WHEN {of_kind[kind]} THEN {key} {operator} %s" for kind, _ in cases]
    # A text's key holds the text; the printed one is looked at only for numbers and dates that compare as texts.
    sql.append(f"WHEN {key} >= '{cells.TEXT}' THEN {key} {operator} %s")
    otherwise, _ = _compare_text(f"{line}.t{slot}", condition)
    return f"CASE {' '.join(sql)} ELSE {otherwise} END", [*(given for _, given in cases), cells.TEXT + value, value]


def _compare_text(text: str, condition: Condition) -> Sql:
    if condition.operator == "~":
        contains = "strpos" if connection.vendor == "postgresql" else "instr"
        return f"{contains}({text}, %s) > 0", [cells.folded(condition.value)]
    return f"{text} {_operator(condition)} %s", [condition.value]


def _operator(condition: Condition) -> str:
    return _IN_SQL.get(condition.operator, condition.operator)
