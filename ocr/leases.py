"""Claims on rows of work: one UPDATE takes a row, a random token proves it, a lease limits it.

All times are the database's: however wrong the clocks of the machines are, they agree with each other.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, models
from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from accounts import unsynced


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours until its lease ends. A finish that does not name the token changes nothing."""

    id: int
    token: str


@dataclass(frozen=True, slots=True)
class Due:
    """Rows that may be taken, in the order in which they should be: as SQL, which is composed once.

    Of a model with `worker`, `attempts` and `lease_until`.

    Attributes:
        first: The query of the first one's id. Its values stand in it: an index on a part of a table serves a
            statement that is planned once only where the condition's values are known then.
    """

    table: str
    first: str

    @classmethod
    def of(cls, rows: "models.QuerySet[Any]") -> "Due":
        sql, parameters = rows.values("id")[:1].query.sql_with_params()
        quoted = map(connection.schema_editor().quote_value, parameters)
        first = (sql % tuple(quoted)).replace("%", "%%")
        return cls(connection.ops.quote_name(rows.model._meta.db_table), first)

    def is_empty(self) -> bool:
        """Nothing may be taken. Asked first on SQLite, where a claim in vain keeps all others from writing."""
        if connection.vendor != "sqlite":
            return False
        with connection.cursor() as cursor:
            cursor.execute(self.first, [])
            return cursor.fetchone() is None


def claim(due: Due, *, seconds: float) -> Claim | None:
    """Take the first row of `due` for so many seconds; None when there is none."""
    if due.is_empty():
        return None
    token = new_token()
    with unsynced.unsynced(), connection.cursor() as cursor:
        cursor.execute(*claiming(due, token, seconds))
        taken = cursor.fetchone()
    return Claim(taken[0], token) if taken else None


def claiming(due: Due, token: str, seconds: float, *, also: str = "", returning: str = "id") -> tuple[str, list[Any]]:
    """The UPDATE that takes the first row of `due`. Rows that somebody else is just taking are passed over.

    It waits for no disk: a claim that a power cut takes back was none, and its token ends nothing.

    Args:
        also: Further assignments, as SQL.
    """
    skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    return (
        f"UPDATE {due.table} SET worker = %s, attempts = attempts + 1, lease_until = {_after_now()}{also} "  # noqa: S608 - our own names
        f"WHERE id = ({due.first} {skip}) AND {unsynced.condition()} RETURNING {returning}",
        [token, seconds],
    )


def new_token() -> str:
    return secrets.token_hex(16)


def renew(held: "models.QuerySet[Any]", *, seconds: float) -> int:
    """Make the leases of these rows end so many seconds from now; returns how many still had one."""
    return held.update(lease_until=Now() + timedelta(seconds=seconds))


def is_passed(field: str = "lease_until") -> models.Q:
    """The moment lies in the past."""
    return models.Q(**{f"{field}__lt": Now()})


def pull_back(rows: "models.QuerySet[Any]", field: str, *, seconds: float) -> int:
    """Bring moments that lie further ahead than they can have been set back to that distance.

    The database's clock has stepped back: without this, a dead worker's lease would last as long as the step.
    """
    ahead = Now() + timedelta(seconds=seconds)
    return rows.filter(**{f"{field}__gt": ahead + timedelta(seconds=1)}).update(**{field: ahead})


def uncount() -> CombinedExpression:
    """One attempt less, for work that was interrupted by us and not by the work."""
    return F("attempts") - 1


def now_sql() -> str:
    """SQL of this moment, as Django stores it."""
    return "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')" if connection.vendor == "sqlite" else "statement_timestamp()"


def _after_now() -> str:
    """SQL of a moment so many seconds (its one parameter) from now, as Django stores it."""
    if connection.vendor == "sqlite":
        return "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', %s || ' seconds')"
    return "statement_timestamp() + %s * interval '1 second'"
