"""The usage ledger: what is reserved is settled or given back, and no cap is ever passed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from billing import plans, usage
from billing.models import Kind, UsageCounter, UsageRecord
from billing.usage import CapReached, Payer

ADDRESS = "203.0.113.9"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def payer(organization) -> Payer:
    return Payer(organization, ADDRESS)


@pytest.fixture
def visitor(db) -> Payer:
    return Payer(None, ADDRESS)


def ledger() -> list[tuple[str, int]]:
    return list(UsageRecord.objects.order_by("id").values_list("status", "units"))


def test_a_reservation_takes_units_at_once_and_settling_keeps_them(payer):
    record = usage.reserve(payer, Kind.SCAN, units=3)
    assert usage.remaining(payer, Kind.SCAN) == 97

    assert usage.settle(record, units=3)

    assert usage.remaining(payer, Kind.SCAN) == 97
    assert ledger() == [("settled", 3)]


def test_settling_for_less_gives_the_rest_back(payer):
    record = usage.reserve(payer, Kind.SCAN, units=3)

    usage.settle(record, units=1)

    assert usage.remaining(payer, Kind.SCAN) == 99
    assert ledger() == [("settled", 1)]


def test_settling_for_nothing_releases(payer):
    usage.settle(usage.reserve(payer, Kind.SCAN, units=3), units=0)

    assert usage.remaining(payer, Kind.SCAN) == 100
    assert ledger() == [("released", 3)]


def test_a_reservation_is_finished_once(payer):
    record = usage.reserve(payer, Kind.SCAN)

    assert usage.release(record)
    assert not usage.release(record)
    assert not usage.settle(record, units=1)

    assert usage.remaining(payer, Kind.SCAN) == 100
    assert ledger() == [("released", 1)]


def test_work_that_ends_well_is_charged_for_what_was_done(payer):
    with usage.charged(payer, Kind.SCAN, engine=2, units=3) as charge:
        charge.units = 2

    assert ledger() == [("settled", 2)]
    assert usage.used(payer, Kind.SCAN) == 2
    assert UsageRecord.objects.get().engine == 2


def test_a_finished_record_never_changes(payer):
    record = usage.reserve(payer, Kind.SCAN, units=3)
    usage.settle(record, units=3)

    for change in ({"units": 1}, {"status": "reserved"}, {"overage_units": 3}, {"organization": None}):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            UsageRecord.objects.filter(id=record.id).update(**change)


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt])
def test_work_that_fails_is_free(payer, failure):
    with pytest.raises(failure), usage.charged(payer, Kind.SCAN, units=3):
        raise failure

    assert ledger() == [("released", 3)]
    assert usage.used(payer, Kind.SCAN) == 0


def test_a_cap_is_exact_to_the_unit(payer):
    usage.reserve(payer, Kind.SCAN, units=98)

    with pytest.raises(CapReached) as refusal:
        usage.reserve(payer, Kind.SCAN, units=3)
    assert refusal.value.details == {
        "requested": 3,
        "processable": 2,
        "breakdown": {"included": 100, "used": 98},
    }
    usage.reserve(payer, Kind.SCAN, units=2)
    with pytest.raises(CapReached):
        usage.reserve(payer, Kind.SCAN)

    assert usage.used(payer, Kind.SCAN) == 100


def test_parse_requests_and_scans_are_counted_apart(payer):
    usage.reserve(payer, Kind.PARSE)

    assert usage.remaining(payer, Kind.PARSE) == 24_999
    assert usage.remaining(payer, Kind.SCAN) == 100


def test_what_one_cap_refuses_is_taken_from_no_other(payer):
    UsageCounter.objects.create(holder=f"address:{ADDRESS}", kind="parse", period=f"{NOON:%Y-%m-%d}", used=500)

    with (
        time_machine.travel(NOON, tick=False),
        pytest.raises(CapReached, match="500 requests included today"),
    ):
        usage.reserve(payer, Kind.PARSE)

    assert usage.used(payer, Kind.PARSE) == 0
    assert ledger() == []


def test_the_free_plan_counts_an_address_and_a_paid_plan_does_not(payer, organization):
    assert usage.reserve(payer, Kind.PARSE).address == ADDRESS

    organization.plan = "pro"

    assert usage.reserve(payer, Kind.PARSE).address is None


def test_a_release_gives_back_to_every_cap_that_it_took_from(payer):
    usage.release(usage.reserve(payer, Kind.PARSE))

    assert set(UsageCounter.objects.values_list("used", flat=True)) == {0}
    assert UsageCounter.objects.count() == 2


def test_a_visitor_has_a_day_by_address(visitor, settings):
    settings.VISITOR_SCANS_A_DAY = 2
    usage.reserve(visitor, Kind.SCAN, units=2)

    with pytest.raises(CapReached, match="2 scans included today"):
        usage.reserve(visitor, Kind.SCAN)

    usage.reserve(Payer(None, "203.0.113.10"), Kind.SCAN)


def test_scans_begin_anew_a_month_after_sign_up(payer, organization):
    organization.created_at = datetime(2026, 10, 31, 8, 15, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 11, 30, 8, 14, 30, tzinfo=UTC), tick=False) as clock:
        usage.reserve(payer, Kind.SCAN, units=100)
        with pytest.raises(CapReached) as refusal:
            usage.reserve(payer, Kind.SCAN)
        assert refusal.value.retry_after_seconds == 30

        clock.shift(timedelta(seconds=30))
        assert usage.remaining(payer, Kind.SCAN) == 100


def test_parse_requests_begin_anew_with_the_calendar_month(payer, organization):
    organization.plan = "pro"
    with time_machine.travel(datetime(2026, 11, 30, 23, 59, 30, tzinfo=UTC), tick=False) as clock:
        usage.reserve(payer, Kind.PARSE, units=300_000)
        with pytest.raises(CapReached) as refusal:
            usage.demand_room(payer, Kind.PARSE)
        assert refusal.value.retry_after_seconds == 30

        clock.shift(timedelta(seconds=30))
        assert usage.remaining(payer, Kind.PARSE) == 300_000


def test_a_day_begins_anew(visitor):
    with time_machine.travel(NOON, tick=False) as clock:
        usage.reserve(visitor, Kind.SCAN, units=50)
        with pytest.raises(CapReached) as refusal:
            usage.reserve(visitor, Kind.SCAN)
        assert refusal.value.retry_after_seconds == 12 * 3600

        clock.shift(timedelta(hours=12))
        assert usage.remaining(visitor, Kind.SCAN) == 50


def test_what_was_reserved_last_month_is_given_back_to_last_month(payer, organization):
    organization.created_at = datetime(2026, 1, 1, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 11, 30, 23, 59, tzinfo=UTC), tick=False) as clock:
        record = usage.reserve(payer, Kind.SCAN, units=5)
        clock.shift(timedelta(minutes=2))
        usage.reserve(payer, Kind.SCAN)

        usage.release(record)

        assert usage.used(payer, Kind.SCAN) == 1
    assert dict(UsageCounter.objects.values_list("period", "used")) == {
        "2026-11-01T00:00:00": 0,
        "2026-12-01T00:00:00": 1,
    }


def test_what_a_dead_process_reserved_is_given_back_after_half_an_hour(payer):
    with time_machine.travel(NOON, tick=False) as clock:
        usage.reserve(payer, Kind.SCAN, units=2)
        usage.settle(usage.reserve(payer, Kind.SCAN), units=1)
        clock.shift(timedelta(minutes=20))
        usage.reserve(payer, Kind.SCAN, units=4)
        assert usage.release_stale() == 0

        clock.shift(timedelta(minutes=11))
        assert usage.release_stale() == 1
        assert usage.used(payer, Kind.SCAN) == 5
    assert ledger() == [("released", 2), ("settled", 1), ("reserved", 4)]


def test_an_organization_without_a_limit_is_still_counted(payer, organization):
    organization.plan = "self_hosted"

    usage.reserve(payer, Kind.SCAN, units=1_000_000)

    assert usage.remaining(payer, Kind.SCAN) is None
    assert usage.used(payer, Kind.SCAN) == 1_000_000


def test_an_organization_on_a_plan_that_was_taken_away_is_told_so(payer, organization):
    organization.plan = "gold"

    with pytest.raises(plans.UnknownPlan, match="Choose one of"):
        usage.reserve(payer, Kind.SCAN)
