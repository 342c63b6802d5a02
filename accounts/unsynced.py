"""Writes that need not reach the disk by themselves: counts of requests, and what is done again where it is lost.

Only a power cut takes such a write back, or the end of the database's server within a second: never without all that
was committed after it. A process of ours that is killed loses nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections

from accounts.prepared import planned_once

# Stands in the WHERE of a statement for `run`.
UNSYNCED = "{unsynced}"
# For the statement's own transaction; where it holds no row it holds nothing back.
_POSTGRESQL = "set_config('synchronous_commit', 'off', true) = 'off'"


def run(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of one statement; committed by itself, it waits for no disk: the next commit takes it there, too."""
    with unsynced(), planned_once() as cursor:
        cursor.execute(sql.replace(UNSYNCED, condition()), parameters)
        return list(cursor.fetchall())


def condition() -> str:
    """A condition that holds. A statement that asks for it waits for no disk on PostgreSQL, if it stands alone."""
    own = connections[DEFAULT_DB_ALIAS]
    return _POSTGRESQL if own.vendor == "postgresql" and not own.in_atomic_block else "1 = 1"


@contextmanager
def unsynced() -> Iterator[None]:
    """On SQLite, what is committed within waits for no disk."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    connection.connection.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        connection.connection.execute("PRAGMA synchronous=FULL")
