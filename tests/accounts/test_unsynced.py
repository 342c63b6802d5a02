"""Counts of requests wait for no disk; everything else does."""

import pytest
from django.db import connection, transaction

from accounts import api_keys
from accounts.models import KeyMonth
from accounts.unsynced import unsynced

NORMAL, FULL = 1, 2
sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL groups its commits itself")


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


def test_the_uses_of_a_key_are_counted(transactional_db, organization, api_key):
    key = organization.keys.get()

    for _ in range(3):
        api_keys.count_use(key, "203.0.113.9")

    assert KeyMonth.objects.get(key=key).requests == 3


def synchronous() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])
