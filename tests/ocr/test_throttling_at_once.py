"""The limit of requests a minute is exact, however many come at once."""

import pytest
from django.conf import settings
from django.db import connection

from accounts import api_keys
from accounts.errors import RateLimited
from billing import plans
from ocr.api import throttling
from tests.parallel import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_exactly_sixty_of_eighty_requests_pass(api_key, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which hides a race. Set DATABASE_URL=postgres://…")
    key = api_keys.find(api_key)
    plan = plans.get(settings.PLANS_FILE, "free")
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_000.0)

    outcomes = at_once(lambda: [taken(key, plan) for _ in range(4)], 20)

    assert sum(outcome.count("passed") for outcome in outcomes) == 60
    assert sum(outcome.count("refused") for outcome in outcomes) == 20


def taken(key, plan) -> str:
    try:
        throttling.take(key, plan)
    except RateLimited:
        return "refused"
    return "passed"
