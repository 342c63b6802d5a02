"""What operators' tools ask of a node."""

import json

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from frontend.operation import draining
from ocr import schedules

pytestmark = pytest.mark.django_db


def test_a_living_process_says_so_without_asking_anything(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_operators_ask_a_node_by_its_own_address(client, settings, path):
    settings.METRICS_TOKEN = "right"

    answer = client.get(path, headers={"Host": "10.0.0.7:8000", "Authorization": "Bearer right"})

    assert answer.status_code == 200
    assert client.get("/", headers={"Host": "10.0.0.7:8000"}).status_code == 400


def test_a_complete_node_is_ready(client):
    schedules.Clock().run_due()

    answer = client.get("/readyz")

    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == "ok"
    assert set(answer.json()["parts"]) == {
        "database", "migrations", "storage", "cache", "engines", "worker", "broker", "staying"
    }  # fmt: skip
    assert answer["Cache-Control"] == "no-store"


def test_a_node_without_a_worker_still_takes_requests_but_says_so(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert "manage.py worker" in answer.json()["parts"]["worker"]


def test_a_node_whose_database_is_behind_is_not_ready(client):
    newest = MigrationRecorder(connection).migration_qs.filter(app="ocr").latest("id")
    newest.delete()

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert "manage.py migrate" in answer.json()["parts"]["migrations"]


def test_a_node_whose_storage_cannot_be_written_is_not_ready(client, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file" / "below"  # a folder that cannot be made, for root as well

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["parts"]["storage"] != "ok"
    assert str(tmp_path) not in answer.content.decode()


def test_a_node_that_is_about_to_stop_still_answers_and_sends_the_load_balancer_elsewhere(client, monkeypatch):
    monkeypatch.setattr(draining, "_mark", bytearray(1))
    assert client.get("/healthz").status_code == 200

    draining.begin()

    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (503, 503)
    assert client.get("/readyz").json()["parts"]["staying"] == "This node is about to stop."
    assert client.get("/pricing").status_code == 200


def test_metrics_are_hidden_without_their_token(client, settings):
    assert client.get("/metrics").status_code == 404

    settings.METRICS_TOKEN = "right"
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer right"}).status_code == 200


def test_metrics_count_requests_by_route_and_say_what_engines_do(client, settings):
    settings.METRICS_TOKEN = "right"
    client.get("/healthz")

    text = client.get("/metrics", headers={"Authorization": "Bearer right"}).content.decode()

    assert 'spocr_request_seconds_count{method="GET",route="healthz",status="200"}' in text
    assert "spocr_engines_up 1.0" in text
    assert 'spocr_jobs{status="pending"} 0.0' in text
    assert "spocr_oldest_pending_job_seconds 0.0" in text


def test_a_log_line_names_route_and_ids_but_no_path_and_no_key(client, api_key, caplog):
    with caplog.at_level("INFO", logger="spocr.requests"):
        client.get("/parse/imageurl", {"apikey": api_key, "url": "http://127.0.0.1/secret-name.png"})

    line = caplog.records[-1]
    assert "200" in line.getMessage()
    assert api_key not in caplog.text
    assert "secret-name" not in caplog.text


def test_json_lines_carry_the_ids(organization):
    import logging

    from pythonjsonlogger.json import JsonFormatter

    from config.settings import LOGGING
    from ocr.api.requests import RequestIdFilter

    about = {name: value for name, value in LOGGING["formatters"]["json"].items() if name != "()"}
    record = logging.LogRecord("spocr.requests", logging.INFO, "", 0, "hello\nworld", None, None)
    RequestIdFilter().filter(record)

    line = JsonFormatter(**about).format(record)

    assert "\n" not in line
    assert json.loads(line) | {"timestamp": ""} == {
        "level": "INFO", "logger": "spocr.requests", "request_id": "-", "organization": "-", "key": "-",
        "message": "hello\nworld", "timestamp": "",
    }  # fmt: skip
