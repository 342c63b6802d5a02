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


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that is ours until its lease ends. A finish that does not name the token changes nothing."""

    id: int
    token: str


def claim(due: "models.QuerySet[Any]", *, seconds: float, also: str = "") -> Claim | None:
    """Take the first row of `due`; None when there is none.

    Args:
        due: Rows that may be taken, in the order in which they should be; of a model with `worker`,
            `attempts` and `lease_until`. Rows that somebody else is just taking are passed over.
        seconds: Length of the lease.
        also: Further assignments of the UPDATE, as SQL.
    """
    token = secrets.token_hex(16)
    first, parameters = due.values("id")[:1].query.sql_with_params()
    skip = "FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    table = connection.ops.quote_name(due.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET worker = %s, attempts = attempts + 1, lease_until = {_after_now()}{also} "  # noqa: S608 - our own names
            f"WHERE id = ({first} {skip}) RETURNING id",
            [token, seconds, *parameters],
        )
        taken = cursor.fetchone()
    return Claim(taken[0], token) if taken else None


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
