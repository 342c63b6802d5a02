"""Scans past the included ones: refused, or billed up to a cap in money, exact to the scan."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Organization
from billing import usage
from billing.models import BillableUnit, BillingAccount, Kind, Notice, UsageDay
from billing.usage import CapReached, Payer
from tests.billing.conftest import demand_agreement


def scan(payer: Payer, units: int = 1) -> None:
    usage.settle(usage.reserve(payer, Kind.SCAN, units=units), units=units)


def test_without_pay_per_image_nothing_past_the_included_scans_is_read(payer, organization):
    scan(payer, 100)

    with pytest.raises(CapReached):
        scan(payer)

    assert BillableUnit.objects.count() == 0
    demand_agreement(organization)


def test_the_cap_in_money_is_exact_to_the_scan(payer, account, organization):
    scan(payer, 100)
    scan(payer, 9)

    with pytest.raises(CapReached, match="further scans that your spend cap") as refusal:
        usage.reserve(payer, Kind.SCAN, units=2)
    assert refusal.value.details == {
        "requested": 2,
        "processable": 1,
        "breakdown": {"included": 100, "used": 100, "payPerImage": {"limit": 10, "used": 9}},
    }
    scan(payer)
    with pytest.raises(CapReached):
        scan(payer)

    assert list(BillableUnit.objects.values_list("units", "unit_price", "currency")) == [(9, 5, "usd"), (1, 5, "usd")]
    demand_agreement(organization)


def test_a_cap_that_is_no_multiple_of_the_price_is_never_passed(payer, account):
    BillingAccount.objects.update(cap_amount=54)

    assert usage.remaining(payer, Kind.SCAN) == 110


@pytest.mark.parametrize(("currency", "price"), [("usd", 5), ("jpy", 10), ("krw", 100)])
def test_a_further_scan_costs_what_the_plan_table_says(payer, account, currency, price):
    BillingAccount.objects.update(currency=currency, cap_amount=price)
    scan(payer, 101)

    assert BillableUnit.objects.get().unit_price == price
    assert usage.remaining(payer, Kind.SCAN) == 0


def test_the_first_scans_to_succeed_are_the_included_ones_whoever_asked_first(payer, account, organization):
    scan(payer, 99)
    first, second = usage.reserve(payer, Kind.SCAN), usage.reserve(payer, Kind.SCAN)

    usage.settle(second, units=1)
    usage.release(first, reason="engine_timeout")

    assert BillableUnit.objects.count() == 0
    demand_agreement(organization)


def test_one_record_may_be_included_in_part(payer, account, organization):
    scan(payer, 98)
    scan(payer, 5)

    assert BillableUnit.objects.get().units == 3
    demand_agreement(organization)


def test_scans_reserved_before_pay_per_image_was_switched_off_are_billed_as_agreed(payer, account, organization):
    scan(payer, 100)
    record = usage.reserve(payer, Kind.SCAN, units=2)
    BillingAccount.objects.update(is_pay_per_image=False)

    usage.settle(record, units=2)

    assert BillableUnit.objects.get().units == 2
    demand_agreement(organization)


def test_a_smaller_plan_never_bills_what_the_larger_one_included(payer, organization):
    organization.plan = "pro"
    organization.save()
    scan(payer, 900)
    record = usage.reserve(payer, Kind.SCAN, units=3)
    organization.plan = "starter"
    organization.save()

    record.refresh_from_db()
    usage.settle(record, units=3)

    assert BillableUnit.objects.count() == 0
    with pytest.raises(CapReached):
        scan(payer)
    demand_agreement(organization)


def test_a_larger_plan_adds_its_scans_to_those_already_billed(payer, account, organization):
    scan(payer, 105)
    organization.plan = "starter"
    organization.save()

    scan(payer, 300)
    assert BillableUnit.objects.get().units == 5
    scan(payer, 1)

    assert [unit.units for unit in BillableUnit.objects.order_by("id")] == [5, 1]
    demand_agreement(organization)


def test_a_lowered_cap_stops_further_scans_and_keeps_what_was_billed(payer, account, organization):
    scan(payer, 106)
    BillingAccount.objects.update(cap_amount=20)

    with pytest.raises(CapReached):
        scan(payer)

    assert usage.remaining(payer, Kind.SCAN) == 0
    demand_agreement(organization)


def test_an_overdue_payment_stops_billing_and_keeps_the_included_scans(payer, account):
    BillingAccount.objects.update(status="past_due")
    scan(payer, 100)

    with pytest.raises(CapReached):
        scan(payer)


def test_a_scan_that_ends_in_the_next_cycle_is_billed_in_its_own(payer, account, organization):
    organization.created_at = datetime(2026, 1, 15, tzinfo=UTC)
    organization.save()
    with time_machine.travel(datetime(2026, 11, 14, 23, 59, 59, tzinfo=UTC), tick=False) as clock:
        scan(payer, 100)
        record = usage.reserve(payer, Kind.SCAN)
        clock.shift(timedelta(seconds=5))
        usage.settle(record, units=1)

        assert usage.used(payer, Kind.SCAN) == 0
    billed = BillableUnit.objects.get()
    assert (billed.period, billed.occurred_at) == (
        "2026-10-15T00:00:00",
        datetime(2026, 11, 14, 23, 59, 59, tzinfo=UTC),
    )
    demand_agreement(organization)


def test_each_threshold_is_noted_once(payer, account, organization):
    scan(payer, 49)
    assert Notice.objects.count() == 0

    scan(payer, 1)
    scan(payer, 41)
    scan(payer, 19)

    notices = Notice.objects.order_by("id").values_list("subject", "percent", "used", "limit")
    assert list(notices) == [
        ("included", 50, 50, 100),
        ("included", 80, 91, 100),
        ("included", 90, 91, 100),
        ("included", 100, 100, 100),
        ("cap", 50, 10, 10),
        ("cap", 80, 10, 10),
        ("cap", 90, 10, 10),
        ("cap", 100, 10, 10),
    ]


def test_after_a_larger_plan_and_a_larger_cap_their_own_thresholds_are_noted(payer, account, organization):
    scan(payer, 110)
    Organization.objects.filter(id=organization.id).update(plan="starter")
    BillingAccount.objects.update(cap_amount=100)
    larger = Payer(Organization.objects.get(id=organization.id), payer.address)

    for units in (100, 200, 5, 5):
        scan(larger, units)

    notices = Notice.objects.order_by("id").values_list("subject", "limit", "percent")
    assert [(limit, percent) for subject, limit, percent in notices if subject == "included"] == [
        *((100, percent) for percent in (50, 80, 90, 100)),
        *((400, percent) for percent in (50, 80, 90, 100)),
    ]
    assert [(limit, percent) for subject, limit, percent in notices if subject == "cap"] == [
        *((10, percent) for percent in (50, 80, 90, 100)),
        *((20, percent) for percent in (80, 90, 100)),
    ]


def test_sums_of_a_day_are_kept_by_key_door_and_outcome(organization):
    payer = Payer(organization, "203.0.113.9", key="key_1", endpoint="fields")
    scan(payer, 2)
    scan(payer, 1)
    usage.release(usage.reserve(payer, Kind.SCAN, units=4), reason="no_text")

    sums = UsageDay.objects.order_by("outcome").values_list("key", "endpoint", "outcome", "charged_units", "free_units")
    assert list(sums) == [("key_1", "fields", "no_text", 0, 4), ("key_1", "fields", "read", 3, 0)]
    demand_agreement(organization)
