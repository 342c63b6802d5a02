"""GET and POST /conversions: what was read this month and the last."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import UsageRecord
from tests.contracts.parse.conftest import failure, masked

NONE = {"count_total": 0, "count_engine1": 0, "count_engine2": 0, "count_engine3": 0}


@pytest.fixture
def ledger(organization, charlie):
    """Two months of alice's, in every state, and a stranger's."""
    now = timezone.now()
    last = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) - timedelta(seconds=1)
    add(organization, now, engines=(1, 1, 1, 2, 3, 3))
    add(organization, last, engines=(1, 2, 2))
    add(organization, last.replace(day=1) - timedelta(days=1), engines=(1,))
    add(organization, now, engines=(1,), status="released")
    add(organization, now, engines=(1,), status="reserved")
    add(organization, now, engines=(1,), kind="scan")
    add(charlie.organizations.get(), now, engines=(1,))


def add(organization, at, *, engines, status="settled", kind="parse"):
    settled_at = at if status == "settled" else None
    for engine in engines:
        UsageRecord.objects.create(
            organization=organization, kind=kind, engine=engine, status=status, created_at=at, settled_at=settled_at
        )


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("path", ["/conversions", "/conversions/", "/Conversions"])
def test_this_months_requests_are_counted_by_engine(client, api_key, path):
    this_month = {"count_total": 6, "count_engine1": 3, "count_engine2": 1, "count_engine3": 2}

    assert client.get(path, headers={"apikey": api_key}).json() == this_month
    assert client.get(path, {"apikey": api_key}).json() == this_month
    assert client.post(path, {"apikey": api_key}).json() == this_month
    assert client.get(path, headers={"Authorization": f"Bearer {api_key}"}).json() == this_month


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("value", ["lastMonth", "lastmonth", "LASTMONTH"])
def test_the_last_months_requests_are_counted_when_asked_for(client, api_key, value):
    last_month = {"count_total": 3, "count_engine1": 1, "count_engine2": 2, "count_engine3": 0}

    assert client.get("/conversions", {"startDate": value}, headers={"apikey": api_key}).json() == last_month
    assert client.post("/conversions", {"StartDate": value}, headers={"apikey": api_key}).json() == last_month


def test_a_request_is_counted_once_it_was_read(client, post, api_key):
    assert client.get("/conversions", headers={"apikey": api_key}).json() == NONE

    post()
    post(file=b"nonsense")

    one = {**NONE, "count_total": 1, "count_engine1": 1}
    assert client.get("/conversions", headers={"apikey": api_key}).json() == one


def test_wrong_keys_and_values_are_told_as_everywhere(client, api_key):
    assert client.get("/conversions").json() == "API Key is not specified. Please provide a valid API key."
    assert client.get("/conversions", headers={"apikey": "x"}).json() == "The API key is invalid"
    headers = {"apikey": api_key}
    assert masked(client.get("/conversions", {"startDate": "2026-01-01"}, headers=headers)) == failure(
        99, "E201: Value for parameter 'startDate' is invalid"
    )
    assert masked(client.get("/conversions", {"month": "1"}, headers=headers)) == failure(
        99,
        "Parameter name 'month' is invalid. Valid parameters: apikey,startdate",
        "If you use the 'url' parameter, make sure that its value is URL-encoded.",
    )
