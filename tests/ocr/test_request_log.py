"""The request log: what it holds of a request, how it is written beside the answers, and when it is forgotten."""

import base64
import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import api_keys, organizations
from accounts.key_limits import Limits
from accounts.models import Organization
from billing.models import UsageRecord
from ocr import metrics, request_log, schedules
from ocr.models import RequestRecord
from ocr.request_log import Entry, Filter
from tests.conftest import person

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def logged(settings, transactional_db):
    """Requests are written down, by the thread that does it in production; what is left is written at the end."""
    settings.REQUEST_LOG = True
    yield
    request_log.flush()


@pytest.fixture
def ours(logged):
    return organizations.create(person("requests@example.org"), name="Requests")


@pytest.fixture
def key(ours) -> str:
    return api_keys.create(ours, name="tests", created_by=None)[1]


def entry(organization, **fields) -> Entry:
    values = {"method": "GET", "endpoint": "amount", "status": 200, "milliseconds": 3, "key": "key_1"}
    return Entry(
        organization.public_id, RequestRecord(**values | {"request_id": f"req_{os.urandom(8).hex()}"} | fields)
    )


def written(**filter_) -> RequestRecord:
    request_log.flush()
    return RequestRecord.objects.get(**filter_)


def test_a_reading_is_written_down_with_its_stages_pages_and_charge(ours, key, picture):
    response = Client().post("/parse/image", {"file": _file(picture)}, headers={"apikey": key}, REMOTE_ADDR="192.0.2.7")

    record = written(request_id=response["X-Request-Id"])
    charge = UsageRecord.objects.get()
    assert (record.organization, record.method, record.endpoint, record.status) == (ours, "POST", "parse-image", 200)
    assert (record.error, record.engine, record.pages, record.units, record.usage_id) == ("", 1, 1, 1, charge.id)
    assert (record.key, record.address) == (ours.keys.get().public_id, "192.0.2.7")
    assert set(record.stages) == {"queue", "engine"}
    assert 0 < record.stages["engine"] <= record.milliseconds
    assert timezone.now() - record.created_at < timedelta(minutes=1)


def test_fields_name_the_time_that_finding_them_took(ours, key, picture):
    body = {"image": _base64(picture), "imageType": "base64", "fields": [{"name": "total"}]}
    response = Client().post("/ocr/fields", body, content_type="application/json", headers=_bearer(key))

    record = written(request_id=response["X-Request-Id"])
    assert response.status_code == 200
    assert set(record.stages) == {"queue", "engine", "extraction"}


@pytest.mark.parametrize(
    ("path", "headers", "status", "error"),
    [
        ("/view?path=/Nothing", "Authorization", 404, "not_found"),
        ("/jobs?limit=x", "Authorization", 400, "validation_failed"),
        ("/parse/imageurl?url=ftp://x", "apikey", 200, "url_refused"),
        ("/conversions?startDate=never", "apikey", 200, "invalid_request"),
    ],
)
def test_a_failure_is_written_down_with_its_code(ours, key, path, headers, status, error):
    sent = _bearer(key) if headers == "Authorization" else {"apikey": key}
    response = Client().get(path, headers=sent)

    record = written(request_id=response["X-Request-Id"])
    assert (record.status, record.error) == (status, error)


def test_a_page_that_could_not_be_read_is_written_down_with_its_time(ours, key):
    damaged = b"\x89PNG\r\n\x1a\n" + b"x" * 100
    response = Client().post("/parse/image", {"file": _file(damaged)}, headers={"apikey": key})

    record = written(request_id=response["X-Request-Id"])
    assert (record.status, record.error, record.pages, record.units) == (200, "damaged", 0, 0)
    assert set(record.stages) == {"failed_page"}
    assert record.usage_id is None


def test_a_refused_key_is_no_request_of_any_organization(ours):
    Client().get("/amount", headers=_bearer("spocr_" + "0" * 36))
    Client().get("/amount")

    request_log.flush()
    assert not RequestRecord.objects.exists()


def test_nothing_of_what_a_request_carries_is_kept(ours, key, picture):
    Client().post("/parse/image", {"file": _file(picture, "secret-name.png")}, headers={"apikey": key})
    Client().get("/view", {"path": "/secret-name", "where": "secret>1"}, headers=_bearer(key))

    request_log.flush()
    rows = str(list(RequestRecord.objects.values()))
    assert "secret" not in rows
    assert "INVOICE" not in rows
    assert key not in rows


def test_an_operator_may_switch_the_log_off(ours, key, settings):
    settings.REQUEST_LOG = False

    assert Client().get("/amount", headers=_bearer(key)).status_code == 200

    request_log.flush()
    assert not RequestRecord.objects.exists()


