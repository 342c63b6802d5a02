"""What leaves for the operator's Sentry and collector: each fault and each request, and never a word of content."""

import gzip
import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

import brotli
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from config import operation_checks
from tests.commands.installation import Installation
from tests.fakes import engine_host
from tests.nodes.callers import call, parse, part, upload
from tests.nodes.cluster import Cluster, free_port, is_open, wait_until

# In the document, its name, its language, a header and a query: wherever a stranger's words come in.
MARKER = "Zimtstern"
DOOR = "spocr.parse"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
UNPACK = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
FILL = """
from accounts import api_keys, organizations
from accounts.models import User
from django.db import connection
alice = User.objects.create_user("alice@example.org", "x")
books = organizations.create(alice, name="Books")
books.items.create(kind="sheet", name="Receipts", columns=[{"name": "total", "type": "string"}])
print("KEY", api_keys.create(books, name="tests", created_by=alice)[1], books.public_id)
"""
BREAK = """
from django.db import connection
connection.cursor().execute("DROP TABLE ocr_requestrecord")
connection.cursor().execute("ALTER TABLE billing_usagecounter RENAME TO away")
"""


class Receiver:
    """Takes what Sentry's and OpenTelemetry's libraries send."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else self._chunks()
                receiver.bodies.append((self.path, UNPACK[self.headers.get("Content-Encoding", "")](body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _chunks(self) -> bytes:
                found = b""
                while size := int(self.rfile.readline(), 16):
                    found += self.rfile.read(size)
                    self.rfile.readline()
                return found

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def faults_of(self, logger: str) -> list[dict]:
        envelopes = [body.splitlines() for path, body in self.bodies if path.endswith("/envelope/")]
        return [event for event in (json.loads(lines[2]) for lines in envelopes) if event["logger"] == logger]

    def spans(self) -> dict[str, list[dict]]:
        """Attributes and ids of each span by its name."""
        found: dict[str, list[dict]] = {}
        for path, body in self.bodies:
            if path != "/v1/traces":
                continue
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for span in (each for scope in resource.scope_spans for each in scope.spans):
                    said = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
                    milliseconds = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6
                    found.setdefault(span.name, []).append(
                        said | {"trace": span.trace_id.hex(), "milliseconds": milliseconds}
                    )
        return found


@pytest.fixture(scope="module", params=["line", "json"])
def watched(tmp_path_factory, request):
    """A portal and a worker that were watched while they worked, and while their database was broken."""
    folder, receiver = tmp_path_factory.mktemp("watched"), Receiver()
    (folder / "host").mkdir()
    here = Installation(folder / "data", SECRET_KEY="x" * 50, SPOCR_PARSE_DEMO_KEY="true")
    here.run("migrate", "-v0")
    here.run("createcachetable", "-v0")
    _, key, organization = here.run("shell", "-v0", "-c", FILL).splitlines()[-1].split()
    with engine_host.running(folder / "host" / "engines.sock") as host:
        nodes = Cluster(folder, {
            **here.environment,
            "SENTRY_DSN": f"http://abc@{receiver.address}/1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{receiver.address}",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "LOG_LEVEL": "INFO",
            "SPOCR_LOG_FORMAT": request.param,
            "SPOCR_ENGINE_SOCKET": str(host.path),
        })  # fmt: skip
        try:
            work(nodes, here, key)
            wait_until(lambda: receiver.faults_of(DOOR) and "job" in receiver.spans(), 60)
            for node in nodes.nodes:
                node.end()
        finally:
            nodes.stop()
            receiver.close()
    return receiver, key, organization, "".join(node.log.read_text() for node in nodes.nodes)


def work(nodes: Cluster, here: Installation, key: str) -> None:
    """Requests that go well, one job, and one request that meets a broken database."""
    data = {"SPOCR_DATA_DIR": str(here.folder)}
    port = free_port()
    nodes.web(port, **data)
    nodes._add("worker", [sys.executable, "manage.py", "worker"], data)
    wait_until(lambda: is_open(port))
    picture = MARKER.encode() * 3
    assert parse(port, key, picture).status == 200
    kind = {"Content-Type": "multipart/form-data; boundary=b", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    body = part("file", picture, filename=f"{MARKER}.png") + part("language", MARKER.encode()) + b"--b--\r\n"
    call(port, "POST", f"/parse/image?apikey={key}&note={MARKER}", kind | {"X-Note": MARKER}, body)
    assert upload(port, key, picture).status == 202
    call(port, "GET", f"/jobs/{MARKER}?q={MARKER}", {"Authorization": f"Bearer {key}"})
    call(port, "GET", f"/amount?q={MARKER}&apikey={key}", {})
    time.sleep(1)  # the worker takes the job
    here.run("shell", "-v0", "-c", BREAK)
    parse(port, key, picture)


def test_a_fault_is_reported_by_its_kind_place_and_ids(watched):
    receiver, _, organization, _ = watched
    fault = receiver.faults_of(DOOR)[0]
    innermost = fault["exception"]["values"][-1]
    assert innermost["type"] == "OperationalError"
    assert set(innermost) == {"type", "module", "stacktrace"}
    assert any(frame["module"].startswith("billing.") for frame in innermost["stacktrace"]["frames"])
    assert fault["tags"]["organization"] == organization
    assert fault["tags"]["request_id"].startswith("req_")
    assert fault["tags"]["node"] == "portal"


def test_a_request_becomes_a_span_of_its_callers_trace(watched):
    receiver, _, organization, _ = watched
    asked = receiver.spans()["POST parse-image"]

    assert {each["http.response.status_code"] for each in asked} == {200}
    # Spans need not arrive in the order of their requests, and the last one met a broken database.
    read = next(each for each in asked if "spocr.pages" in each)
    assert read["spocr.organization"] == organization
    assert read["spocr.pages"] == 1
    assert read["milliseconds"] >= read["spocr.stage.engine_ms"]
    assert TRACE in {each["trace"] for each in asked}


def test_a_job_becomes_a_span(watched):
    receiver, _, organization, _ = watched

    (job,) = receiver.spans()["job"]
    assert job["spocr.subject"].startswith("job_")
    assert job["spocr.organization"] == organization


def test_nothing_that_a_stranger_said_leaves(watched):
    receiver, key, _, _ = watched
    sent = b"".join(body for _, body in receiver.bodies)

    assert receiver.faults_of(DOOR)
    assert MARKER.encode() not in sent
    assert key.encode() not in sent
    assert b"alice@example.org" not in sent


def test_the_log_does_not_hold_it_either(watched):
    _, key, _, logs = watched

    assert "A Parse request failed" in logs
    assert re.search(r"Not Found: \w*job", logs)
    assert "Unauthorized: amount" in logs
    assert MARKER not in logs
    assert key not in logs
    # Django's own words, too, bear the request's id.
    assert re.search(r"req_[0-9a-f]{24}.*Unauthorized: amount", logs)


def test_without_their_settings_nothing_of_it_is_loaded(tmp_path):
    here = Installation(tmp_path)
    ask = "from frontend.operation import telemetry; import sys; telemetry.begin('portal'); telemetry.flush(); "

    said = here.run(
        "shell", "-v0", "-c", ask + "print([m for m in sys.modules if m in ('sentry_sdk', 'opentelemetry')])"
    )

    assert said.strip().endswith("[]")


@pytest.mark.parametrize(
    ("name", "value"),
    [("SENTRY_DSN", "sentry.example.com"), ("SENTRY_DSN", "https://key@host/"), ("OTEL_ENDPOINT", "collector:4317")],
)
def test_an_address_that_is_none_is_refused(settings, name, value):
    setattr(settings, name, value)

    (problem,) = operation_checks.check_telemetry()

    assert problem.id == "spocr.E007"
    assert "Write it as http" in problem.hint


def test_a_package_that_is_missing_is_named(settings, monkeypatch):
    settings.SENTRY_DSN = "https://key@sentry.example.com/1"
    monkeypatch.setattr(operation_checks, "find_spec", lambda name: None if name == "sentry_sdk" else find_spec(name))

    (problem,) = operation_checks.check_telemetry()

    assert "SENTRY_DSN is set, but the package sentry_sdk is not installed." in problem.msg
    assert "requirements-extras.txt" in problem.hint
