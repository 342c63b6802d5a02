"""The disk refuses to keep what was written (fsync fails): nothing is accepted that is not kept, nothing is half."""

import json
import uuid

import pytest

from tests.chaos import programs
from tests.chaos.alone import outcome_of
from tests.chaos.disks import Disk
from tests.chaos.invariants import violations
from tests.chaos.programs import environment, upload
from tests.chaos.test_databases import on_sqlite
from tests.jobs import drained

__all__ = ["on_sqlite"]

# An upload of one page waits for the disk less often than this.
SYNCS = 10


@pytest.fixture
def disk(tmp_path) -> Disk:
    return Disk(tmp_path / "disk")


def test_sqlite_accepts_nothing_that_its_disk_refuses_to_keep(on_sqlite, disk, site, sheet, organization, key):
    outcomes, ids = [], []
    with programs.portal(environment(site, **disk.settings())) as port:
        assert upload(port, key, b"first")[0] == 202
        for number in range(SYNCS):
            once = {"Idempotency-Key": str(uuid.uuid4())}
            disk.refuse(after=number)
            status, _ = upload(port, key, b"page %d" % number, **once)
            outcomes.append((disk.has_refused, status))
            disk.relent()
            again, body = upload(port, key, b"page %d" % number, **once)
            assert again == 202
            ids.append(json.loads(body)["jobs"][0]["jobId"])

    assert (True, 503) in outcomes
    assert {status for _, status in outcomes} <= {202, 503}
    assert all(has_refused for has_refused, status in outcomes if status == 503)
    drained()
    first = organization.jobs.order_by("id").first()
    assert violations(organization, [first.public_id, *ids]) == []


def test_without_waiting_for_the_disk_it_would_accept_it(on_sqlite, disk, site, sheet, key):
    with programs.portal(environment(site, TEST_SYNCHRONOUS="OFF", **disk.settings())) as port:
        assert upload(port, key, b"first")[0] == 202
        disk.refuse(after=2)  # the page's file and its folder are waited for
        status, _ = upload(port, key, b"second")

    assert status == 202
    assert not disk.has_refused  # for the rows nobody has asked it


def test_postgresql_accepts_nothing_that_its_disk_refuses_to_keep():
    outcome = outcome_of("tests.chaos.unsynced", "on")

    assert outcome["refused"] >= 3
    assert set(outcome["statuses"]) == {202, 503}
    assert outcome["wrong"] == []


def test_a_postgresql_that_does_not_wait_for_its_disk_would_accept_it():
    outcome = outcome_of("tests.chaos.unsynced", "off")

    assert outcome["refused"] == 0
    assert set(outcome["statuses"]) == {202}
