"""Addresses of visitors are forgotten; what was charged stays."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import addresses, statements, usage
from billing.models import Kind, UsageCounter, UsageRecord
from billing.usage import Payer
from tests.billing.conftest import ADDRESS, demand_agreement

VISITOR = Payer(None, ADDRESS)


def read(payer: Payer, kind: Kind = Kind.SCAN) -> UsageRecord:
    record = usage.reserve(payer, kind)
    usage.settle(record, units=1)
    return record


def test_what_a_visitor_read_is_forgotten_after_a_few_days(clock):
    read(VISITOR)
    clock.shift(timedelta(days=3))
    addresses.forget()
    assert UsageRecord.objects.count() == UsageCounter.objects.count() == 1

    clock.shift(timedelta(days=2))
    addresses.forget()

    assert not UsageRecord.objects.exists()
    assert not UsageCounter.objects.exists()


def test_requests_with_the_demo_key_stay_while_they_can_be_asked_for(clock):
    read(VISITOR, Kind.PARSE)
    clock.shift(timedelta(days=61))
    addresses.forget()
    assert UsageRecord.objects.count() == 1

    clock.shift(timedelta(days=2))
    addresses.forget()

    assert not UsageRecord.objects.exists()


def test_an_organizations_record_loses_its_address_and_nothing_else(clock, organization, payer):
    record = read(payer, Kind.PARSE)
    assert UsageRecord.objects.get().address == ADDRESS
    before = UsageRecord.objects.values().get()

    clock.shift(timedelta(days=5))
    addresses.forget()

    assert UsageRecord.objects.values().get(id=record.id) == {**before, "address": None}
    assert not UsageCounter.objects.filter(holder__contains=ADDRESS).exists()
    assert UsageCounter.objects.get(kind="parse").used == 1
    demand_agreement(organization)


def test_what_is_still_reserved_is_left_alone(clock):
    record = usage.reserve(VISITOR, Kind.SCAN)
    clock.shift(timedelta(days=5))

    addresses.forget()

    assert UsageRecord.objects.get().address == ADDRESS
    assert usage.release(record)


def test_the_list_of_statements_asks_for_counters_and_not_for_records(organization, payer):
    read(payer)

    with CaptureQueriesContext(connection) as asked:
        assert len(statements.periods(organization)) == 1

    assert not [query for query in asked if "billing_usagerecord" in query["sql"]]
