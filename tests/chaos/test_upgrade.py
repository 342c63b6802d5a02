"""Tables are changed beside a service that goes on: nobody is refused, no job is lost, and nothing is missing after."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from ocr import cells, query
from ocr.models import Row
from tests.chaos import programs
from tests.chaos.invariants import violations
from tests.chaos.programs import ROOT, environment
from tests.chaos.test_databases import beside, on_postgresql
from tests.chaos.test_workers import ended
from tests.chaos.workers import wait_until
from tests.jobs import COLUMNS
from tests.nodes.callers import Answer, Callers, upload

__all__ = ["on_postgresql"]
pytestmark = pytest.mark.postgres

ROWS, UPLOADS = 4_000, 60
TRIES = 5
# The step that changes most: a table made from every row there is, and kept up by triggers from then on.
BEFORE, STEP = "0007", "0008"


@pytest.fixture
def service(on_postgresql, sheet, site) -> Iterator[int]:
    """A web server and a worker on the tables of this test; the port."""
    settings = environment(site)
    with programs.worker(settings), programs.portal(settings) as port:
        yield port


@pytest.fixture
def rows(sheet, organization) -> None:
    """Those of before: so many that going through them takes a while."""
    values = {"total": {"value": "$12.50", "normalized": {"amount": "12.50", "currency": "USD"}}}
    made = {"values": values, **cells.encode("old.png", values, COLUMNS)}
    old = (Row(organization=organization, sheet=sheet, name="old.png", status="done", **made) for _ in range(ROWS))
    Row.objects.bulk_create(old, batch_size=500)


@contextmanager
def uploading(port: int, key: str) -> Iterator[Callers]:
    """Customers upload all the while, and a little longer; each is to be accepted at the first try."""

    def one(number: int) -> Answer:
        time.sleep(0.1)
        return upload(port, key, b"page %d" % number)

    with Callers(one, UPLOADS, threads=3) as callers:
        wait_until(lambda: len(callers.answers) > 5, seconds=60)
        yield callers
        time.sleep(1)


def migrated(site, target: str) -> None:
    """As an operator does: whoever waits too long for a table that is in use gives up, and is started again."""
    command = [sys.executable, "manage.py", "migrate", "ocr", target, "-v0"]
    for _ in range(TRIES):
        done = subprocess.run(
            command, cwd=ROOT, env=environment(site), check=False, capture_output=True, text=True, timeout=120
        )
        if "lock timeout" not in done.stderr:
            break
    assert done.returncode == 0, done.stderr


def test_a_migration_beside_uploads_and_readings_fails_none_and_misses_none(
    service, site, sheet, organization, key, rows
):
    with uploading(service, key) as callers:
        migrated(site, BEFORE)
        migrated(site, STEP)
        migrated(site, STEP)

    ids = [json.loads(answer.body)["jobs"][0]["jobId"] for answer in callers.answers]
    assert set(callers.statuses) == {202}, callers.statuses
    wait_until(lambda: ended(organization), seconds=120)
    assert violations(organization, ids) == []
    assert found(sheet, ["name=page.png"]) == len(ids)
    assert found(sheet, ["total=12.5"]) == ROWS


def test_a_migration_that_is_killed_half_way_is_taken_up_again(service, site, sheet, organization, key, rows):
    with uploading(service, key) as callers:
        migrated(site, BEFORE)
        killed_half_way(site)
        migrated(site, STEP)

    assert set(callers.statuses) == {202}, callers.statuses
    wait_until(lambda: ended(organization), seconds=120)
    assert found(sheet, ["name=page.png"]) == len(callers.answers)
    assert found(sheet, ["total=12.5"]) == ROWS


def test_a_step_that_holds_a_table_would_fail_some(service, key, rows):
    with uploading(service, key) as callers, ExitStack() as held:
        other = held.enter_context(beside())
        with other.transaction(force_rollback=True):
            other.execute("ALTER TABLE ocr_job ALTER COLUMN attempts TYPE bigint")
            time.sleep(8)  # as long as a large table takes to be written anew

    assert callers.statuses[503] > 0


def killed_half_way(site) -> None:
    """Some rows have their cells, and the process is gone."""
    command = [sys.executable, "manage.py", "migrate", "ocr", STEP, "-v0"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(site))
    with beside() as other:
        wait_until(lambda: process.poll() is not None or lines(other) > 0, seconds=60)
    process.kill()
    assert process.wait() != 0, "it was done too soon to be killed"


def lines(other) -> int:
    if other.execute("SELECT to_regclass('ocr_cells')").fetchone()[0] is None:
        return 0
    return other.execute("SELECT count(*) FROM ocr_cells WHERE row_id IN (SELECT min(id) FROM ocr_row)").fetchone()[0]


def found(sheet, where: list[str]) -> int:
    wanted = query.parse(sheet.columns, where=where, sort=[], select=[])
    return query.ordered(sheet, wanted).count()
