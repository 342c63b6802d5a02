"""Daily sums of usage, written with each finished record, so that pages never count a million rows."""

from typing import Any

from django.db.models import F

from billing.models import UsageDay, UsageRecord


def add(record: UsageRecord, *, outcome: str, charged: int = 0, overage: int = 0, free: int = 0) -> None:
    """Add a finished record to its day. Runs in the transaction that finishes it; visitors have no sums."""
    if record.organization_id is None:
        return
    alike: dict[str, Any] = {
        "organization_id": record.organization_id,
        "day": record.created_at.date(),
        "kind": record.kind,
        "key": record.key,
        "endpoint": record.endpoint,
        "sheet": record.sheet,
        "outcome": outcome,
    }
    sums = {
        "charged_units": F("charged_units") + charged,
        "overage_units": F("overage_units") + overage,
        "free_units": F("free_units") + free,
    }
    if not UsageDay.objects.filter(**alike).update(**sums):
        UsageDay.objects.get_or_create(**alike)
        UsageDay.objects.filter(**alike).update(**sums)
