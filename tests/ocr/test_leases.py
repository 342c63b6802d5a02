"""Taking what is next looks at what waits, however much has been done: by an index, in a plan made once."""

import re

import pytest
from django.db import connection

from ocr import deliveries, job_steps, leases
from ocr.leases import Due

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize(
    ("due", "index"),
    [(job_steps._due, "job_to_claim"), (lambda: Due.of(deliveries._due()), "delivery_due")],
    ids=["jobs", "deliveries"],
)
def test_a_claim_goes_by_the_index_of_what_waits(db, due, index):
    sql, parameters = leases.claiming(due(), "token", 45.0)

    assert index in plan_made_once(sql, parameters)


def test_a_condition_s_values_stand_in_the_sql(db):
    """An apostrophe and a percent sign among them, too."""
    from ocr.models import Job

    first = Due.of(Job.objects.filter(worker="O'Neill 5%").order_by("id")).first
    with connection.cursor() as cursor:
        cursor.execute(first, [])
        assert cursor.fetchone() is None
    assert "O''Neill 5%%" in first


def plan_made_once(sql: str, parameters: list) -> str:
    """How the database runs the statement without its parameters, where it may neither read whole tables nor sort.

    Both cost nothing in the empty tables of a test.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
            return str(cursor.fetchall())
        number = iter(range(1, len(parameters) + 1))
        placed = re.sub("%s", lambda _: f"${next(number)}", sql).replace("%%", "%")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE taking AS {placed}")
        cursor.execute("EXPLAIN EXECUTE taking('token', 45.0)")
        plan = str(cursor.fetchall())
        cursor.execute("DEALLOCATE taking")
        return plan
