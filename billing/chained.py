"""Several statements that hold together, sent as one where the database takes them so.

PostgreSQL runs a chain as a single statement with common table expressions: one round trip, and no
transaction of its own around it. SQLite, where a statement costs no round trip, runs the steps one
after the other in a transaction, which no other writer can disturb.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection, models, transaction

from accounts.prepared import planned_once

# Stands in the WHERE of a step: the step before it gave a row.
AFTER = "{after}"
ALWAYS = "1 = 1"

Rows = list[tuple[Any, ...]]


class Step(NamedTuple):
    """A statement that gives rows, and its parameters. Its WHERE holds `AFTER`."""

    sql: str
    parameters: Sequence[Any]


def place_of(field: "models.Field[Any, Any]") -> str:
    """Where a value of this field stands in a SELECT. PostgreSQL cannot guess its type, which null does not show."""
    if connection.vendor != "postgresql":
        return "%s"
    kind = str(field.db_type(connection)).partition("(")[0]  # without a length, to which it would be cut in silence
    return f"CAST(%s AS {kind})"


def run(steps: Sequence[Step]) -> Rows:
    """The rows of the last step; none when one of the steps gave none: those behind it changed nothing.

    Locks are taken in the order of the steps. What was done before the step that gave no row stays done.
    """
    return _as_one(steps) if connection.vendor == "postgresql" else _in_turn(steps)


def run_whole(steps: Sequence[Step]) -> Rows:
    """As `run`, but nothing stays done when a step gives no row."""
    with transaction.atomic():
        if not (rows := run(steps)):
            transaction.set_rollback(True)
    return rows


def _as_one(steps: Sequence[Step]) -> Rows:
    texts = [steps[0].sql.replace(AFTER, ALWAYS)]
    texts += [step.sql.replace(AFTER, _gave_a_row(number)) for number, step in enumerate(steps[1:])]
    named = ", ".join(f"step{number} AS ({text})" for number, text in enumerate(texts[:-1]))
    whole = f"WITH {named} {texts[-1]}" if named else texts[-1]
    with planned_once() as cursor:
        cursor.execute(whole, [value for step in steps for value in step.parameters])
        return list(cursor.fetchall())


def _gave_a_row(number: int) -> str:
    return f"EXISTS (SELECT 1 FROM step{number})"  # noqa: S608


def _in_turn(steps: Sequence[Step]) -> Rows:
    rows: Rows = []
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        for step in steps:
            cursor.execute(step.sql.replace(AFTER, ALWAYS), step.parameters)
            if not (rows := list(cursor.fetchall())):
                break
    return rows
