"""Workers are killed, doubled, stopped, and told that it is another hour; nothing is lost or charged twice."""

import os
import random
import signal
import time
from contextlib import nullcontext
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.db.models.functions import Now

from accounts import organizations
from billing import usage
from ocr import job_steps, jobs, outlook, webhooks, work
from ocr.events import Found
from ocr.models import Job, Row
from tests.chaos.invariants import violations
from tests.chaos.workers import wait_until
from tests.fakes.engine_host import CRASH, SLOW
from tests.jobs import a_sheet, accepted, drained
from tests.parallel import at_once

MANY = 200
# Of `make chaos`; a smaller number for a quick look: CHAOS_KILLS=100 make chaos
KILLS = int(os.environ.get("CHAOS_KILLS", "1000"))
SWEEP = "ocr.jobs.sweep"


def ended(organization) -> bool:
    return not organization.jobs.filter(status__in=["pending", "processing"]).exists()


def told(organization) -> bool:
    return not organization.webhook_deliveries.filter(status="pending").exists()


def uploaded(sheet, count: int, content: bytes = b"page %d") -> list[str]:
    pages = [content % number if b"%d" in content else content for number in range(count)]
    return [job.public_id for start in range(0, count, 20) for job in accepted(sheet, *pages[start : start + 20])]


def kill_until_done(organization, running, *, kills: int, ids: list[str]) -> None:
    """Kill workers at random moments until so many are dead, then let the rest finish."""
    while running.kills < kills:
        time.sleep(random.uniform(0.05, 0.5))
        running.kill_one()
    wait_until(lambda: ended(organization) and told(organization), seconds=120)


def test_twenty_killed_workers_lose_no_job_and_charge_none_twice(sheet, organization, workers, receiver):
    webhooks.configure(organization, receiver.url, ["ocr.completed", "ocr.failed"])
    ids = uploaded(sheet, MANY)
    running = workers(2)

    kill_until_done(organization, running, kills=20, ids=ids)

    assert violations(organization, ids, receiver.ids) == []
    assert organization.jobs.filter(status="done").count() >= MANY - 5


@pytest.mark.chaos
def test_a_thousand_killed_workers_lose_no_job_and_charge_none_twice(sheet, organization, workers, receiver):
    webhooks.configure(organization, receiver.url, ["ocr.completed", "ocr.failed"])
    running, ids = workers(3), []
    while running.kills < KILLS:
        if organization.jobs.filter(status="pending").count() < 40:
            ids += uploaded(sheet, 40, b"page %d of " + str(len(ids)).encode())
        time.sleep(random.uniform(0.05, 0.5))
        running.kill_one()
    wait_until(lambda: ended(organization) and told(organization), seconds=120)

    assert violations(organization, ids, receiver.ids) == []


def test_without_the_sweep_a_killed_worker_would_keep_its_jobs(sheet, organization, workers):
    ids = uploaded(sheet, 8, SLOW + b"%d")
    running = workers(1, switched_off=(SWEEP,))
    wait_until(lambda: organization.jobs.filter(status="processing").exists(), seconds=30)
    running.kill_one()
    time.sleep(3)

    assert any("still processing" in found for found in violations(organization, ids))


def test_without_one_transaction_a_killed_worker_would_leave_a_page_unpaid(sheet, organization, monkeypatch):
    """The end of a job, torn between the result and the charge."""
    ids = uploaded(sheet, 1)
    job = jobs.claim()

    class Torn(Exception):
        """Here the process would have died."""

    def die(*_: object, **__: object) -> bool:
        raise Torn

    monkeypatch.setattr(
        job_steps, "finish_included", lambda *_, **__: False
    )  # the long way: the short one is one statement
    monkeypatch.setattr(usage, "settle", die)
    with pytest.raises(Torn):
        jobs.finish(job, Found({"total": {"value": "1"}}))
    assert violations(organization, ids) != []  # it is not over yet
    assert Job.objects.get().status == "processing"

    monkeypatch.setattr(jobs, "transaction", SimpleNamespace(atomic=nullcontext))
    with pytest.raises(Torn):
        jobs.finish(job, Found({"total": {"value": "1"}}))
    assert f"I2 {ids[0]} is done and cost 0" in violations(organization, ids)


