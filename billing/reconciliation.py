"""The nightly comparison: what the ledger billed, what we reported, what Stripe's meter holds."""

import logging
from datetime import datetime, timedelta

from django.db.models import QuerySet, Sum
from django.utils import timezone

from accounts.errors import SpocrError
from billing import cycles, gateway
from billing.models import BillableUnit, BillingAccount, MeterBatch, Reconciliation

log = logging.getLogger("spocr.billing")
# What was reported in the last minutes may not be counted yet.
SETTLING = timedelta(hours=2)


def compare_all() -> list[Reconciliation]:
    """Compare the present and the last cycle of every customer; returns those that differ."""
    if not gateway.is_on():
        return []
    paying = BillingAccount.objects.filter(customer_id__startswith="cus").exclude(anchor_at=None)
    return [row for account in paying.iterator() for row in _compared(account) if row.problem]


def compare(account: BillingAccount) -> list[Reconciliation]:
    """Compare one customer, by the time that Stripe was told of: that is how the meter counts."""
    now = timezone.now()
    present = cycles.at(account.anchor_at or now, now)
    last = cycles.at(account.anchor_at or now, present.start - timedelta(seconds=1))
    return [_compare(account, last.start, last.end), _compare(account, present.start, now + timedelta(minutes=1))]


def differences() -> "QuerySet[Reconciliation]":
    """What staff must look at."""
    return Reconciliation.objects.exclude(problem="").select_related("organization").order_by("-start_at")


def _compared(account: BillingAccount) -> list[Reconciliation]:
    try:
        return compare(account)
    except SpocrError as problem:
        log.error("%s could not be compared with the meter: %s", account.organization_id, problem)
        return []


def _compare(account: BillingAccount, start: datetime, end: datetime) -> Reconciliation:
    # The meter counts whole minutes. Rounded alike, the windows of two cycles neither overlap nor gape.
    first, last = _minute(start), _minute(end)
    batches = MeterBatch.objects.filter(
        organization=account.organization_id, reported_as_at__gte=first, reported_as_at__lt=last
    )
    reported = _units(batches.filter(status=MeterBatch.Status.CONFIRMED))
    in_ledger = _units(BillableUnit.objects.filter(batch__in=batches)) + _late(account, first, last)
    metered = gateway.metered(customer=account.customer_id, start=first, end=last)
    row, _ = Reconciliation.objects.update_or_create(
        organization_id=account.organization_id,
        start_at=start,
        defaults={
            "end_at": end,
            "ledger_units": in_ledger,
            "reported_units": reported,
            "meter_units": metered,
            "problem": _problem(in_ledger, reported, metered),
            "checked_at": timezone.now(),
        },
    )
    if row.problem:
        log.error("%s: %s", account.organization, row.problem)
    return row


def _late(account: BillingAccount, first: datetime, last: datetime) -> int:
    """Units that should have been reported by now and were never tried."""
    until = min(last, timezone.now() - SETTLING)
    waiting = BillableUnit.objects.filter(
        organization=account.organization_id, occurred_at__gte=first, occurred_at__lt=until
    )
    return _units(waiting.filter(batch=None)) + _units(waiting.filter(batch__reported_as_at=None, batch__isnull=False))


def _problem(in_ledger: int, reported: int, metered: int) -> str:
    if in_ledger == reported == metered:
        return ""
    return f"The ledger bills {in_ledger} scans, {reported} are confirmed as reported, the meter holds {metered}."


def _units(rows: "QuerySet[BillableUnit] | QuerySet[MeterBatch]") -> int:
    return rows.aggregate(total=Sum("units"))["total"] or 0


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
