"""How long a statement waits for a lock on PostgreSQL. SQLite has its own: `timeout` in the settings."""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

LIMIT = "SELECT set_config('lock_timeout', %s, false)"


def attach(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Django's `connection_created`: whoever waits longer is told 503, instead of holding a thread for ever."""
    if connection.vendor == "postgresql":
        connection.connection.execute(LIMIT, [f"{settings.LOCK_SECONDS}s"])
