"""Sixteen processes at once: never one scan over the cap, never one lost."""

import multiprocessing
import random
from collections.abc import Callable

import pytest
from django.db import connection, connections
from django.db.models import QuerySet

from billing import usage
from billing.models import BillableUnit, Kind
from billing.usage import CapReached, Payer
from tests.billing.conftest import demand_agreement, total

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PROCESSES, ROUNDS = 16, 12
INCLUDED, FURTHER = 100, 10


@pytest.fixture(autouse=True)
def _needs_concurrent_writers():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which hides a race. Set DATABASE_URL=postgres://…")


def in_processes(act: Callable[[int], None]) -> None:
    """Each with a number and a connection of its own."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    processes = [fork.Process(target=act, args=(number,)) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * PROCESSES


def work(payer: Payer, number: int) -> None:
    """Reserve, then settle, settle in part or release, until the cap says no."""
    chance = random.Random(number)
    for _ in range(ROUNDS):
        try:
            record = usage.reserve(payer, Kind.SCAN, units=chance.randint(1, 3))
        except CapReached:
            continue
        if chance.random() < 0.3:
            usage.release(record)
        else:
            usage.settle(record, units=chance.randint(1, record.units))


def fill(payer: Payer) -> int:
    """Take what is left, one by one."""
    taken = 0
    while True:
        try:
            usage.settle(usage.reserve(payer, Kind.SCAN), units=1)
        except CapReached:
            return taken
        taken += 1


def test_sixteen_processes_pass_no_cap_and_lose_no_scan(payer, account, organization):
    in_processes(lambda number: work(payer, number))

    demand_agreement(organization)
    assert usage.used(payer, Kind.SCAN) <= INCLUDED + FURTHER
    fill(payer)
    assert usage.used(payer, Kind.SCAN) == INCLUDED + FURTHER
    assert total(BillableUnit.objects.all(), "units") == FURTHER
    demand_agreement(organization)


def test_without_the_lock_of_the_counter_scans_are_lost(payer, account, organization, monkeypatch):
    """Negative control: what is included and what is billed no longer adds up."""
    monkeypatch.setattr(usage, "settling_included", lambda *_: [])  # the long way only
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, *_, **__: rows.all())

    in_processes(lambda number: work(payer, number))

    with pytest.raises(AssertionError):
        demand_agreement(organization)


def test_one_record_settled_by_sixteen_processes_is_billed_once(payer, account, organization):
    usage.settle(usage.reserve(payer, Kind.SCAN, units=INCLUDED), units=INCLUDED)
    record = usage.reserve(payer, Kind.SCAN, units=2, subject="job_1")

    in_processes(lambda number: usage.settle(record, units=2) if number % 4 else usage.release(record))

    demand_agreement(organization)
    record.refresh_from_db()
    assert record.status in ("settled", "released")
