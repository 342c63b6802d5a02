"""Writes that need not reach the disk by themselves: counts of requests, which nothing is charged for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from accounts.prepared import planned_once

# Stands in the WHERE of a statement for `run`.
UNSYNCED = "{unsynced}"
# For the statement's own transaction; where it holds no row it holds nothing back.
_POSTGRESQL = "set_config('synchronous_commit', 'off', true) = 'off'"


def run(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of one statement; committed by itself, it waits for no disk: the next commit takes it there, too.

    Only a power cut could take it back, or the end of the database's server within a second. A process of ours that
    is killed loses nothing.
    """
    is_alone = not connection.in_atomic_block
    condition = _POSTGRESQL if is_alone and connection.vendor == "postgresql" else "1 = 1"
    with unsynced(), planned_once() as cursor:
        cursor.execute(sql.replace(UNSYNCED, condition), parameters)
        return list(cursor.fetchall())


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
