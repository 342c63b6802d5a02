"""Redis stops, forgets, and comes back: jobs are accepted all the same, and run when workers hear of them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from config.celery import app
from ocr import queue
from tests.chaos.invariants import violations
from tests.chaos.test_workers import ended, uploaded
from tests.chaos.workers import wait_until

ROOT = Path(__file__).resolve().parents[2]
REDIS = shutil.which("redis-server")
pytestmark = pytest.mark.skipif(REDIS is None, reason="redis-server is not installed")


class Redis:
    """A private broker that keeps nothing when it ends."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._folder = folder
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        self._server = subprocess.Popen([REDIS, *options], stdout=subprocess.DEVNULL)
        wait_until(self._answers, seconds=20)

    def stop(self) -> None:
        self._server.kill()
        self._server.wait()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def redis(site, tmp_path, settings):
    server = Redis(tmp_path)
    former = app.conf.broker_url
    settings.CELERY_BROKER_URL = app.conf.broker_url = app.conf.broker_write_url = server.url
    app._pool = None
    app.amqp._producer_pool = None
    yield server
    server.stop()
    app.conf.broker_url = app.conf.broker_write_url = former
    app._pool = None
    app.amqp._producer_pool = None


@pytest.fixture
def celery(redis, sheet, site):
    """A real Celery worker with its beat, on the test's database."""
    name = connection.settings_dict["NAME"]
    database = (
        os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}"
        if connection.vendor != "sqlite"
        else f"sqlite:///{name}"
    )
    environment = {
        **os.environ,
        "DATABASE_URL": database,
        "CACHE_URL": "",
        "CELERY_BROKER_URL": redis.url,
        "DJANGO_SETTINGS_MODULE": "tests.chaos.portal_settings",
        "TEST_MEDIA_ROOT": site["MEDIA_ROOT"],
        "SPOCR_ENGINE_SOCKET": site["ENGINE_SOCKET"],
        "SPOCR_JOB_LEASE_SECONDS": "1",
    }
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-B", "-P", "threads", "-c", "4"]
    schedule = ["-s", str(Path(site["MEDIA_ROOT"]).parent / "beat"), "-Q", "ocr,webhooks,billing", "-l", "ERROR"]
    process = subprocess.Popen(
        [*command, *schedule], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    yield process
    os.killpg(process.pid, signal.SIGKILL)  # its beat is a process of its own
    process.wait()


def test_celery_runs_what_was_uploaded(celery, sheet, organization):
    ids = uploaded(sheet, 10)

    wait_until(lambda: ended(organization), seconds=90)

    assert violations(organization, ids) == []


def test_jobs_are_accepted_at_once_while_redis_is_away_and_run_when_it_is_back(celery, redis, sheet, organization):
    ids = uploaded(sheet, 4)
    redis.stop()
    started = time.monotonic()
    ids += uploaded(sheet, 10)
    took = time.monotonic() - started
    redis.start()  # empty: what was rung before is forgotten

    wait_until(lambda: ended(organization), seconds=90)

    assert took < 5
    assert violations(organization, ids) == []


def test_without_ringing_again_they_would_wait_for_ever(celery, redis, sheet, organization, monkeypatch):
    monkeypatch.setattr(queue, "ring", lambda *_, **__: None)
    ids = uploaded(sheet, 1)
    assert f"I1 {ids[0]} is still pending" in violations(organization, ids)

    wait_until(lambda: ended(organization), seconds=90)  # the sweep of the other process has rung

    assert violations(organization, ids) == []
