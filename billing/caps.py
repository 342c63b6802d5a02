"""The caps that hold for a payer, and the one guarded statement that takes units out of one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.errors import QuotaExceeded
from accounts.models import Organization
from accounts.prepared import Prepared
from billing import cycles, terms
from billing.chained import AFTER, Step
from billing.cycles import Cycle
from billing.models import Kind, UsageCounter, UsageRecord

DAY_SECONDS = 86_400
ADDRESS_HOLDER = "address:"
_of_cap = Prepared(lambda: UsageCounter.objects.filter(holder="").filter(kind="").filter(period=""))


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose caps: an organization, or an address alone."""

    organization: Organization | None
    address: str


@dataclass(frozen=True)
class Cap:
    """One limit: so many units for this holder in this period.

    Attributes:
        limit: Included units; None only counts.
        seconds: Length of the period.
        further_units: Scans past the limit that the cap in money pays for; 0 without pay-per-image.
    """

    holder: str
    kind: Kind
    period: str
    limit: int | None
    seconds: int
    ends_at: datetime = field(default_factory=timezone.now)
    is_pay_per_image: bool = False
    further_units: int = 0

    def room(self, counted: UsageCounter) -> int | None:
        """Units that still pass."""
        if self.limit is None:
            return None
        return max(self.limit + max(counted.overage, self.further_units) - counted.used, 0)


class CapReached(QuotaExceeded):
    """A cap would be passed. Details: requested, processable, breakdown (limit and use of each part)."""

    def __init__(self, cap: Cap, counted: UsageCounter, *, requested: int) -> None:
        limit = cap.limit or 0
        breakdown: dict[str, object] = {"included": limit, "used": min(counted.used, limit)}
        if cap.is_pay_per_image:
            breakdown["payPerImage"] = {"limit": cap.further_units, "used": max(counted.used - limit, 0)}
        super().__init__(
            _sentence(cap, limit), requested=requested, processable=cap.room(counted) or 0, breakdown=breakdown
        )
        self.cap = cap

    @property
    def retry_after_seconds(self) -> int:
        """Until the period ends."""
        return max(int((self.cap.ends_at - timezone.now()).total_seconds()), 1)


def _sentence(cap: Cap, limit: int) -> str:
    if cap.is_pay_per_image:
        return (
            f"The {limit} scans included this month and the {cap.further_units} further scans that your spend cap "
            "pays for are used up. Raise the cap, choose a larger plan, or come back when the period is over."
        )
    what = "requests" if cap.kind == Kind.PARSE else "scans"
    span = "today" if cap.seconds == DAY_SECONDS else "this month"
    return (
        f"The {limit} {what} included {span} are used up. Choose a larger plan, or come back when the period is over."
    )


def caps_of(holder: Holder, kind: Kind, now: datetime) -> list[Cap]:
    """Every cap that applies; the one that a bill is made of stands first."""
    if holder.organization is None:
        return [_daily(holder.address, kind, now, _limit_of_visitors(kind))]
    if kind == Kind.SCAN:
        return [_scans(holder.organization, now)]
    plan = terms.plan_of(holder.organization)
    caps = [_requests(holder.organization, now, plan.parse_requests_a_month)]
    if plan.parse_requests_a_day_for_one_address is not None:
        caps.append(_daily(holder.address, kind, now, plan.parse_requests_a_day_for_one_address))
    return caps


def counter(cap: Cap) -> UsageCounter:
    """What is taken; zeros before the first."""
    found = _of_cap.get(cap.holder, str(cap.kind), cap.period)
    return found or UsageCounter(holder=cap.holder, kind=cap.kind, period=cap.period)


def taking(cap: Cap, units: int) -> Step:
    """Take units, if the cap leaves room for all of them; makes the counter with the first. Gives a row when taken."""
    fits_first, fits, limits = _room_for(cap, units)
    return Step(
        "INSERT INTO billing_usagecounter (holder, kind, period, used, included_used, overage) "
        f"SELECT %s, %s, %s, %s, 0, 0 WHERE {AFTER} {fits_first} "
        "ON CONFLICT (holder, kind, period) DO UPDATE SET used = billing_usagecounter.used + excluded.used "
        f"{fits} RETURNING id",
        [cap.holder, cap.kind, cap.period, units, *limits],
    )


def refusal(caps: list[Cap], units: int) -> CapReached:
    """Why so many units could not be taken: the first cap that lacks room for them."""
    counted = [(cap, counter(cap)) for cap in caps]
    full = [(cap, at) for cap, at in counted if (room := cap.room(at)) is not None and room < units]
    # None: somebody has given units back since.
    cap, at = (full or counted)[0]
    return CapReached(cap, at, requested=units)


def counters_of(record: UsageRecord) -> Iterator["models.QuerySet[UsageCounter]"]:
    """The counters that a record was taken from."""
    if record.organization_id is not None:
        holder = organization_holder(record.organization_id)
        yield UsageCounter.objects.filter(holder=holder, kind=record.kind, period=record.period)
    if record.address:
        day = record.created_at.strftime("%Y-%m-%d")
        yield UsageCounter.objects.filter(holder=_address_holder(record.address), kind=record.kind, period=day)


def organization_holder(organization_id: int) -> str:
    return f"organization:{organization_id}"


def _room_for(cap: Cap, units: int) -> tuple[str, str, list[int]]:
    """SQL of what holds when units fit: into a counter that is not there yet, and into one that is; its parameters.

    Scans already billed stay billed, even when the cap is lowered.
    """
    if cap.limit is None:
        return "", "", []
    taken = "billing_usagecounter.used"
    fits = f"WHERE {taken} <= %s OR {taken} <= billing_usagecounter.overage + %s"
    most = cap.limit + cap.further_units - units
    return "AND %s >= 0", fits, [most, most, cap.limit - units]


def _scans(organization: Organization, now: datetime) -> Cap:
    agreed = terms.of(organization, now)
    return Cap(
        organization_holder(organization.id),
        Kind.SCAN,
        agreed.cycle.period,
        agreed.plan.scans_a_month,
        agreed.cycle.seconds,
        agreed.cycle.end,
        is_pay_per_image=agreed.is_pay_per_image,
        further_units=agreed.cap_units,
    )


def _requests(organization: Organization, now: datetime, limit: int | None) -> Cap:
    month: Cycle = cycles.of_calendar(now)
    holder = organization_holder(organization.id)
    return Cap(holder, Kind.PARSE, f"{now:%Y-%m}", limit, month.seconds, month.end)


def _limit_of_visitors(kind: Kind) -> int | None:
    """The front page's scans, or the free plan's Parse requests: those come with the demo key."""
    return (
        settings.VISITOR_SCANS_A_DAY if kind == Kind.SCAN else terms.plan_of(None).parse_requests_a_day_for_one_address
    )


def _daily(address: str, kind: Kind, now: datetime, limit: int | None) -> Cap:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Cap(_address_holder(address), kind, f"{now:%Y-%m-%d}", limit, DAY_SECONDS, midnight)


def _address_holder(address: str) -> str:
    return f"{ADDRESS_HOLDER}{address}"
