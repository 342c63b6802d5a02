"""The cells of a sheet as columns of a table, which is what queries compare and sort.

The lists of a row (`ocr/cells.py`) are what it holds; the table `ocr_cells` is made from them by the
database itself, with each row that is written, however it is written: one line for the row's own
cells (`place` 0), one for each line item (`place`: the number of the array column). Taking an item
out of a list of JSON again and again is what made queries slow.

A line has SLOTS cells, as three columns each: `k`, the key, which is null for what is empty or not there; `t`,
the text as printed where the key does not hold it; `f`, the text in one letter case. Wider rows have several
lines (`part`).
"""

from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# More than the columns of any template.
SLOTS = 16
TABLE = "ocr_cells"
_BATCH = 200
_IDS = ("sheet_id", "place", "row_id", "line", "part")
_LISTS = {"k": "keys", "t": "texts", "f": "folds"}
_NAMES = [f"{letter}{slot}" for letter in _LISTS for slot in range(SLOTS)]
_INTO = f"INSERT INTO {TABLE} ({', '.join(_IDS)}, organization_id, {', '.join(_NAMES)})"
_EACH_AS_NEW = ", ".join(f"{name} = excluded.{name}" for name in _NAMES)
# The lists of a line item, in the order in which `ocr/cells.py` writes them.
_OF_LINE = {letter: f"(line.value -> {number})" for number, letter in enumerate(_LISTS)}


def make(connection: BaseDatabaseWrapper) -> None:
    """Make the table with its index, empty. Harmless to repeat, beside others who write: it then locks nothing."""
    if TABLE in connection.introspection.table_names():
        return
    is_postgres = connection.vendor == "postgresql"
    text = 'text COLLATE "C"' if is_postgres else "text"
    columns = [*(f"{name} bigint NOT NULL" for name in (*_IDS, "organization_id")), *(f"{n} {text}" for n in _NAMES)]
    # In the order of the sheet: a query reads one stretch of it, and no other index is needed.
    keyed = f"CREATE TABLE {TABLE} ({', '.join(columns)}, PRIMARY KEY ({', '.join(_IDS)}))"
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(keyed if is_postgres else f"{keyed} WITHOUT ROWID")
        if is_postgres:
            cursor.execute(f"CREATE INDEX cells_of_organization ON {TABLE} (organization_id)")


def fill(connection: BaseDatabaseWrapper) -> None:
    """Write the cells of the rows that were there before `keep_up`, beside others who write rows. Harmless to repeat.

    A few rows at a time: whoever wants to change one of them waits for so long.
    """
    last, lock = 0, "FOR SHARE" if connection.vendor == "postgresql" else ""
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM ocr_row WHERE id > {last} ORDER BY id LIMIT {_BATCH} {lock}")  # noqa: S608
            if not (ids := [id_ for (id_,) in cursor.fetchall()]):
                return
            # SQLite's statements end with a condition of their own.
            also = "WHERE" if connection.vendor == "postgresql" else "AND"
            for statement in _filled(connection.vendor, "r", "ocr_row AS r, "):
                cursor.execute(f"{statement} {also} r.id BETWEEN {ids[0]} AND {ids[-1]} ON CONFLICT DO NOTHING")
            last = ids[-1]


def drop(connection: BaseDatabaseWrapper) -> None:
    """Take table and triggers away again."""
    with connection.cursor() as cursor:
        for name in ("made", "changed", "gone", "emptied"):
            table = " ON ocr_row" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS cells_of_row_{name}{table}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS spocr_cells() CASCADE")
        cursor.execute(f"DROP TABLE {TABLE}")


def keep_up(connection: BaseDatabaseWrapper) -> None:
    """Let the database write the table with each row. Harmless to repeat; a table made anew has lost its triggers."""
    with connection.cursor() as cursor:
        for statement in _postgres_triggers() if connection.vendor == "postgresql" else _sqlite_triggers():
            cursor.execute(statement)


def keep_up_after_migrate(*, using: str, **_: Any) -> None:
    """Django's `post_migrate`: all tables stand now."""
    connection = connections[using]
    if TABLE in connection.introspection.table_names():
        keep_up(connection)


