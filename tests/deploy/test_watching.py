"""Dashboard, alert rules and runbook speak of metrics that exist."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from django.utils import timezone
from prometheus_client.metrics import MetricWrapperBase

ROOT = Path(__file__).resolve().parents[2]
METRIC = re.compile(r"\bspocr_\w+")
ALERTS = yaml.safe_load((ROOT / "deploy" / "prometheus" / "alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = json.loads((ROOT / "deploy" / "grafana" / "dashboard.json").read_text())["panels"]


@pytest.fixture
def page(client, settings, api_key) -> str:
    """The real page."""
    settings.METRICS_TOKEN = "right"
    client.get("/healthz")
    return client.get("/metrics", headers={"Authorization": "Bearer right"}).content.decode()


def declared(page: str) -> set[str]:
    """Names of metrics as queries use them: those that the page declares, and the parts of histograms."""
    names = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", page, re.MULTILINE):
        names |= {name} | ({f"{name}_bucket", f"{name}_count", f"{name}_sum"} if kind == "histogram" else set())
    return names


def test_each_metric_of_dashboard_alerts_and_documentation_exists(db, page):
    queries = [rule["expr"] for rule in ALERTS] + [each["expr"] for panel in PANELS for each in panel["targets"]]
    documented = METRIC.findall((ROOT / "docs" / "operating.md").read_text().split("## Backups")[0])
    wanted = {name for query in queries for name in METRIC.findall(query)} | set(documented)

    # Counters of readings appear with the first reading: their names are known to the registry all the same.
    assert sorted(wanted - declared(page) - known_to_the_registry()) == []


def known_to_the_registry() -> set[str]:
    from ocr import metrics

    counted = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
    names = {described.name for each in counted for described in each.describe()}
    return names | {f"{name}_{part}" for name in names for part in ("total", "bucket", "count", "sum")}


def test_each_gauge_of_the_page_is_documented(db, page):
    text = (ROOT / "docs" / "operating.md").read_text()
    gauges = re.findall(r"^# TYPE (spocr_\S+) gauge$", page, re.MULTILINE)

    assert len(gauges) > 10
    assert [name for name in gauges if f"`{name}" not in text] == []


def test_each_alert_says_what_to_do_about_it():
    headings = re.findall(r"^#### (\w+)$", (ROOT / "docs" / "operating.md").read_text(), re.MULTILINE)

    assert [rule["alert"] for rule in ALERTS] == headings
    assert all(rule["annotations"]["runbook"].endswith("#" + rule["alert"].lower()) for rule in ALERTS)


def test_what_waits_at_the_meter_and_at_receivers_is_counted(db, organization, page, client):
    from billing.models import BillableUnit, BillingAccount
    from ocr.models import WebhookDelivery, WebhookEvent

    event = WebhookEvent.objects.create(organization=organization, type="ocr.completed", body="{}")
    WebhookDelivery.objects.create(organization=organization, event=event, url="https://example.org/")
    BillingAccount.objects.update_or_create(organization=organization, defaults={"customer_id": "cus_1"})
    record = organization.usage_records.create(kind="scan", units=3, status="settled", period="2026-11")
    BillableUnit.objects.create(
        organization=organization, record=record, period="2026-11", units=3,
        unit_price=5, currency="usd", occurred_at=timezone.now(),
    )  # fmt: skip

    text = client.get("/metrics", headers={"Authorization": "Bearer right"}).content.decode()

    assert "spocr_webhooks_waiting 1.0" in text
    assert "spocr_meter_units_unsent 3.0" in text


@pytest.mark.parametrize(
    "what", [["check", "rules", "deploy/prometheus/alerts.yaml"], ["test", "rules", "tests/deploy/alerts.yaml"]]
)
def test_prometheus_own_tool_finds_nothing_wrong_with_the_rules(what):
    done = subprocess.run(["promtool", *what], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_has_a_case_in_which_it_fires():
    cases = (ROOT / "tests" / "deploy" / "alerts.yaml").read_text()

    assert f"value: {len(ALERTS)}," in cases
    for rule in ALERTS:
        assert all(f"'{name}" in cases for name in METRIC.findall(rule["expr"])), rule["alert"]


def test_prometheus_can_send_what_its_example_asks_for():
    """It refuses to set these headers itself, and knows no other way to give a node the public name."""
    (job,) = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yaml").read_text())["scrape_configs"]

    assert set(job) == {"job_name", "authorization", "static_configs"}
