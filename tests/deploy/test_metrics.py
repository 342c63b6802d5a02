"""Each metric of the page moves with what it counts: real requests, readings, uploads and bills."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from billing.models import BillableUnit, BillingAccount, MeterBatch
from ocr import webhooks
from tests.jobs import a_sheet, accepted, drained, send

# What needs a fault or a crowd, and which tests bring it about.
ELSEWHERE = {
    "spocr_engine_waiting": "tests/ocr/test_pool.py: more pages than engines",
    "spocr_engines_up": "below: no engine host",
    "spocr_engine_slots": "as many as there are from the start",
    "spocr_engine_slots_busy": "only while a page is read",
    "spocr_request_records_lost_total": "tests/ocr/test_request_log.py: the database is away",
}


@pytest.fixture
def look(client, settings):
    """The sum of each metric over its labels, as Prometheus reads it now."""
    settings.METRICS_TOKEN = "right"

    def look() -> dict[str, float]:
        text = client.get("/metrics", headers={"Authorization": "Bearer right"}).content.decode()
        kinds = dict(re.findall(r"^# TYPE (spocr_\S+) (\w+)$", text, re.MULTILINE))
        sums = dict.fromkeys((name for name, kind in kinds.items() if kind != "histogram"), 0.0)
        for name, value in re.findall(r"^(spocr_\w+)(?:\{.*\})? (\S+)$", text, re.MULTILINE):
            if name in sums or name.endswith("_count"):
                sums[name] = sums.get(name, 0.0) + float(value)
        return sums

    return look


def test_every_metric_moves_with_what_it_counts(look, client, organization, api_key, picture):
    before = look()

    read(client, api_key, picture)
    read(client, api_key, b"\x89PNG\r\n\x1a\n" + b"x" * 100)  # damaged: its unit is given back
    sheet = a_sheet(organization)
    webhooks.configure(organization, "https://93.184.215.14/hook", ["ocr.completed"])
    accepted(sheet, picture)
    assert drained() == 1  # its webhook waits
    assert send(api_key, {"later.png": picture[:-1]}, path="/Receipts").status_code == 202
    bill(organization)
    after = look()

    moved = {name for name in after if after[name] > before.get(name, 0.0)}
    assert {*after} - moved - {*ELSEWHERE} == set()
    assert moved >= {"spocr_request_seconds_count", "spocr_reading_seconds_count", "spocr_pages_total"}
    assert after["spocr_jobs"] == after["spocr_usage_reserved"] == after["spocr_webhooks_waiting"] == 1
    assert (after["spocr_refunded_units_today"], after["spocr_meter_units_unsent"]) == (1, 7)


def test_a_node_whose_engine_host_does_not_start_says_so(look, db, settings, tmp_path, monkeypatch):
    monkeypatch.setattr("ocr.pool.START_TIMEOUT_SECONDS", 0)
    settings.ENGINE_SOCKET = str(tmp_path / "no such folder" / "engines.sock")

    assert look()["spocr_engines_up"] == 0


def read(client, api_key: str, content: bytes) -> None:
    file = SimpleUploadedFile("page.png", content)
    assert client.post("/parse/image", {"file": file}, headers={"apikey": api_key}).status_code == 200


def bill(organization) -> None:
    """Scans past the plan that Stripe does not know yet, and a batch that it refused."""
    hour_ago = timezone.now() - timedelta(hours=1)
    BillingAccount.objects.update_or_create(organization=organization, defaults={"customer_id": "cus_1"})
    record = organization.usage_records.create(kind="scan", units=3, status="settled", period="2026-11")
    BillableUnit.objects.create(
        organization=organization, record=record, period="2026-11", units=3,
        unit_price=5, currency="usd", occurred_at=hour_ago,
    )  # fmt: skip
    organization.meter_batches.create(period="2026-11", units=4, occurred_at=hour_ago, status=MeterBatch.Status.STUCK)
