"""Many requests at the same moment pass exactly as often as the cap allows."""

import time

import pytest
from django.db import connection
from django.db.models import F

from billing import usage
from billing.models import Kind, UsageCounter, UsageRecord
from billing.usage import CapReached, Payer
from tests.parallel import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS, LEFT = 20, 7


@pytest.fixture(autouse=True)
def _needs_concurrent_writers():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which hides a race. Set DATABASE_URL=postgres://…")


@pytest.fixture
def payer(organization) -> Payer:
    """Seven scans are left of the month."""
    payer = Payer(organization, "203.0.113.9")
    usage.settle(usage.reserve(payer, Kind.SCAN, units=100 - LEFT), units=100 - LEFT)
    return payer


def check_then_add(payer: Payer) -> bool:
    """What `usage.reserve` must not be."""
    if usage.remaining(payer, Kind.SCAN) < 1:
        return False
    time.sleep(0.05)
    UsageCounter.objects.filter(kind=Kind.SCAN).update(used=F("used") + 1)
    return True


def test_exactly_as_many_pass_as_the_cap_allows(payer):
    outcomes = at_once(lambda: usage.reserve(payer, Kind.SCAN), THREADS)

    assert sum(isinstance(outcome, UsageRecord) for outcome in outcomes) == LEFT
    assert sum(isinstance(outcome, CapReached) for outcome in outcomes) == THREADS - LEFT
    assert usage.used(payer, Kind.SCAN) == 100


def test_checking_first_and_adding_later_would_pass_too_many(payer):
    outcomes = at_once(lambda: check_then_add(payer), THREADS)

    assert outcomes.count(True) > LEFT


def test_the_first_requests_of_a_month_do_not_stand_in_each_others_way(organization):
    payer = Payer(organization, "203.0.113.9")

    outcomes = at_once(lambda: usage.reserve(payer, Kind.PARSE), THREADS)

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert usage.used(payer, Kind.PARSE) == THREADS


def test_a_reservation_that_many_release_at_once_is_given_back_once(payer):
    record = usage.reserve(payer, Kind.SCAN, units=2)

    outcomes = at_once(lambda: usage.release(record), THREADS)

    assert outcomes.count(True) == 1
    assert usage.remaining(payer, Kind.SCAN) == LEFT
