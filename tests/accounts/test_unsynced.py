"""Counts of requests, and taking and ending a job, wait for no disk; everything else does."""

import pytest
from django.db import connection, transaction

from accounts import api_keys
from accounts.models import KeyMonth
from accounts.unsynced import UNSYNCED, run, unsynced
from ocr import jobs
from ocr.events import Found
from tests.jobs import a_sheet, accepted

NORMAL, FULL = 1, 2
FOUND = Found({"total": {"value": "84,263"}}, image={"width": 1, "height": 1, "rotation": 0, "language": "eng"})
sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="Is about SQLite's own setting")
postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="Is about PostgreSQL's own setting")


@sqlite
def test_only_what_stands_within_waits_for_no_disk(transactional_db):
    before = synchronous()
    with unsynced():
        within = synchronous()

    assert (before, within, synchronous()) == (FULL, NORMAL, FULL)


@sqlite
def test_after_an_error_commits_wait_for_the_disk_again(transactional_db):
    with pytest.raises(ZeroDivisionError), unsynced():
        _ = 1 / 0

    assert synchronous() == FULL


@sqlite
def test_within_a_transaction_nothing_is_changed(transactional_db):
    with transaction.atomic(), unsynced():
        assert synchronous() == FULL


@postgresql
@pytest.mark.postgres
def test_only_a_statement_that_asks_for_it_is_committed_without_the_disk(transactional_db, organization, api_key):
    key = organization.keys.get()
    counting = [left_unwritten(lambda: api_keys.count_use(key, "203.0.113.9")) for _ in range(30)]
    naming = [left_unwritten(lambda: organization.keys.update(name="Another")) for _ in range(30)]

    assert counting.count(True) > 20  # now and then PostgreSQL writes by itself in just that moment
    assert naming.count(True) < 10  # or notes something of its own


@postgresql
@pytest.mark.postgres
def test_taking_and_ending_a_job_waits_for_no_disk(transactional_db, organization, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    accepted(a_sheet(organization), *[b"page %d" % number for number in range(15)])
    claimed: list = []
    taking = [left_unwritten(lambda: claimed.append(jobs.claim())) for _ in range(15)]
    ending = [left_unwritten(lambda: jobs.finish(claimed.pop(), FOUND)) for _ in range(15)]

    assert taking.count(True) > 10 and ending.count(True) > 10


@sqlite
def test_on_sqlite_taking_and_ending_a_job_waits_for_no_disk(transactional_db, organization, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    accepted(a_sheet(organization), b"page")
    committed_with = []
    connection.ensure_connection()
    with connection.execute_wrapper(noting_the_setting_of_changes(committed_with)):
        assert jobs.finish(jobs.claim(), FOUND)

    assert set(committed_with) == {NORMAL}
    assert synchronous() == FULL


@postgresql
@pytest.mark.postgres
def test_within_a_transaction_it_is_committed_as_the_others(transactional_db):
    with transaction.atomic():
        run(f"SELECT 1 WHERE {UNSYNCED}", [])
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)


def test_the_uses_of_a_key_are_counted(transactional_db, organization, api_key):
    key = organization.keys.get()

    for _ in range(3):
        api_keys.count_use(key, "203.0.113.9")

    assert KeyMonth.objects.get(key=key).requests == 3


def noting_the_setting_of_changes(settings: list):
    def execute(run, sql, *others):
        if sql.startswith("UPDATE"):
            settings.append(connection.connection.execute("PRAGMA synchronous").fetchone()[0])
        return run(sql, *others)

    return execute


def left_unwritten(act) -> bool:
    """Whether something of what the act committed waits to be written by PostgreSQL."""
    act()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()")
        return bool(cursor.fetchone()[0])


def synchronous() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])
