"""Redis stops, forgets, and comes back: jobs are accepted all the same, and run when workers hear of them."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis as redis_client

from config.celery import app
from ocr import queue
from tests.chaos import programs
from tests.chaos.invariants import violations
from tests.chaos.programs import environment
from tests.chaos.test_workers import ended, uploaded
from tests.chaos.workers import wait_until


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
        self._server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        wait_until(self._answers, seconds=20)

    def stop(self) -> None:
        self._server.kill()
        self._server.wait()

    def empty(self) -> None:
        with redis_client.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextmanager
def broker(settings, url: str) -> Iterator[None]:
    """This process rings there."""
    former = app.conf.broker_url
    settings.CELERY_BROKER_URL = app.conf.broker_url = app.conf.broker_write_url = url
    app._pool = None
    app.amqp._producer_pool = None
    yield
    app.conf.broker_url = app.conf.broker_write_url = former
    app._pool = None
    app.amqp._producer_pool = None


@pytest.fixture
def redis(site, tmp_path, settings):
    server = Redis(tmp_path)
    with broker(settings, server.url):
        yield server
        server.stop()


@pytest.fixture
def celery(redis, sheet, site, tmp_path):
    """A real Celery worker with its beat, on the test's database."""
    with programs.celery(environment(site, CELERY_BROKER_URL=redis.url), tmp_path):
        yield


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


def test_a_redis_that_is_emptied_while_it_runs_loses_no_job(celery, redis, sheet, organization):
    ids = uploaded(sheet, 10)
    redis.empty()

    wait_until(lambda: ended(organization), seconds=90)

    assert violations(organization, ids) == []


def test_without_ringing_again_they_would_wait_for_ever(celery, redis, sheet, organization, monkeypatch):
    monkeypatch.setattr(queue, "ring", lambda *_, **__: None)
    ids = uploaded(sheet, 1)
    assert f"I1 {ids[0]} is still pending" in violations(organization, ids)

    wait_until(lambda: ended(organization), seconds=90)  # the sweep of the other process has rung

    assert violations(organization, ids) == []
