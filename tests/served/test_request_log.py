"""The request log of a service that ends: what was answered a moment before stands in it."""

import sqlite3
from contextlib import closing
from urllib.request import Request, urlopen

from tests.served.conftest import Service

CALLS = 20


def test_a_service_that_is_stopped_writes_its_last_requests_down(tmp_path):
    service = Service(tmp_path)
    try:
        headers = {"Authorization": f"Bearer {service.key('log@example.org', 'pro')}"}
        answered = set()
        for _ in range(CALLS):
            with urlopen(Request(f"{service.url}/amount", headers=headers), timeout=60) as response:
                answered.add(response.headers["X-Request-Id"])
    finally:
        service.stop()

    with closing(sqlite3.connect(service.data / "spocr.sqlite3")) as database:
        logged = {row[0] for row in database.execute("SELECT request_id FROM ocr_requestrecord")}
    assert logged == answered
