"""The way of billed scans to the meter: batched by organization and hour, each counted once.

A batch is sent with an identifier that Stripe counts once in at least 24 hours. So a send whose outcome
is unknown may be repeated for 23 hours; later the meter is asked what it holds before anything is sent.
Only one process sends for an organization at a time, because Stripe takes one call at a time for a customer.
"""

import logging
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min, Q, Sum
from django.db.models.functions import TruncHour
from django.utils import timezone

from accounts.models import Organization
from billing import cycles, gateway, terms
from billing.gateway import MeterRefused, OutcomeUnknown, PaymentsDown
from billing.models import BillableUnit, BillingAccount, MeterBatch

log = logging.getLogger("spocr.billing")
Status = MeterBatch.Status
SAME_IDENTIFIER_FOR = timedelta(hours=23)
OLDEST_EVENT = timedelta(days=34)
# Stripe finalizes an invoice an hour after its cycle; what comes later belongs to the next one.
LATEST_FOR_A_CYCLE = timedelta(minutes=50)
HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=2)
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30))


def send_due() -> int:
    """Batch what is due and send it; returns how many batches Stripe holds for sure now.

    Stops at the first sign that Stripe cannot be reached: the next run goes on.
    """
    if not gateway.is_on():
        return 0
    collect()
    confirmed = 0
    for batch in _due():
        if not _claim(batch):
            continue
        try:
            confirmed += deliver(batch)
        except PaymentsDown as problem:
            log.warning("The meter cannot be reached: %s", problem)
            break
        finally:
            MeterBatch.objects.filter(id=batch.id).update(lease_until=None)
    return confirmed


def collect() -> int:
    """Put units of past hours, and of cycles that are over, into batches; returns how many were made."""
    now = timezone.now()
    made = 0
    for organization, period, hour in _loose_groups():
        if hour + HOUR <= now or _is_over(organization, period, now):
            made += _batch(organization, period, hour)
    return made


def set_aside(problem: str) -> int:
    """Send nothing of what Stripe does not hold for sure before a person has looked; returns how many batches."""
    for group in _loose_groups():
        _batch(*group)
    unsure = MeterBatch.objects.filter(status__in=[Status.PENDING, Status.UNKNOWN])
    return unsure.update(status=Status.STUCK, problem=problem)


def deliver(batch: MeterBatch) -> bool:
    """Send one claimed batch, or find out what became of an earlier try. True: Stripe holds it.

    Raises:
        PaymentsDown: Stripe cannot be reached; the batch stays for the next run.
    """
    now = timezone.now()
    batch.refresh_from_db()
    tried = batch.first_tried_at
    if tried and now - tried > SAME_IDENTIFIER_FOR:
        if not _ask_the_meter(batch):
            return batch.status == Status.CONFIRMED
    elif tried and _is_closed(batch, batch.reported_as_at or batch.occurred_at, now):
        # Its cycle was closed since. Told at that time it would be on no invoice, told at another it might count twice.
        batch.next_at = tried + SAME_IDENTIFIER_FOR + timedelta(seconds=1)
        batch.save()
        return False
    if batch.reported_as_at is None:
        batch.reported_as_at = _reported_as(batch, now)
    batch.first_tried_at = batch.first_tried_at or now
    batch.attempts += 1
    # Before the call: a process that dies in it leaves a batch that may have been sent.
    _write(batch, Status.UNKNOWN)
    return _send(batch)


def oldest_unsent_seconds() -> float:
    """Age of the oldest unit that Stripe does not hold for sure; 0 when there is none. For alarms."""
    waiting = BillableUnit.objects.filter(organization__billing_account__customer_id__startswith="cus")
    oldest = waiting.filter(Q(batch=None) | ~Q(batch__status=Status.CONFIRMED)).aggregate(at=Min("occurred_at"))["at"]
    return (timezone.now() - oldest).total_seconds() if oldest else 0.0


def _loose_groups() -> list[tuple[int, str, datetime]]:
    """Organization, cycle and hour of the units that are in no batch yet."""
    loose = BillableUnit.objects.filter(batch=None, organization__billing_account__customer_id__startswith="cus")
    named = loose.annotate(hour=TruncHour("occurred_at")).values_list("organization_id", "period", "hour")
    return list(named.distinct().order_by())


def _is_over(organization_id: int, period: str, now: datetime) -> bool:
    organization = Organization.objects.get(id=organization_id)
    return terms.of(organization, now).cycle.period != period


def _due() -> Iterator[MeterBatch]:
    now = timezone.now()
    waiting = MeterBatch.objects.filter(status__in=[Status.PENDING, Status.UNKNOWN], next_at__lte=now)
    yield from waiting.filter(Q(lease_until=None) | Q(lease_until__lt=now)).order_by("id")