def test_a_killed_workers_job_runs_again_soon(sheet, organization, workers):
    uploaded(sheet, 1, SLOW)
    running = workers(1)
    wait_until(lambda: organization.jobs.filter(status="processing").exists(), seconds=30)
    killed = time.monotonic()
    running.kill_one()

    wait_until(lambda: organization.jobs.filter(attempts=2, status="processing").exists(), seconds=30)

    # The lease is 1 s here and 30 s in service, where the sweep comes every 5 s: 45 s at most.
    assert time.monotonic() - killed < 1 + 15


@pytest.mark.chaos
def test_so_it_does_within_45_seconds_with_the_lease_of_the_service(sheet, organization, workers):
    uploaded(sheet, 1, SLOW)
    running = workers(1, JOB_LEASE_SECONDS=30)
    wait_until(lambda: organization.jobs.filter(status="processing").exists(), seconds=30)
    killed = time.monotonic()
    running.kill_one()

    wait_until(lambda: organization.jobs.filter(attempts=2, status="processing").exists(), seconds=60)

    assert time.monotonic() - killed < 45


def test_a_worker_told_to_end_gives_its_jobs_back_at_once(sheet, organization, workers):
    ids = uploaded(sheet, 4, SLOW + b"%d")
    running = workers(2, JOB_LEASE_SECONDS=300)
    wait_until(lambda: organization.jobs.filter(status="processing").count() == 4, seconds=30)

    took = running.stop(signal.SIGTERM)

    assert max(took) < 5
    assert set(organization.jobs.values_list("status", "attempts")) == {("pending", 0)}
    workers(2)
    wait_until(lambda: ended(organization), seconds=60)
    assert violations(organization, ids) == []


def test_a_worker_that_was_asleep_past_its_lease_changes_nothing(sheet, organization, charged_units):
    ids = uploaded(sheet, 1)
    asleep = jobs.claim()
    Job.objects.update(lease_until=Now() - timedelta(seconds=1))
    jobs.sweep()
    assert drained() == 1

    assert jobs.finish(asleep, Found({"total": {"value": "late"}})) is False
    assert jobs.fail(asleep, ValueError("late")) is False
    assert violations(organization, ids) == []
    assert charged_units() == 1


@pytest.fixture
def charged_units(organization):
    return lambda: sum(organization.usage_records.filter(status="settled").values_list("units", flat=True))


def test_workers_that_claim_at_once_get_different_jobs(sheet, organization):
    ids = uploaded(sheet, 20)

    claimed = at_once(jobs.claim, 25)

    assert sorted(job.public_id for job in claimed if job) == sorted(ids)


def test_a_claim_that_looked_before_it_took_would_give_a_job_to_two(sheet, organization, engine, monkeypatch):
    uploaded(sheet, 1)
    both_have_looked = Barrier(2)
    monkeypatch.setattr(jobs, "claim", lambda: look_then_take(both_have_looked))

    ran = at_once(work.run_next, 2)

    assert ran == [True, True]
    assert len(engine.documents) == 2  # the page was read twice


def look_then_take(both_have_looked: Barrier) -> Job:
    """A claim without the guarded UPDATE."""
    job = Job.objects.get(status="pending")
    both_have_looked.wait(60)
    Job.objects.filter(id=job.id).update(status="processing", worker="me", attempts=1)
    return Job.objects.get(id=job.id)


def test_a_doubled_message_runs_nothing_twice(sheet, organization, engine):
    ids = uploaded(sheet, 3)

    ran = at_once(work.run_next, 12)

    assert sorted(ran) == [False] * 9 + [True] * 3
    assert len(engine.documents) == 3
    assert violations(organization, ids) == []


