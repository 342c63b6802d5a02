"""Django's own backend for PostgreSQL, with an end to waiting: a server that falls silent is as one that ends.

The limits of TCP find a network that is cut; they do not find a proxy, a balancer or a server that takes everything
and answers nothing.
"""

from types import SimpleNamespace
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.errors import _WaitTimeout

from accounts import patience


class Connection(psycopg.Connection[Any]):
    """Waits for an answer as long as `accounts.patience` says; then it is closed."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        seconds = patience.statement_seconds() if timeout is None else timeout
        try:
            return super().wait(gen, interval, seconds)
        except _WaitTimeout as error:
            if timeout is not None:
                raise
            self.pgconn.finish()  # an answer that comes later would be taken for that to another statement
            raise psycopg.OperationalError(f"the server has not answered for {seconds:g} seconds") from error


class DatabaseWrapper(base.DatabaseWrapper):
    """The same, with such connections."""

    Database = SimpleNamespace(**{**vars(psycopg), "connect": Connection.connect})  # type: ignore[assignment]
