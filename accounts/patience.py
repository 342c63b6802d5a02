"""How long a process waits for the database: for its locks, for a statement, for a network that says nothing.

A server or a network that dies does not say so: without limits a thread would wait for its answer for ever, and the
server keep the locks of a node that is gone. Only who serves people or works off jobs has a limit for statements
(`begin_serving`); commands such as `migrate` and `backup` take as long as they take.

SQLite has its own limit: `timeout` in the settings.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

# Compiling a statement takes longer than any of ours runs: half a second for the cells of one row.
# What is prepared (`planned_once`) finds rows by whole keys: one plan is as good as a new one for each value.
_FOR_ALL = {"lock_timeout": "{lock}s", "jit": "off", "plan_cache_mode": "force_generic_plan"}
# What the server does about clients that are gone: it asks whether they are there, and gives up what they hold.
_FOR_SERVING = {
    "client_connection_check_interval": "5s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
    "idle_in_transaction_session_timeout": "60s",
}
_is_serving = False
_takes_long: ContextVar[bool] = ContextVar("takes_long", default=False)
_is_brief: ContextVar[bool] = ContextVar("is_brief", default=False)
# Who asks whether we work gives up by itself after some seconds, and asks again.
BRIEF_SECONDS = 3.0


def begin_serving() -> None:
    """From now on each statement of this process has a limit."""
    global _is_serving
    _is_serving = True


def for_long() -> AbstractContextManager[None]:
    """Within it statements may take long: what the clock starts goes through whole tables."""
    return _within(_takes_long)


def for_a_moment() -> AbstractContextManager[None]:
    """Within it an answer that does not come at once is none."""
    return _within(_is_brief)


@contextmanager
def _within(limit: ContextVar[bool]) -> Iterator[None]:
    token = limit.set(True)
    try:
        yield
    finally:
        limit.reset(token)


def statement_seconds() -> float | None:
    """How long the next answer of PostgreSQL is waited for; None: as long as it takes."""
    if _is_brief.get():
        return BRIEF_SECONDS
    if not _is_serving:
        return None
    return (settings.LONG_STATEMENT_SECONDS if _takes_long.get() else settings.STATEMENT_SECONDS) or None


def attach(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Django's `connection_created`: whoever waits longer is told 503, instead of holding a thread for ever."""
    if connection.vendor != "postgresql":
        return
    wanted = _FOR_ALL | (_FOR_SERVING if _is_serving else {})
    values = [word for name, value in wanted.items() for word in (name, value.format(lock=settings.LOCK_SECONDS))]
    calls = ", ".join(["set_config(%s, %s, false)"] * len(wanted))
    connection.connection.execute(f"SELECT {calls}", values)