def _filled(vendor: str, row: str, source: str = "") -> tuple[str, str]:
    """The statements that write the cells of `row`: its own, and those of its line items."""
    lists = {letter: f"{row}.{name}" for letter, name in _LISTS.items()}
    if vendor == "postgresql":
        lines = (
            f"jsonb_each({row}.lines) AS place, jsonb_array_elements(place.value) WITH ORDINALITY AS line(value, at)"
        )
        of_lines = _parts(_OF_LINE["k"])
        return (
            f"{_INTO} {_selected(row, '0', '0', 'part.number', lists)} FROM {source}{_parts(lists['k'])}",
            f"{_INTO} {_selected(row, 'place.key::bigint', 'line.at - 1', 'part.number', _OF_LINE)} "
            f"FROM {source}{lines}, {of_lines}",
        )
    whole = f"CASE json_array_length({row}.keys) WHEN 0 THEN '[null]' ELSE {row}.keys END"
    first = f"part.key % {SLOTS} = 0"
    lines = f"json_each({row}.lines) AS place, json_each(place.value) AS line, json_each(line.value, '$[0]') AS part"
    number = f"part.key / {SLOTS}"
    return (
        f"{_INTO} {_selected(row, '0', '0', number, lists)} FROM {source}json_each({whole}) AS part WHERE {first}",
        f"{_INTO} {_selected(row, 'CAST(place.key AS INTEGER)', 'line.key', number, _OF_LINE)} "
        f"FROM {source}{lines} WHERE {first}",
    )


def _parts(keys: str) -> str:
    return f"generate_series(0, greatest(jsonb_array_length({keys}) - 1, 0) / {SLOTS}) AS part(number)"


def _selected(row: str, place: str, line: str, part: str, lists: dict[str, str]) -> str:
    items = [f"{found} ->> ({part} * {SLOTS} + {slot})" for found in lists.values() for slot in range(SLOTS)]
    return f"SELECT {row}.sheet_id, {place}, {row}.id, {line}, {part}, {row}.organization_id, {', '.join(items)}"


def _sqlite_triggers() -> tuple[str, ...]:
    filled = "; ".join(_filled("sqlite", "NEW"))
    places = "SELECT 0 UNION ALL SELECT CAST(key AS INTEGER) FROM json_each(OLD.lines)"
    emptied = f"DELETE FROM {TABLE} WHERE sheet_id = OLD.sheet_id AND place IN ({places}) AND row_id = OLD.id"  # noqa: S608
    return (
        f"CREATE TRIGGER IF NOT EXISTS cells_of_row_made AFTER INSERT ON ocr_row BEGIN {filled}; END",
        "CREATE TRIGGER IF NOT EXISTS cells_of_row_changed AFTER UPDATE OF keys, texts, folds, lines ON ocr_row "
        f"BEGIN {emptied}; {filled}; END",
        f"CREATE TRIGGER IF NOT EXISTS cells_of_row_gone AFTER DELETE ON ocr_row BEGIN {emptied}; END",
    )


def _postgres_triggers() -> tuple[str, ...]:
    own, of_lines = _filled("postgresql", "NEW")
    # One place after the other, each by the whole key: planned as a join, it read the sheet for every row.
    emptied = f"DELETE FROM {TABLE} WHERE sheet_id = OLD.sheet_id AND place = %s AND row_id = OLD.id"  # noqa: S608
    each = "FOR EACH ROW EXECUTE FUNCTION spocr_cells()"
    # Most rows have no line items and fit into one line: for these, each end of a job is one UPDATE that touches no
    # index. The statement for line items takes longer than all the rest, also where there are none.
    return (
        f"""CREATE OR REPLACE FUNCTION spocr_cells() RETURNS trigger LANGUAGE plpgsql SET jit = off AS $$
        DECLARE
          list_place bigint;
        BEGIN
          IF TG_OP = 'TRUNCATE' THEN TRUNCATE {TABLE}; RETURN NULL; END IF;
          IF TG_OP <> 'INSERT' AND OLD.lines <> '{{}}' THEN
            FOR list_place IN SELECT jsonb_object_keys(OLD.lines)::bigint LOOP
              {emptied % "list_place"};
            END LOOP;
          END IF;
          IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND jsonb_array_length(OLD.keys) > {SLOTS} THEN
            {emptied % 0};
          END IF;
          IF TG_OP <> 'DELETE' THEN
            {own} ON CONFLICT ({", ".join(_IDS)}) DO UPDATE SET {_EACH_AS_NEW};
            IF NEW.lines <> '{{}}' THEN {of_lines}; END IF;
          END IF;
          RETURN NULL;
        END $$""",
        f"CREATE OR REPLACE TRIGGER cells_of_row_made AFTER INSERT ON ocr_row {each}",
        f"CREATE OR REPLACE TRIGGER cells_of_row_changed AFTER UPDATE OF keys, texts, folds, lines ON ocr_row {each}",
        f"CREATE OR REPLACE TRIGGER cells_of_row_gone AFTER DELETE ON ocr_row {each}",
        "CREATE OR REPLACE TRIGGER cells_of_row_emptied AFTER TRUNCATE ON ocr_row EXECUTE FUNCTION spocr_cells()",
    )