def test_many_requests_are_a_few_statements(organization):
    batch = [entry(organization) for _ in range(200)]

    with CaptureQueriesContext(connection) as queries:
        assert request_log.write(batch)

    inserts = [query for query in queries if query["sql"].startswith("INSERT")]
    # SQLite takes so many values at a time.
    assert len(inserts) == (1 if connection.vendor == "postgresql" else 4)
    assert organization.requests.count() == 200


def test_rows_that_are_sent_again_stand_there_once(organization):
    batch = [entry(organization)]

    assert request_log.write(batch)
    assert request_log.write(batch)

    assert organization.requests.count() == 1


def test_a_deleted_organization_takes_nothing_along(organization):
    batch = [entry(Organization(public_id="org_gone")), entry(organization)]

    assert request_log.write(batch)

    assert organization.requests.count() == 1


def test_rows_wait_while_the_database_is_away(ours, monkeypatch):
    away = [True]

    def organizations_of(public_ids):
        if away[0]:
            raise OperationalError("the database is away")
        return real(public_ids)

    real = request_log._organizations
    monkeypatch.setattr(request_log, "_organizations", organizations_of)
    monkeypatch.setattr(request_log, "EVERY_SECONDS", 0.02)
    request_log.put(entry(ours))
    time.sleep(0.1)
    away[0] = False

    assert written().organization == ours


def test_a_process_that_ends_writes_what_waits(ours):
    """As gunicorn's processes end: by `sys.exit`, while the thread gathers."""
    code = f"""
import sys, django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from ocr import request_log
from ocr.models import RequestRecord
for number in range(3):
    record = RequestRecord(request_id=f"req_{{number}}", method="GET", endpoint="amount", status=200, milliseconds=1)
    request_log.put(request_log.Entry("{ours.public_id}", record))
sys.exit(0)
"""
    database = str(connection.settings_dict["NAME"])
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "-c", code, database], check=True, cwd=ROOT, env=environment, timeout=120)

    assert ours.requests.count() == 3


def test_more_rows_than_fit_are_counted_not_waited_for(organization, monkeypatch):
    monkeypatch.setattr(request_log, "MOST_WAITING", 3)
    writer = request_log.Writer()
    monkeypatch.setattr(writer, "_start", lambda: None)
    lost = metrics.REQUEST_RECORDS_LOST._value.get()

    for _ in range(5):
        writer.put(entry(organization))

    assert metrics.REQUEST_RECORDS_LOST._value.get() - lost == 2


def test_requests_are_forgotten_when_their_organization_keeps_logs_no_longer(organization):
    organization.keep_logs_days = 3
    organization.save()
    other = organizations.create(person("other@example.org"), name="Other")
    days_ago = timezone.now() - timedelta(days=4)
    request_log.write(
        [entry(organization, created_at=days_ago), entry(organization), entry(other, created_at=days_ago)]
    )

    schedules.ACTS["forget_old_requests"]()

    assert (organization.requests.count(), other.requests.count()) == (1, 1)


def test_pages_follow_each_other_without_gap_or_repetition(organization):
    now = timezone.now()
    # Several in the same moment: the id decides.
    request_log.write([entry(organization, created_at=now - timedelta(seconds=number // 4)) for number in range(30)])

    seen, after = [], ""
    while True:
        page = request_log.listed(organization, Filter(after=after), limit=7)
        seen += [record.id for record in page.records]
        after = page.next_after
        if not after:
            break

    assert len(seen) == len(set(seen)) == 30
    newest_first = organization.requests.order_by("-created_at", "-id").values_list("id", flat=True)
    assert seen == list(newest_first)


def test_each_filter_narrows_the_log(organization):
    now = timezone.now()
    request_log.write(
        [
            entry(organization, key="key_a", endpoint="view"),
            entry(organization, status=429, error="rate_limited"),
            entry(organization, created_at=now - timedelta(days=9)),
        ]
    )

    def count(**wanted) -> int:
        return len(request_log.listed(organization, Filter(**wanted), limit=10).records)

    assert count() == 3
    assert count(key="key_a") == count(endpoint="view") == count(outcome="failed") == count(outcome="429") == 1
    assert count(outcome="ok") == 2
    assert count(since=now - timedelta(days=1)) == 2
    assert count(until=now - timedelta(days=1)) == 1


def test_a_key_that_may_not_do_it_leaves_its_request_in_the_log(ours):
    narrow = api_keys.create(ours, name="narrow", created_by=None, limits=Limits(scopes=("usage",)))[1]

    response = Client().get("/space", headers=_bearer(narrow))

    record = written(request_id=response["X-Request-Id"])
    assert (record.status, record.error) == (403, "forbidden")


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _file(content: bytes, name: str = "scan.png"):
    return SimpleUploadedFile(name, content, "image/png")
