"""Internet addresses in the ledger: kept no longer than they count for anything."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from billing.caps import ADDRESS_HOLDER
from billing.models import Kind, UsageCounter, UsageRecord
from billing.usage import STALE_JOB_AFTER

# Until then a reservation may still be given back to the counter of its address.
KEEP = STALE_JOB_AFTER + timedelta(days=1)
# With the demo key, `GET /conversions` counts this month and the last by the address.
KEEP_PARSE = timedelta(days=62)
BATCH = 1000


def forget() -> None:
    """Delete visitors' old records and days, and take the address out of organizations' records."""
    now = timezone.now()
    days = UsageCounter.objects.filter(holder__startswith=ADDRESS_HOLDER, period__lt=f"{now - KEEP:%Y-%m-%d}")
    days.delete()
    _delete(_old(now - KEEP).filter(organization=None, kind=Kind.SCAN))
    _delete(_old(now - KEEP_PARSE).filter(organization=None))
    _empty(_old(now - KEEP).exclude(organization=None))


def _old(before: datetime) -> "QuerySet[UsageRecord]":
    finished = UsageRecord.objects.exclude(status=UsageRecord.Status.RESERVED)
    return finished.filter(address__isnull=False, created_at__lt=before)


def _delete(records: "QuerySet[UsageRecord]") -> None:
    while ids := list(records.values_list("id", flat=True)[:BATCH]):
        UsageRecord.objects.filter(id__in=ids).delete()


def _empty(records: "QuerySet[UsageRecord]") -> None:
    while ids := list(records.values_list("id", flat=True)[:BATCH]):
        UsageRecord.objects.filter(id__in=ids).update(address=None)
