"""The only writer of usage: reserve before reading, settle after, release on failure.

A cap is held by one guarded UPDATE of its counter, so that any number of processes can ask
at once and exactly as many pass as the cap allows. Whatever is not settled is given back: at
once when the reading fails, by the sweep when the whole process died.
"""

import calendar
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from accounts.errors import QuotaExceeded
from accounts.models import Organization
from billing import plans
from billing.models import Kind, UsageCounter, UsageRecord
from billing.plans import Plan

DAY_SECONDS = 86_400
# Longer than any request may wait and read.
STALE_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Payer:
    """Who a reading is for: an organization, or a visitor known by an address only."""

    organization: Organization | None
    address: str

    @property
    def plan(self) -> Plan:
        plan_id = self.organization.plan if self.organization else "free"
        return plans.get(settings.PLANS_FILE, plan_id)


@dataclass(frozen=True)
class Cap:
    """One limit: so many units for this holder in this period; `limit` None only counts."""

    holder: str
    kind: Kind
    period: str
    limit: int | None
    seconds: int


class CapReached(QuotaExceeded):
    """A cap would be passed. Details: requested, processable, limit, used."""

    def __init__(self, cap: Cap, *, used: int, requested: int) -> None:
        limit = cap.limit or 0
        what = "requests" if cap.kind == Kind.PARSE else "scans"
        span = "today" if cap.seconds == DAY_SECONDS else "this month"
        super().__init__(
            f"The {limit} {what} included {span} are used up. Choose a larger plan, or come back "
            "when the period is over.",
            requested=requested,
            processable=max(limit - used, 0),
            breakdown={"included": limit, "used": used},
        )
        self.cap = cap

    @property
    def retry_after_seconds(self) -> int:
        """Until the period ends."""
        now = timezone.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        days = 1 if self.cap.seconds == DAY_SECONDS else self.cap.seconds // DAY_SECONDS - now.day + 1
        return int((midnight + timedelta(days=days) - now).total_seconds())


@dataclass
class Charge:
    """A reservation while its work is done. Set `units` to what was really done; 0 is free."""

    record: UsageRecord
    units: int


@contextmanager
def charged(payer: Payer, kind: Kind, *, engine: int = 1, units: int = 1) -> Iterator[Charge]:
    """Reserve for the length of the block; settle when it ends well, else give everything back.

    Raises:
        CapReached: Before the block is entered.
    """
    charge = Charge(reserve(payer, kind, engine=engine, units=units), units)
    try:
        yield charge
    except BaseException:
        release(charge.record)
        raise
    settle(charge.record, units=charge.units)


def reserve(payer: Payer, kind: Kind, *, engine: int = 1, units: int = 1, subject: str = "") -> UsageRecord:
    """Take units out of every cap that applies, all or none.

    Args:
        subject: Id of what is paid for; the database refuses a second record for it.

    Raises:
        CapReached: The first cap that would be passed; nothing is taken.
    """
    now = timezone.now()
    caps = _caps(payer, kind, now)
    counts_address = any(cap.holder.startswith("address:") for cap in caps)
    with transaction.atomic():
        for cap in caps:
            _take(cap, units)
        return UsageRecord.objects.create(
            organization=payer.organization,
            address=payer.address if counts_address else None,
            subject=subject,
            kind=kind,
            units=units,
            engine=engine,
            created_at=now,
        )


def demand_room(payer: Payer, kind: Kind) -> None:
    """Refuse early, before a request is even understood, when a cap is full; `reserve` is what holds it.

    Raises:
        CapReached
    """
    for cap in _caps(payer, kind, timezone.now()):
        if cap.limit is not None and (taken := _taken(cap)) >= cap.limit:
            raise CapReached(cap, used=taken, requested=1)


