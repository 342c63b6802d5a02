"""The database under stress: locks that are held, connections that die or are used up, a reader that does not end."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError, connection, connections, transaction

from ocr.models import RateWindow
from tests.chaos.invariants import violations
from tests.chaos.test_workers import ended, uploaded
from tests.chaos.workers import wait_until
from tests.jobs import get
from tests.parallel import at_once

WRITERS, WRITES = 4, 25
JOBS, KILLS, KILL_EVERY_SECONDS = 20, 20, 0.1


@contextmanager
def beside() -> Iterator[psycopg.Connection]:
    """A connection of somebody else to the database of this test."""
    options = connection.get_connection_params()
    known = {name: options[name] for name in ("host", "port", "user", "password", "dbname") if name in options}
    with psycopg.connect(**known, autocommit=True) as other:
        yield other


@pytest.fixture
def on_postgresql(transactional_db) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("This is about PostgreSQL. Set DATABASE_URL=postgres://…")


@pytest.fixture
def lock_seconds(settings, on_postgresql) -> Iterator[None]:
    """Sets the limit, from the next connection on."""

    def to(seconds: int, api_key: str) -> None:
        settings.LOCK_SECONDS = seconds
        connection.close()
        assert get(api_key, "/jobs").status_code == 200  # what the first request loads is loaded

    yield to
    connection.close()


@contextmanager
def jobs_locked(*, seconds: float) -> Iterator[None]:
    """Somebody holds the table of jobs for so long, or until the block ends."""
    with beside() as other, other.transaction():
        other.execute("LOCK TABLE ocr_job IN ACCESS EXCLUSIVE MODE")
        release = threading.Timer(seconds, lambda: other.execute("ROLLBACK"))
        release.start()
        yield
        release.cancel()
        release.join()


@pytest.mark.postgres
def test_a_lock_that_is_held_is_told_and_not_waited_for(lock_seconds, api_key):
    lock_seconds(1, api_key)

    with jobs_locked(seconds=60):
        started = time.monotonic()
        refused = get(api_key, "/jobs")
        took = time.monotonic() - started

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
    assert refused["Retry-After"] == "5"
    assert took < 10
    assert get(api_key, "/jobs").status_code == 200


@pytest.mark.postgres
def test_without_a_limit_the_request_would_wait_as_long_as_the_lock(lock_seconds, api_key):
    lock_seconds(0, api_key)

    with jobs_locked(seconds=3):
        started = time.monotonic()
        answer = get(api_key, "/jobs")

    assert answer.status_code == 200
    assert time.monotonic() - started > 2


@pytest.mark.postgres
def test_a_database_without_a_free_connection_is_told_as_503_and_comes_back(on_postgresql, api_key):
    connection.close()
    with ExitStack() as taken:
        with pytest.raises(psycopg.OperationalError, match=r"too many clients|remaining connection slots"):
            while True:
                taken.enter_context(beside())
        refused = get(api_key, "/amount")

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
    assert refused["Retry-After"] == "5"
    assert get(api_key, "/amount").status_code == 200


@pytest.mark.postgres
def test_connections_that_die_lose_no_job_and_charge_none_twice(on_postgresql, sheet, organization, workers):
    ids = uploaded(sheet, JOBS)
    workers(2, JOB_LEASE_SECONDS=3)

    with beside() as killer:
        ours = (connection.connection.info.backend_pid, killer.info.backend_pid)
        for _ in range(KILLS):
            time.sleep(KILL_EVERY_SECONDS)
            found = killer.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND NOT pid = ANY(%s)",
                [list(ours)],
            ).fetchall()
            if found:
                killer.execute("SELECT pg_terminate_backend(%s)", random.choice(found))

    wait_until(lambda: ended(organization), seconds=240)
    assert violations(organization, ids) == []


@pytest.fixture
def on_sqlite(transactional_db) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("This is about SQLite. Unset DATABASE_URL.")


@contextmanager
def a_long_reader() -> Iterator[None]:
    """Somebody who reads, and does not end: what they see must be kept for them."""
    with closing(connection.Database.connect(**connection.get_connection_params())) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM ocr_ratewindow").fetchall()
        yield
        with suppress(connection.Database.Error):
            reader.execute("ROLLBACK")


def read_then_write() -> list[float]:
    """Seconds of each transaction that reads, thinks, and writes what follows."""
    took = []
    for _ in range(WRITES):
        started = time.monotonic()
        with transaction.atomic():
            window = RateWindow.objects.get(holder="all")
            time.sleep(0.001)
            RateWindow.objects.filter(id=window.id).update(hits=window.hits + 1)
        took.append(time.monotonic() - started)
    return took


def test_writers_beside_a_long_reader_never_find_sqlite_locked(on_sqlite):
    RateWindow.objects.create(holder="all", minute=0, hits=0)

    with a_long_reader():
        took = at_once(read_then_write, WRITERS)

    assert RateWindow.objects.get().hits == WRITERS * WRITES
    assert max(second for each in took for second in each) < 10  # waits in turn, and for no time-out of 20
    log = Path(f"{connection.settings_dict['NAME']}-wal")
    assert log.stat().st_size < 200_000_000


def test_transactions_that_read_first_would_find_it_locked(on_sqlite, monkeypatch):
    RateWindow.objects.create(holder="all", minute=0, hits=0)
    monkeypatch.setitem(connections.settings["default"]["OPTIONS"], "transaction_mode", "DEFERRED")

    outcomes = at_once(read_then_write, WRITERS)

    assert any(isinstance(outcome, OperationalError) and "locked" in str(outcome) for outcome in outcomes)
