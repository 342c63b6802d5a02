"""The monthly statement: what a cycle cost and what it was for, from the ledger, as PDF.

It is no invoice: that is Stripe's. Its totals are those of the ledger, to the unit.
"""

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Min, Q, QuerySet, Sum
from django.template.loader import render_to_string

from accounts.errors import Invalid, NotFound
from accounts.models import Organization
from billing import cycles, money, terms
from billing.caps import organization_holder
from billing.cycles import Cycle
from billing.models import BillableUnit, BillingAccount, Kind, UsageCounter, UsageRecord

HERE = Path(__file__).resolve().parent
WORDS = tomllib.loads((HERE / "statement_words.toml").read_text())
LANGUAGES = tuple(WORDS)
MAX_PERIODS = 36
LONGEST_CYCLE = timedelta(days=32)
STYLE = HERE / "templates" / "billing" / "statement.css"


@dataclass(frozen=True, slots=True)
class Line:
    """Scans of one day."""

    day: date
    included: int
    further: int
    amount: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One cycle of an organization; amounts in minor units of the currency.

    Attributes:
        included: Scans that the plan included: one number, or one for each plan of the cycle in order; None: no limit.
    """

    organization: Organization
    cycle: Cycle
    included: tuple[int | None, ...]
    currency: str
    lines: tuple[Line, ...]
    scans: int
    further: int
    amount: int
    not_charged: int


class NoSuchCycle(NotFound):
    """The organization has no such cycle."""

    code = "no_such_cycle"


def of(organization: Organization, period: str) -> Statement:
    """The statement of the cycle that begins at `period` (2026-11-03T10:20:00, UTC).

    Raises:
        NoSuchCycle: Nothing was used in a cycle of that name.
    """
    records = _records(organization, period)
    if not records.exists():
        raise NoSuchCycle("There is no statement for this time: nothing was read in it.")
    settled = records.filter(status=UsageRecord.Status.SETTLED)
    billed = BillableUnit.objects.filter(organization=organization, period=period)
    lines = tuple(_lines(settled, billed))
    account = terms.account_of(organization)
    released = records.filter(status=UsageRecord.Status.RELEASED)
    return Statement(
        organization=organization,
        cycle=_cycle(organization, account, _start(period)),
        # As it was when they were read: the plan may be another one since.
        included=tuple(_included(records)),
        currency=billed.values_list("currency", flat=True).first()
        or (account.currency if account else "")
        or settings.BILLING_CURRENCY,
        lines=lines,
        scans=sum(line.included + line.further for line in lines),
        further=sum(line.further for line in lines),
        amount=sum(line.amount for line in lines),
        not_charged=released.aggregate(units=Sum("units"))["units"] or 0,
    )


def periods(organization: Organization) -> list[str]:
    """Cycles with usage, newest first."""
    # The counters, of which there is one for each cycle, and not the records, of which there may be millions.
    cycles_used = UsageCounter.objects.filter(
        Q(included_used__gt=0) | Q(overage__gt=0), holder=organization_holder(organization.id), kind=Kind.SCAN
    )
    return list(cycles_used.order_by("-period").values_list("period", flat=True)[:MAX_PERIODS])


def as_pdf(statement: Statement, language: str = "en") -> bytes:
    """The statement as PDF, in English, Japanese or Korean."""
    from billing import printing  # only now: see there

    return printing.as_pdf(as_html(statement, language), STYLE.read_text())


def as_html(statement: Statement, language: str) -> str:
    if language not in WORDS:
        raise Invalid(f"There is no statement in {language!r}. Choose one of: {', '.join(WORDS)}.", field="language")
    shown = {
        "statement": statement,
        "words": WORDS[language],
        "language": language,
        "site_name": settings.SITE_NAME,
        "rows": [(line, money.shown(line.amount, statement.currency)) for line in statement.lines],
        "amount": money.shown(statement.amount, statement.currency),
        "included": " → ".join("∞" if number is None else f"{number:,}" for number in statement.included),
    }
    return render_to_string("billing/statement.html", shown)


def _records(organization: Organization, period: str) -> "QuerySet[UsageRecord]":
    """The cycle's scans. They were made within its time, by which they are found."""
    try:
        start = _start(period)
    except ValueError:
        return organization.usage_records.none()
    within = (start, start + LONGEST_CYCLE)
    return organization.usage_records.filter(kind=Kind.SCAN, created_at__range=within, period=period)


def _included(records: "QuerySet[UsageRecord]") -> "QuerySet[UsageRecord, int | None]":
    firsts = records.values("included_units").annotate(first=Min("id")).order_by("first")
    return firsts.values_list("included_units", flat=True)


def _cycle(organization: Organization, account: BillingAccount | None, start: datetime) -> Cycle:
    """The cycle that began at `start`: counted from the subscription, or from sign-up until the subscription began."""
    subscribed_at = account.anchor_at if account else None
    for anchor in filter(None, (subscribed_at, organization.created_at)):
        cycle = cycles.at(anchor, start)
        if cycle.start != start:
            continue
        is_cut = subscribed_at is not None and start < subscribed_at.replace(microsecond=0) < cycle.end
        return Cycle(start, subscribed_at.replace(microsecond=0)) if is_cut and subscribed_at else cycle
    return Cycle(start, cycles.shifted(start, 1))


def _start(period: str) -> datetime:
    return datetime.fromisoformat(period).replace(tzinfo=UTC)


def _lines(settled: Any, billed: Any) -> list[Line]:
    days: dict[date, Line] = {}
    for row in settled.values("created_at__date").annotate(units=Sum("units"), further=Sum("overage_units")).order_by():
        day = row["created_at__date"]
        days[day] = Line(day, row["units"] - row["further"], row["further"], 0)
    for row in billed.values("occurred_at__date", "unit_price").annotate(units=Sum("units")).order_by():
        line = days[row["occurred_at__date"]]
        days[line.day] = Line(line.day, line.included, line.further, line.amount + row["units"] * row["unit_price"])
    return [days[day] for day in sorted(days)]
