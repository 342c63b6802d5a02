"""A chain of statements: on PostgreSQL one statement, on SQLite one transaction; the same on both."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import chained, usage
from billing.chained import AFTER, Step
from billing.models import Kind, UsageCounter
from billing.usage import Payer

ADD = (
    "INSERT INTO billing_usagecounter (holder, kind, period, used, included_used, overage) "
    f"SELECT %s, 'scan', 'x', 0, 0, 0 WHERE {AFTER} RETURNING holder"
)
NOTHING = Step(f"SELECT 1 FROM billing_usagecounter WHERE holder = %s AND {AFTER}", ["nobody"])


def adding(holder: str) -> Step:
    return Step(ADD, [holder])


def holders() -> list[str]:
    return sorted(UsageCounter.objects.values_list("holder", flat=True))


@pytest.mark.postgres
def test_a_chain_gives_the_rows_of_its_last_step(db):
    assert chained.run([adding("a"), adding("b")]) == [("b",)]

    assert holders() == ["a", "b"]


@pytest.mark.postgres
def test_behind_a_step_without_a_row_nothing_changes(db):
    assert chained.run([adding("a"), NOTHING, adding("b"), adding("c")]) == []

    assert holders() == ["a"]


@pytest.mark.postgres
def test_a_whole_chain_leaves_nothing_of_what_went_before(db):
    assert chained.run_whole([adding("a"), NOTHING, adding("b")]) == []

    assert holders() == []


@pytest.mark.postgres
def test_reserving_and_settling_a_page_takes_three_statements_at_most(db, organization):
    """On PostgreSQL; the look at what was agreed is one of them."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite runs the steps one by one. Set DATABASE_URL=postgres://…")
    payer = Payer(organization, "203.0.113.9")
    usage.settle(usage.reserve(payer, Kind.SCAN), units=1)

    with CaptureQueriesContext(connection) as asked:
        usage.settle(usage.reserve(payer, Kind.SCAN), units=1)

    assert len(asked) <= 3