def settle(record: UsageRecord, *, units: int) -> bool:
    """Make a reservation final at `units`, giving the rest back. False: it was no longer reserved."""
    if units == 0:
        return release(record)
    with transaction.atomic():
        is_mine = _still_reserved(record).update(
            status=UsageRecord.Status.SETTLED, units=units, settled_at=timezone.now()
        )
        if is_mine and units < record.units:
            _give_back(record, record.units - units)
    return bool(is_mine)


def release(record: UsageRecord) -> bool:
    """Give a reservation back to its caps. False: it was settled or released before."""
    with transaction.atomic():
        if not _still_reserved(record).update(status=UsageRecord.Status.RELEASED):
            return False
        _give_back(record, record.units)
    return True


def release_stale() -> int:
    """Give back what requests reserved whose process died; returns how many."""
    stale = UsageRecord.objects.filter(status=UsageRecord.Status.RESERVED, created_at__lt=timezone.now() - STALE_AFTER)
    return sum(release(record) for record in stale.iterator())


def used(payer: Payer, kind: Kind) -> int:
    """Units taken in the current period: the organization's month, or the visitor's day."""
    return _taken(_caps(payer, kind, timezone.now())[0])


def remaining(payer: Payer, kind: Kind) -> int | None:
    """Units left in the current period; None without a limit."""
    limit = _caps(payer, kind, timezone.now())[0].limit
    return None if limit is None else max(limit - used(payer, kind), 0)


def _counter(cap: Cap) -> "models.QuerySet[UsageCounter]":
    return UsageCounter.objects.filter(holder=cap.holder, kind=cap.kind, period=cap.period)


def _taken(cap: Cap) -> int:
    return _counter(cap).values_list("used", flat=True).first() or 0


def _take(cap: Cap, units: int) -> None:
    counters = _counter(cap)
    fitting = counters if cap.limit is None else counters.filter(used__lte=cap.limit - units)
    if fitting.update(used=F("used") + units):
        return
    UsageCounter.objects.get_or_create(holder=cap.holder, kind=cap.kind, period=cap.period)
    if not fitting.update(used=F("used") + units):
        raise CapReached(cap, used=_taken(cap), requested=units)


def _give_back(record: UsageRecord, units: int) -> None:
    for holder, period in _counters_of(record):
        counters = UsageCounter.objects.filter(holder=holder, kind=record.kind, period=period)
        counters.update(used=F("used") - units)


def _caps(payer: Payer, kind: Kind, now: datetime) -> list[Cap]:
    if payer.organization is None:
        limit = settings.VISITOR_SCANS_A_DAY
        return [Cap(_address_holder(payer.address), kind, _day(now), limit, DAY_SECONDS)]
    plan = payer.plan
    monthly = plan.parse_requests_a_month if kind == Kind.PARSE else plan.scans_a_month
    holder = _organization_holder(payer.organization.id)
    caps = [Cap(holder, kind, _month(now), monthly, _month_seconds(now))]
    daily = plan.parse_requests_a_day_for_one_address
    if kind == Kind.PARSE and daily is not None:
        caps.append(Cap(_address_holder(payer.address), kind, _day(now), daily, DAY_SECONDS))
    return caps


def _counters_of(record: UsageRecord) -> Iterator[tuple[str, str]]:
    if record.organization_id is not None:
        yield _organization_holder(record.organization_id), _month(record.created_at)
    if record.address:
        yield _address_holder(record.address), _day(record.created_at)


def _still_reserved(record: UsageRecord) -> "models.QuerySet[UsageRecord]":
    return UsageRecord.objects.filter(id=record.id, status=UsageRecord.Status.RESERVED)


def _organization_holder(organization_id: int) -> str:
    return f"organization:{organization_id}"


def _address_holder(address: str) -> str:
    return f"address:{address}"


def _month(now: datetime) -> str:
    return now.strftime("%Y-%m")


def _day(now: datetime) -> str:
    return now.strftime("%Y-%m-%d")


def _month_seconds(now: datetime) -> int:
    return calendar.monthrange(now.year, now.month)[1] * DAY_SECONDS