def test_two_sweeps_at_once_do_no_harm(sheet, organization):
    ids = uploaded(sheet, 5)
    for _ in range(5):
        jobs.claim()
    Job.objects.update(lease_until=Now() - timedelta(seconds=1))

    assert at_once(jobs.sweep, 4) == [None] * 4
    drained()

    assert violations(organization, ids) == []
    assert set(organization.jobs.values_list("attempts", flat=True)) == {2}


def test_a_clock_that_steps_back_an_hour_holds_no_job_up(sheet, organization):
    """What the database wrote an hour ahead of its own clock is brought back by the sweep."""
    ids = uploaded(sheet, 2)
    jobs.claim()
    Job.objects.filter(status="processing").update(lease_until=Now() + timedelta(hours=1))
    Job.objects.filter(status="pending").update(next_at=Now() + timedelta(hours=1))

    jobs.sweep()

    ahead = Now() + timedelta(seconds=max(jobs.RETRY_SECONDS) + 1)
    assert not Job.objects.filter(lease_until__gt=ahead).exists()
    assert not Job.objects.filter(next_at__gt=ahead).exists()
    Job.objects.filter(status="processing").update(lease_until=Now() - timedelta(seconds=1))
    Job.objects.update(next_at=Now())
    jobs.sweep()
    drained()
    assert violations(organization, ids) == []


def test_without_that_a_dead_workers_job_would_wait_for_the_hour(sheet, organization, monkeypatch):
    ids = uploaded(sheet, 1)
    jobs.claim()
    Job.objects.update(lease_until=Now() + timedelta(hours=1))
    monkeypatch.setattr("ocr.leases.pull_back", lambda *_, **__: 0)

    time.sleep(1.2)
    jobs.sweep()

    assert f"I1 {ids[0]} is still processing" in violations(organization, ids)


def test_a_page_that_ends_its_engine_is_given_up_after_three_attempts(sheet, organization, engine, monkeypatch):
    monkeypatch.setattr(jobs, "RETRY_SECONDS", (0, 0))
    ids = uploaded(sheet, 1, CRASH) + uploaded(sheet, 10)
    drained()

    poison = Job.objects.get(public_id=ids[0])
    assert (poison.status, poison.error_code, poison.attempts) == ("failed", "ocr_engine_error", 3)
    # Tried again only when nothing else waits.
    assert engine.documents[-2:] == [CRASH, CRASH]
    assert engine.documents.count(CRASH) == 3
    assert violations(organization, ids) == []


def test_a_job_that_is_too_late_fails_and_is_free(sheet, organization):
    ids = uploaded(sheet, 2)
    jobs.claim()
    Job.objects.update(deadline_at=Now() - timedelta(seconds=1))

    jobs.sweep()

    assert set(Job.objects.values_list("status", "error_code")) == {("failed", "timeout")}
    assert violations(organization, ids) == []


def test_a_job_that_ended_three_workers_is_given_up(sheet, organization):
    ids = uploaded(sheet, 1)
    for _ in range(3):
        assert jobs.claim() is not None
        Job.objects.update(lease_until=Now() - timedelta(seconds=1))
        jobs.sweep()

    assert Job.objects.get().error_message == jobs.GAVE_UP
    assert violations(organization, ids) == []


def test_a_small_upload_is_not_held_up_by_somebody_elses_large_one(sheet, organization, charlie, settings):
    uploaded(sheet, 100)
    (small,) = accepted(a_sheet(organizations.of(charlie)), b"small")

    assert outlook.of(small).position == jobs.JOBS_A_LEVEL


def test_reservations_of_removed_jobs_are_given_back(sheet, organization):
    uploaded(sheet, 2)
    Row.objects.all().delete()

    assert jobs.release_orphans() == 2
    assert [found for found in violations(organization, []) if found.startswith("I2")] == []