def _claim(batch: MeterBatch) -> bool:
    now = timezone.now()
    with transaction.atomic():
        # The account's row stands for the customer: one sender at a time.
        BillingAccount.objects.select_for_update().filter(organization=batch.organization_id).first()
        busy = MeterBatch.objects.filter(organization=batch.organization_id, lease_until__gt=now).exists()
        return not busy and bool(MeterBatch.objects.filter(id=batch.id).update(lease_until=now + LEASE))


@transaction.atomic
def _batch(organization_id: int, period: str, hour: datetime) -> bool:
    loose = BillableUnit.objects.select_for_update().filter(
        batch=None,
        organization=organization_id,
        period=period,
        occurred_at__gte=hour,
        occurred_at__lt=hour + HOUR,
    )
    ids = list(loose.values_list("id", flat=True))
    if not ids:
        return False
    units = BillableUnit.objects.filter(id__in=ids)
    about = units.aggregate(units=Sum("units"), last=Max("occurred_at"))
    batch = MeterBatch.objects.create(
        organization_id=organization_id, period=period, units=about["units"], occurred_at=about["last"]
    )
    units.update(batch=batch)
    return True


def _reported_as(batch: MeterBatch, now: datetime) -> datetime:
    """The time to tell Stripe: the true one, unless its invoice is already closed or Stripe would refuse it."""
    is_before_subscription = batch.occurred_at < _anchor(batch)
    if is_before_subscription or now - batch.occurred_at > OLDEST_EVENT or _is_closed(batch, batch.occurred_at, now):
        return now
    return batch.occurred_at


def _is_closed(batch: MeterBatch, at: datetime, now: datetime) -> bool:
    """Whether the invoice of the cycle that holds `at` takes nothing more."""
    return now - cycles.at(_anchor(batch), at).end > LATEST_FOR_A_CYCLE


def _anchor(batch: MeterBatch) -> datetime:
    account = BillingAccount.objects.get(organization=batch.organization_id)
    return account.anchor_at or batch.occurred_at


def _send(batch: MeterBatch) -> bool:
    try:
        gateway.report(
            customer=_customer(batch),
            units=batch.units,
            identifier=str(batch.identifier),
            at=batch.reported_as_at or batch.occurred_at,
        )
    except OutcomeUnknown as problem:
        _write(batch, Status.UNKNOWN, problem=str(problem), wait=True)
        raise PaymentsDown(str(problem)) from problem
    except PaymentsDown as problem:
        _write(batch, Status.UNKNOWN, problem=str(problem), wait=True)
        raise
    except MeterRefused as problem:
        log.error("Stripe refused the units of batch %s: %s", batch.identifier, problem)
        _write(batch, Status.STUCK, problem=str(problem))
        return False
    _write(batch, Status.CONFIRMED)
    return True


def _ask_the_meter(batch: MeterBatch) -> bool:
    """After 23 hours: see whether the meter holds the batch. True: it does not, and may be sent anew.

    The identifier no longer protects, so the batch gets a new one and the true time is chosen again.
    """
    told = batch.reported_as_at or batch.occurred_at
    minute = told.replace(second=0, microsecond=0)
    window = (minute, minute + timedelta(minutes=1))
    counted = gateway.metered(customer=_customer(batch), start=window[0], end=window[1])
    same_minute = MeterBatch.objects.filter(
        organization=batch.organization_id, reported_as_at__gte=window[0], reported_as_at__lt=window[1]
    )
    others = same_minute.filter(status=Status.CONFIRMED).aggregate(total=Sum("units"))["total"] or 0
    if counted == others + batch.units and same_minute.exclude(status=Status.CONFIRMED).count() == 1:
        _write(batch, Status.CONFIRMED)
        return False
    if counted == others:
        batch.identifier, batch.first_tried_at, batch.reported_as_at = uuid.uuid4(), None, None
        return True
    log.error("The meter holds %s units where %s or %s were expected", counted, others, others + batch.units)
    _write(batch, Status.STUCK, problem=f"The meter holds {counted} in its minute; compare by hand.")
    return False


def _customer(batch: MeterBatch) -> str:
    return BillingAccount.objects.values_list("customer_id", flat=True).get(organization=batch.organization_id)


def _write(batch: MeterBatch, status: str, *, problem: str = "", wait: bool = False) -> None:
    batch.status, batch.problem = status, problem
    if wait:
        batch.next_at = timezone.now() + RETRY_AFTER[min(batch.attempts, len(RETRY_AFTER)) - 1]
    batch.save()
