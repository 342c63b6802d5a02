"""Daily sums of usage, written with each finished record, so that pages never count a million rows."""

from django.db import connection

from billing import chained
from billing.chained import AFTER, Step
from billing.models import UsageRecord

ALIKE = ("organization_id", "day", "kind", "key", "endpoint", "sheet", "outcome")
SUMS = ("charged_units", "overage_units", "free_units")


def add(record: UsageRecord, *, outcome: str, charged: int = 0, overage: int = 0, free: int = 0) -> None:
    """Add a finished record to its day. Runs in the transaction that finishes it; visitors have no sums."""
    if steps := adding(record, outcome=outcome, charged=charged, overage=overage, free=free):
        chained.run(steps)


def adding(record: UsageRecord, *, outcome: str, charged: int = 0, overage: int = 0, free: int = 0) -> list[Step]:
    """As `add`, as a part of a chain: one step, or none for visitors."""
    if record.organization_id is None:
        return []
    day = connection.ops.adapt_datefield_value(record.created_at.date())
    alike = [record.organization_id, day, record.kind, record.key, record.endpoint, record.sheet, outcome]
    sums = ", ".join(f"{name} = billing_usageday.{name} + excluded.{name}" for name in SUMS)
    return [
        Step(
            f"INSERT INTO billing_usageday ({', '.join(ALIKE + SUMS)}) "
            f"SELECT {', '.join(['%s'] * len(ALIKE + SUMS))} WHERE {AFTER} "
            f"ON CONFLICT ({', '.join(ALIKE)}) DO UPDATE SET {sums} RETURNING id",
            [*alike, charged, overage, free],
        )
    ]
