"""A node that could not work, or would do harm, does not start: it ends with a sentence and exit code 1."""

import shutil
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from frontend.operation import starting
from tests.commands.installation import Installation
from tests.nodes.cluster import free_port, is_open, wait_until


def refusal(tmp_path, command: str = "worker", **settings: str) -> str:
    """What an operator reads; it took seconds, not minutes."""
    started = time.monotonic()
    said = Installation(tmp_path / "node", **settings).run(command, fails=True)
    assert time.monotonic() - started < 60
    assert "Traceback" not in said
    return said


@pytest.fixture
def redis_server(tmp_path):
    """Starts a Redis with these options; its URL."""
    running = []

    def start(*options: str) -> str:
        port = free_port()
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        running.append(subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL))
        wait_until(lambda: is_open(port))
        return f"redis://127.0.0.1:{port}/0"

    yield start
    for server in running:
        server.kill()
        server.wait()


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path):
    said = refusal(tmp_path, "portal", DATABASE_URL=f"postgres://spocr:secret-word@127.0.0.1:{free_port()}/spocr")

    assert "The database cannot be used:" in said
    assert "See DATABASE_URL." in said
    assert "secret-word" not in said


def test_a_broker_that_does_not_answer_is_named_without_its_password(tmp_path):
    said = refusal(tmp_path, CELERY_BROKER_URL=f"redis://:secret-word@127.0.0.1:{(port := free_port())}/0")

    assert f"CELERY_BROKER_URL names 127.0.0.1:{port}, which cannot be used" in said
    assert "secret-word" not in said


def test_a_wrong_password_of_redis_is_named(redis_server, tmp_path):
    said = refusal(tmp_path, CACHE_URL=redis_server("--requirepass", "right").replace("://", "://:wrong-word@"))

    assert "CACHE_URL names 127.0.0.1" in said
    assert "invalid username-password" in said


def test_a_broker_that_forgets_is_refused_and_one_that_keeps_everything_is_not(redis_server, settings):
    evicting = redis_server("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru")
    keeping = redis_server("--maxmemory", "50mb", "--maxmemory-policy", "noeviction")

    starting._demand_redis("CELERY_BROKER_URL", keeping, keeps_all=True)
    starting._demand_redis("CACHE_URL", evicting)  # a cache may forget
    with pytest.raises(starting.CannotStart, match=r"forgets when it is full \(allkeys-lru\).*to noeviction"):
        starting._demand_redis("CELERY_BROKER_URL", evicting, keeps_all=True)


def test_a_storage_that_answers_503_is_named(tmp_path):
    class Overloaded(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.send_response(503)
            self.end_headers()

        do_GET = do_HEAD = do_DELETE = do_PUT

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Overloaded)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    url = f"s3://a:secret-word@bucket/files?endpoint=http://127.0.0.1:{server.server_port}&region=us-east-1"

    said = refusal(tmp_path, SPOCR_STORAGE_URL=url)
    server.shutdown()
    server.server_close()

    assert "The storage cannot be used: It does not answer (StorageAway 503). See SPOCR_STORAGE_URL." in said
    assert "secret-word" not in said


def test_a_database_of_a_newer_release_is_refused(db):
    starting._demand_no_newer_release()
    MigrationRecorder(connection).record_applied("ocr", "9999_from_the_future")

    with pytest.raises(starting.CannotStart, match=r"newer release \(it knows ocr\.9999_from_the_future"):
        starting.demand()


def test_a_full_disk_is_refused(db, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100 << 30, 100 << 30, 5 << 20))

    with pytest.raises(starting.CannotStart, match="is full: 5 MB are free"):
        starting.demand()


def test_a_whole_node_starts(db, settings):
    settings.CELERY_BROKER_URL = ""

    assert starting.demand() is None


def test_a_taken_port_is_not_taken_for_a_redis(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        said = refusal(tmp_path, CACHE_URL=f"redis://127.0.0.1:{other.getsockname()[1]}/0")

    assert "CACHE_URL names 127.0.0.1" in said


@pytest.mark.parametrize("url", ["nonsense", "oracle://u:secret-word@host/x", "postgres://u:secret-word@host:port/x"])
def test_an_address_that_is_no_databases_is_refused(tmp_path, url):
    said = refusal(tmp_path, DATABASE_URL=url)

    assert "DATABASE_URL is no address of a database: write postgres://user:password@host:5432/name" in said
    assert "secret-word" not in said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SPOCR_TRUSTED_PROXIES", "my proxy", "Error: SPOCR_TRUSTED_PROXIES: 'my proxy'"),
        ("LOG_LEVEL", "loud", "Error: LOG_LEVEL is 'loud': set it to info or debug"),
        ("EMAIL_BACKEND", "no.such.Backend", "EMAIL_BACKEND is no.such.Backend, which does not exist"),
        ("SPOCR_SITE_URL", "ocr.example.com", "Begin it with https://, such as https://ocr.example.com."),
    ],
)
def test_a_setting_that_is_nonsense_is_named(tmp_path, name, value, said):
    assert said in refusal(tmp_path, **{name: value})


def test_another_broker_that_does_not_answer_is_named_too(settings):
    settings.CELERY_BROKER_URL = f"amqp://u:secret-word@127.0.0.1:{(port := free_port())}//"

    with pytest.raises(starting.CannotStart, match=f"names 127.0.0.1:{port}, which cannot be used: It does not answer"):
        starting._demand_broker()


@pytest.mark.parametrize("url", ["localhost:6379", "redis:/oops", "redis://:word@"])
def test_half_an_address_is_refused(url):
    with pytest.raises(starting.CannotStart, match=r"CACHE_URL is no whole address\. Write it as redis://"):
        starting._demand_redis("CACHE_URL", url)


def test_a_database_without_tables_is_refused_with_what_to_run(tmp_path):
    assert "migrations are not applied. Run manage.py migrate." in refusal(tmp_path, "portal")
