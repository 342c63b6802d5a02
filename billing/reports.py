"""Usage as people look at it: sums from the daily rows, single records for the export."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet, Sum

from accounts.models import Organization
from billing.models import Kind, UsageDay, UsageRecord

DIMENSIONS = ("key", "endpoint", "sheet", "outcome")
EXPORTED = (
    *("created_at", "settled_at", "kind", "endpoint", "key", "sheet", "subject"),
    *("engine", "status", "outcome", "units", "overage_units"),
)
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Amount:
    """Units of one day, key, door, sheet or outcome."""

    name: str
    charged: int
    further: int
    free: int


def by_day(organization: Organization, kind: Kind, first: date, last: date) -> list[Amount]:
    """One amount for every day from first to last, days without usage included."""
    found = {row["day"]: row for row in _sums(_days(organization, kind, first, last), "day")}
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [_amount(day.isoformat(), found.get(day, {})) for day in days]


def by(dimension: str, organization: Organization, kind: Kind, first: date, last: date) -> list[Amount]:
    """Amounts by key, endpoint, sheet or outcome, the largest first."""
    rows = _sums(_days(organization, kind, first, last), dimension)
    amounts = [_amount(row[dimension], row) for row in rows]
    return sorted(amounts, key=lambda amount: (-amount.charged - amount.free, amount.name))


def not_charged(organization: Organization) -> "QuerySet[UsageRecord]":
    """Records that were given back, newest first."""
    return organization.usage_records.filter(status=UsageRecord.Status.RELEASED).order_by("-id")


def as_csv(organization: Organization, first: date, last: date) -> Iterator[str]:
    """Every record of some days as CSV, in parts. No transaction stays open, however long it takes."""
    yield _line(EXPORTED)
    start, end = (datetime.combine(day, time.min, UTC) for day in (first, last + timedelta(days=1)))
    records = organization.usage_records.filter(created_at__gte=start, created_at__lt=end)
    after = 0
    while rows := list(records.filter(id__gt=after).order_by("id").values_list("id", *EXPORTED)[:_BATCH]):
        after = rows[-1][0]
        yield "".join(_line(_shown(value) for value in row[1:]) for row in rows)


def _days(organization: Organization, kind: Kind, first: date, last: date) -> "QuerySet[UsageDay]":
    return organization.usage_days.filter(kind=kind, day__range=(first, last))


def _sums(days: "QuerySet[UsageDay]", name: str) -> "list[dict[str, object]]":
    summed = days.values(name).annotate(
        charged=Sum("charged_units"), further=Sum("overage_units"), free=Sum("free_units")
    )
    return list(summed.order_by())


def _amount(name: object, row: "dict[str, object]") -> Amount:
    charged, further, free = (int(str(row.get(part) or 0)) for part in ("charged", "further", "free"))
    return Amount(str(name), charged, further, free)


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value if value is not None else "")


def _line(cells: "Iterator[str] | tuple[str, ...]") -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
