"""Database, Redis and storage fall silent: connections stay open and nothing comes.

Each wait has an end, and afterwards everything goes on by itself.
"""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.core.cache.backends.redis import RedisCache
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db.models.functions import Now
from moto.server import ThreadedMotoServer

from config import settings as ours
from ocr import bucket, files, storage, work
from ocr.models import Job
from tests.chaos import programs
from tests.chaos.invariants import violations
from tests.chaos.programs import call, database_url, environment, upload
from tests.chaos.test_celery import Redis, broker
from tests.chaos.test_databases import on_postgresql
from tests.chaos.test_workers import ended, uploaded
from tests.chaos.workers import wait_until
from tests.engines import in_background
from tests.fakes.relay import Relay, relaying
from tests.jobs import drained, send
from tests.nodes.callers import parse

__all__ = ["on_postgresql"]

BUCKET = "silent"


@contextmanager
def timed(*, less_than: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < less_than


@pytest.fixture
def to_database(on_postgresql) -> Iterator[Relay]:
    port = int(database_url().rpartition(":")[2].split("/")[0])
    with relaying(port) as relay:
        yield relay


@pytest.fixture
def behind(to_database, sheet, site):
    """A web server, and a worker where it is wanted, that reach the database through the relay."""
    with ExitStack() as stack:

        def start(*, statement_seconds: int, has_worker: bool = True) -> int:
            # A thread that has no connection yet waits for one: without a limit, as long.
            connecting = 2 if statement_seconds else 60
            address = f"{database_url(port=to_database.port)}?connect_timeout={connecting}"
            limits = {"DATABASE_URL": address, "TEST_STATEMENT_SECONDS": str(statement_seconds)}
            settings = environment(site, **limits)
            if has_worker:
                stack.enter_context(programs.worker(settings))
            return stack.enter_context(programs.portal(settings))

        yield start


def upload_until_accepted(port: int, key: str, **once: str) -> str:
    """The job's id."""
    for _ in range(60):
        status, body = upload(port, key, b"repeated", **once)
        if status == 202:
            return str(json.loads(body)["jobs"][0]["jobId"])
        time.sleep(0.5)
    raise AssertionError(body)


@pytest.mark.postgres
def test_a_database_that_falls_silent_is_told_as_503_and_all_go_on_when_it_speaks(
    to_database, behind, sheet, organization, key
):
    port = behind(statement_seconds=2)
    ids = uploaded(sheet, 4)
    wait_until(lambda: ended(organization), seconds=60)
    once = {"Idempotency-Key": str(uuid.uuid4())}

    to_database.silence()
    with timed(less_than=30):
        refused, body = upload(port, key, b"repeated", **once)
    with timed(less_than=10):  # a balancer gives up soon
        ready = call(port, "GET", "/readyz", {})
    with timed(less_than=30):
        page = call(port, "GET", "/status", {})
    with timed(less_than=30):
        read = parse(port, key, b"page")
    time.sleep(3)  # until the worker's statements are given up, too
    to_database.speak()

    assert (refused, json.loads(body)["error"]["code"]) == (503, "unavailable")
    assert ready[0] == 503
    assert json.loads(ready[1])["parts"]["worker"] == "Unknown while the database does not answer."
    assert page[0] == 503
    assert json.loads(read.body)["ErrorMessage"] == ["E500: System Resource Exhaustion"]
    ids.append(upload_until_accepted(port, key, **once))
    ids += uploaded(sheet, 4)
    wait_until(lambda: ended(organization), seconds=60)
    assert violations(organization, ids) == []


@pytest.mark.postgres
def test_without_a_limit_the_request_would_hang(to_database, behind, sheet, key):
    port = behind(statement_seconds=0, has_worker=False)
    assert upload(port, key)[0] == 202

    to_database.silence()
    with pytest.raises(TimeoutError):
        upload(port, key, seconds=8)


@pytest.fixture
def redis(tmp_path) -> Iterator[Redis]:
    server = Redis(tmp_path)
    yield server
    server.stop()


def test_a_cache_that_falls_silent_is_told_as_503_and_holds_up_no_api(site, sheet, key, redis):
    with relaying(redis.port) as relay:
        settings = environment(site, CACHE_URL=f"redis://127.0.0.1:{relay.port}/0")
        with programs.portal(settings) as port:
            assert sign_in(port, "alice") == 200
            relay.silence()
            with timed(less_than=60):
                assert sign_in(port, "bob") == 503
            with timed(less_than=15):
                assert upload(port, key)[0] == 202
            relay.speak()
            # A lock that was taken in the silence is given back by the clock.
            wait_until(lambda: sign_in(port, "charlie") == 200, seconds=60)


def test_without_a_limit_the_cache_would_hang(redis):
    with relaying(redis.port) as relay:
        cache = RedisCache(f"redis://127.0.0.1:{relay.port}/0", {"OPTIONS": {"socket_timeout": None}})
        cache.set("a", 1)
        relay.silence()
        waiting, outcomes = in_background(lambda: cache.get("a"))
        waiting.join(5)
        is_waiting = waiting.is_alive()
        relay.speak()
        waiting.join(30)

    assert is_waiting
    assert outcomes == [1]


def sign_in(port: int, name: str) -> int:
    """With a wrong password. What was asked in the silence may be counted as tries of that name, once it is over."""
    token = "t" * 32
    body = f"csrfmiddlewaretoken={token}&login={name}@example.org&password=wrong".encode()
    headers = {"Cookie": f"csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded"}
    return call(port, "POST", "/accounts/login/", headers, body, seconds=60)[0]


def test_a_broker_that_falls_silent_holds_up_no_upload_and_loses_no_job(
    site, sheet, organization, settings, redis, tmp_path
):
    with ExitStack() as stack:
        relay = stack.enter_context(relaying(redis.port))
        url = f"redis://127.0.0.1:{relay.port}/0"
        stack.enter_context(broker(settings, url))
        stack.enter_context(programs.celery(environment(site, CELERY_BROKER_URL=url), tmp_path))
        ids = uploaded(sheet, 4)
        wait_until(lambda: ended(organization), seconds=90)

        relay.silence()
        with timed(less_than=30):
            ids += uploaded(sheet, 4)
        relay.speak()

        wait_until(lambda: ended(organization), seconds=90)
        assert violations(organization, ids) == []


@pytest.fixture
def to_bucket(sheet, settings, monkeypatch) -> Iterator[Relay]:
    """The installation's files lie in a bucket that is reached through the relay."""
    monkeypatch.setattr(bucket, "ANSWER_SECONDS", 1)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    port = server.get_host_and_port()[1]
    about = {"endpoint_url": f"http://127.0.0.1:{port}", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    boto3.client("s3", region_name="us-east-1", **about).create_bucket(Bucket=BUCKET)
    with relaying(port) as relay:
        settings.STORAGES = {**settings.STORAGES, "default": described(relay)}
        yield relay
    server.stop()


def described(relay: Relay) -> dict[str, Any]:
    return storage.from_url(f"s3://a:b@{BUCKET}/files?endpoint=http://127.0.0.1:{relay.port}&region=us-east-1")


def test_a_storage_that_falls_silent_is_told_and_the_jobs_wait_for_it(to_bucket, sheet, organization, key):
    ids = uploaded(sheet, 2)

    to_bucket.silence()
    with timed(less_than=30):
        refused = send(key, {"a.png": b"page"}, path="/Receipts")
    with timed(less_than=30):
        assert work.run_next()

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
    assert set(Job.objects.values_list("status", "attempts")) == {("pending", 0)}
    to_bucket.speak()
    Job.objects.update(next_at=Now())
    assert drained() == 2
    time.sleep(1.1)  # S3 tells the time of a file to the second
    files.sweep_orphans(timedelta(0))  # what was held back has arrived
    assert violations(organization, ids) == []


def test_without_a_limit_the_storage_would_hang(to_bucket):
    plain = described(to_bucket) | {"BACKEND": "storages.backends.s3.S3Storage"}
    former = storages.create_storage(plain)
    former.save("before", ContentFile(b"page"))

    to_bucket.silence()
    waiting, outcomes = in_background(lambda: former.save("after", ContentFile(b"page")))
    waiting.join(5)
    is_waiting = waiting.is_alive()
    to_bucket.speak()
    waiting.join(60)

    assert is_waiting
    assert len(outcomes) == 1


def test_no_way_to_another_server_is_without_a_limit():
    """What the tests above try, as it is in service."""
    assert ours.STATEMENT_SECONDS <= 30
    assert ours.CELERY_BROKER_TRANSPORT_OPTIONS["socket_timeout"] <= 2
    assert ours.EMAIL_TIMEOUT <= 10
    assert (bucket.CONNECT_SECONDS + bucket.ANSWER_SECONDS) * bucket.TRIES <= 30
