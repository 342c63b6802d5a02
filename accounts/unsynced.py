"""Writes that need not reach the disk by themselves: counts of requests, which nothing is charged for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def unsynced() -> Iterator[None]:
    """On SQLite, what is committed within waits for no disk; the next commit outside takes it there, too.

    Only a power cut could take it back. A process that is killed loses nothing.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    connection.connection.execute("PRAGMA synchronous=NORMAL")
    try:
        yield
    finally:
        connection.connection.execute("PRAGMA synchronous=FULL")
