"""The request log's pages: found, filtered, paged, explained; for those who may manage keys."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from billing import usage
from billing.models import Kind
from billing.usage import Payer
from ocr.models import RequestRecord

NOW = timezone.now()


@pytest.fixture
def log(organization, api_key):
    """Make rows of the log: `log(3, status=429, error="rate_limited")`."""
    key = organization.keys.get().public_id
    made = []

    def make(count: int = 1, **fields) -> list[RequestRecord]:
        values = {"method": "POST", "endpoint": "ocr-fields", "status": 200, "milliseconds": 812, "key": key} | fields
        rows = [
            RequestRecord(
                **{
                    "organization": organization,
                    "request_id": f"req_{len(made) + number:024d}",
                    "created_at": NOW - timedelta(seconds=len(made) + number),
                }
                | values
            )
            for number in range(count)
        ]
        made.extend(rows)
        return RequestRecord.objects.bulk_create(rows)

    return make


def test_the_log_says_what_was_asked_and_how_it_was_answered(signed_in, log):
    log(1, status=402, error="insufficient_balance", pages=0)
    log(1, pages=1, units=1)

    page = signed_in.get("/requests").text

    assert "POST /ocr/fields" in page
    assert "insufficient_balance" in page
    assert "812 ms" in page
    assert 'href="/requests/req_000000000000000000000001"' in page
    assert ">tests</td>" in page


def test_an_empty_log_teaches_what_to_do(signed_in):
    assert "Open the playground" in signed_in.get("/requests").text
    assert "No request fits." in signed_in.get("/requests?outcome=failed").text


def test_an_id_leads_to_its_request(signed_in, log):
    (record,) = log(1, stages={"queue": 100, "engine": 600, "extraction": 30}, engine=1)

    found = signed_in.get("/requests", {"id": f" {record.request_id} "})
    page = signed_in.get(found["Location"]).text

    assert found["Location"] == f"/requests/{record.request_id}"
    assert "Waiting for an engine" in page
    assert "Finding fields" in page
    assert "82 ms" in page  # what no stage accounts for


def test_an_unknown_id_says_why_it_may_be_missing(signed_in):
    response = signed_in.get("/requests/req_unknown")

    assert response.status_code == 404
    assert "new ones appear after a second or two" in response.text


def test_a_request_leads_to_what_it_cost(signed_in, log, organization):
    charge = usage.reserve(Payer(organization, "192.0.2.1", endpoint="fields"), Kind.SCAN)
    usage.settle(charge, units=1)
    (record,) = log(1, units=1, usage_id=charge.id)

    page = signed_in.get(f"/requests/{record.request_id}").text

    day = charge.created_at.date().isoformat()
    assert f"/billing/usage?first={day}&amp;last={day}&amp;kind=scan&amp;by=endpoint" in page
    assert "1 scan</a>" in page


@pytest.mark.parametrize("query", ["outcome=nonsense", "endpoint=x", "key=x", "first=x"])
def test_a_filter_that_is_none_is_told(signed_in, query):
    assert signed_in.get(f"/requests?{query}").status_code == 400


def test_the_next_page_keeps_the_filter(signed_in, log):
    log(60, error="not_found", status=404)
    log(3)

    first = signed_in.get("/requests?outcome=failed").text
    second = signed_in.get("/requests?outcome=failed&after=req_000000000000000000000049").text

    assert "?outcome=failed&amp;after=req_000000000000000000000049" in first
    assert second.count("<time") == 10
    assert 'href="?outcome=failed"' in second  # back to the newest


@pytest.mark.parametrize("role", ["admin", "member"])
def test_whoever_manages_keys_sees_the_log(client, bob, organization, role):
    organization.memberships.filter(user=bob).update(role=role)
    client.force_login(bob)

    assert client.get("/requests").status_code == 200


def test_a_viewer_does_not(client, bob, organization, log):
    (record,) = log()
    organization.memberships.filter(user=bob).update(role="viewer")
    client.force_login(bob)

    assert client.get("/requests").status_code == 403
    assert client.get(f"/requests/{record.request_id}").status_code == 403


def test_another_organizations_key_in_the_filter_is_no_choice(signed_in, charlie):
    shop = charlie.organizations.get()
    key = shop.keys.create(name="his", digest="d", hint="h")

    assert signed_in.get("/requests", {"key": key.public_id}).status_code == 400


ROWS = 100_000
PAGES = {
    "newest": "",
    "older": "?after=req_{middle:024d}",
    "failed": "?outcome=failed",
    "days": "?first=2026-01-01&last=2026-12-31",
}


@pytest.fixture
def full_log(log, organization):
    """100,000 requests of ours among those of others."""
    log(ROWS // 100, error="not_found", status=404)
    log(ROWS - ROWS // 100)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_pages_of_a_full_log_read_an_index_and_ask_few_questions(signed_in, full_log):
    signed_in.get("/requests")
    for name, query in PAGES.items():
        with CaptureQueriesContext(connection) as queries:
            response = signed_in.get("/requests" + query.format(middle=ROWS // 2))
        assert response.status_code == 200, name
        assert len(queries) <= 12, name
        (listing,) = [q["sql"] for q in queries if "ocr_requestrecord" in q["sql"] and "LIMIT 51" in q["sql"]]
        plan = _plan(listing)
        assert "request_of_organization" in plan or "request_that_failed" in plan, (name, plan)
        assert "TEMP B-TREE" not in plan, (name, plan)
        assert "Seq Scan" not in plan and "SCAN ocr_requestrecord" not in plan.replace("USING INDEX", ""), (name, plan)


def _plan(sql: str) -> str:
    explain = "EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN "
    with connection.cursor() as cursor:
        cursor.execute(explain + sql)
        return "\n".join(str(row) for row in cursor.fetchall())
