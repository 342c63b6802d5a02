"""What comes with every request is planned once for a connection."""

import pytest
from django.db import connection

from accounts import api_keys
from billing import usage
from billing.models import Kind, UsageRecord
from billing.usage import Payer

postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no plans to keep")
MORE_THAN_THE_THRESHOLD = 5


@postgresql
def test_finding_a_key_is_prepared(api_key):
    for _ in range(MORE_THAN_THE_THRESHOLD):
        api_keys.find(api_key)

    assert any("accounts_apikey" in statement for statement in prepared())


@postgresql
def test_reserving_and_settling_are_prepared(organization):
    payer = Payer(organization, "203.0.113.9")
    for _ in range(MORE_THAN_THE_THRESHOLD):
        usage.settle(usage.reserve(payer, Kind.SCAN), units=1)

    kept = prepared()
    assert any("INSERT INTO billing_usagerecord" in statement for statement in kept)
    assert any("UPDATE billing_usagerecord" in statement for statement in kept)


@postgresql
def test_one_plan_serves_all_values(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW plan_cache_mode")
        assert cursor.fetchone() == ("force_generic_plan",)


def test_a_record_of_a_visitor_has_no_organization(db):
    record = usage.reserve(Payer(None, "203.0.113.9"), Kind.SCAN)

    stored = UsageRecord.objects.get(id=record.id)
    assert (stored.organization_id, stored.address, stored.units) == (None, "203.0.113.9", 1)


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]
