"""What each connection to PostgreSQL is set to: how long a statement waits for a lock, and no compiling of statements.

SQLite has its own limit: `timeout` in the settings.
"""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

# Compiling a statement takes longer than any of ours runs: half a second for the cells of one row.
SETTINGS = "SELECT set_config('lock_timeout', %s, false), set_config('jit', 'off', false)"


def attach(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Django's `connection_created`: whoever waits longer is told 503, instead of holding a thread for ever."""
    if connection.vendor == "postgresql":
        connection.connection.execute(SETTINGS, [f"{settings.LOCK_SECONDS}s"])
