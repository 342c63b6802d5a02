"""What a settled scan costs: which part the plan includes and which part is billed beyond it."""

from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Organization
from billing import notices, rollups, terms
from billing.caps import organization_holder
from billing.chained import AFTER, Step
from billing.models import BillableUnit, Kind, UsageCounter, UsageRecord
from billing.terms import Terms


def settling_included(record: UsageRecord, units: int, finishing: Step) -> list[Step]:
    """Settle scans that the plan includes and that pass no threshold: nearly every page, in one chain.

    It ends at its first two steps, before anything has changed, where it must be looked at closely
    or the record is no longer reserved.

    Args:
        finishing: Settles the record, if it is still reserved.
    """
    adding = rollups.adding(record, outcome="read", charged=units)
    return [_room(record, units), finishing, *adding, _counting(record, units)]


def charge_scans(record: UsageRecord, units: int) -> int:
    """Split settled units into included and billed ones, and write the outbox row of the latter.

    Runs in the transaction that settles the record. The counter's row is locked until it ends, so
    that of any number of records exactly as many units are included as the plan says.

    Returns:
        The units past the included ones.
    """
    organization = record.organization
    if organization is None or record.kind != Kind.SCAN:
        return 0
    counted = UsageCounter.objects.select_for_update().get(
        holder=organization_holder(organization.id), kind=Kind.SCAN, period=record.period
    )
    fits = record.included_units is None or counted.included_used + units <= record.included_units
    # Most scans are included: only the others need to know what was agreed.
    agreed = None if fits else terms.of(organization, timezone.now())
    overage = _past_included(record, units, counted, agreed) if agreed else 0
    before = (counted.included_used, counted.overage)
    counted.included_used += units - overage
    counted.overage += overage
    counted.save(update_fields=["included_used", "overage"])
    limits = (record.included_units or 0, agreed.cap_units if agreed else 0)
    passed = notices.passed(limits, before=before, after=(counted.included_used, counted.overage))
    notices.note(organization, record.period, passed)
    if agreed and overage:
        _bill(organization, record, overage, agreed)
    return overage


def _room(record: UsageRecord, units: int) -> Step:
    """Lock the counter, if the units are included and nobody has to be told."""
    where, parameters = _counter(record)
    if record.included_units is not None:
        where, parameters = f"{where} AND included_used <= %s", [*parameters, record.included_units - units]
        for threshold in notices.thresholds(record.included_units):
            where, parameters = (
                f"{where} AND included_used NOT BETWEEN %s AND %s",
                [*parameters, threshold - units, threshold - 1],
            )
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    return Step(f"SELECT id FROM billing_usagecounter WHERE {where} AND {AFTER} {lock}", parameters)  # noqa: S608


def _counting(record: UsageRecord, units: int) -> Step:
    """Count the units as included, and give back what was reserved beyond them."""
    where, parameters = _counter(record)
    return Step(
        "UPDATE billing_usagecounter SET included_used = included_used + %s, used = used - %s "  # noqa: S608
        f"WHERE {where} AND {AFTER} RETURNING id",
        [units, record.units - units, *parameters],
    )


def _counter(record: UsageRecord) -> tuple[str, list[Any]]:
    holder = organization_holder(record.organization_id or 0)
    return "holder = %s AND kind = %s AND period = %s", [holder, record.kind, record.period]


def _past_included(record: UsageRecord, units: int, counted: UsageCounter, agreed: Terms) -> int:
    included = agreed.plan.scans_a_month
    if included is None or record.included_units is None:
        return 0
    # Nobody is billed for what the plan still included when it was reserved.
    room = max(included, record.included_units) - counted.included_used
    return units - min(units, max(room, 0))


def _bill(organization: Organization, record: UsageRecord, units: int, agreed: Terms) -> None:
    BillableUnit.objects.create(
        organization=organization,
        record=record,
        period=record.period,
        units=units,
        unit_price=agreed.unit_price,
        currency=agreed.currency,
        # Not the time of settling: it must lie in the cycle whose counter was used.
        occurred_at=record.created_at,
    )
