"""Whatever happens to jobs in whatever order, each ends as a dictionary says that it must, and is paid for once."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db.models.functions import Now
from hypothesis import HealthCheck, Phase
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts import api_keys, organizations
from billing import usage
from billing.models import UsageRecord
from billing.usage import CapReached, Payer
from ocr import jobs, pool, reading, sheets, webhooks
from ocr.events import Found
from ocr.images import UnreadableDocument
from ocr.jobs import JobRunning
from ocr.models import Item, Job, WebhookEvent
from ocr.storage import StorageAway
from tests.chaos.invariants import violations
from tests.conftest import person
from tests.jobs import a_sheet, accepted, send

FOUND = Found({"total": {"value": "1"}})
AGAIN = (pool.EngineFailed(), pool.EngineTimeout())
NOT_COUNTED = (pool.EngineBusy(), StorageAway("away"))
FINAL = (reading.NoText(), UnreadableDocument("no picture"))
PAGES_A_MONTH = 20
UNFINISHED = ("pending", "processing")
_numbers = count()


class Expected:
    """What a job must be."""

    def __init__(self) -> None:
        self.status, self.attempts, self.token = "pending", 0, ""


class Histories(RuleBasedStateMachine):
    """One organization, and what must be, kept by hand."""

    receiver_url = ""

    def __init__(self) -> None:
        super().__init__()
        Item.objects.all().delete()
        jobs.release_orphans()
        owner = person(f"owner-{next(_numbers)}@example.org")
        self.organization = organizations.create(owner, plan="free")
        self.key = api_keys.create(self.organization, name="tests", created_by=owner)[1]
        self.sheet = a_sheet(self.organization)
        self.jobs: dict[str, Expected] = {}
        self.claims: list[Job] = []  # also those that are no longer valid
        self.answers: dict[int, list[str]] = {}
        self.told = 0
        self.is_listening = False
        self.paid_and_removed = 0

    # What customers do.

    @rule(pages=st.integers(1, 4), is_same=st.booleans())
    def submit(self, pages, is_same):
        self._submit([b"the same"] * pages if is_same else [b"page %d" % next(_numbers) for _ in range(pages)])

    def _submit(self, contents):
        room, needed = self._room(), len(set(contents))
        try:
            made = accepted(self.sheet, *contents)
        except CapReached:
            assert room < needed
        else:
            assert room >= needed
            assert len({job.public_id for job in made}) == needed
            self.jobs |= {job.public_id: Expected() for job in made}

    @rule(number=st.integers(0, 2))
    def post_under_a_key(self, number):
        header = {"Idempotency-Key": f"key-{number}-of-{self.organization.public_id}"}
        answer = send(self.key, {"a.png": b"body %d" % number}, header, path="/Receipts")
        if answer.status_code != 202:
            assert answer.status_code == 402 and self._room() == 0 and number not in self.answers
            return
        ids = [entry["jobId"] for entry in answer.json()["jobs"]]
        if number not in self.answers:
            self.jobs |= {id_: Expected() for id_ in ids}
        assert self.answers.setdefault(number, ids) == ids

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data):
        public_id = self._any(data)
        try:
            jobs.cancel(self.organization, public_id)
        except JobRunning:
            assert self.jobs[public_id].status not in UNFINISHED
        else:
            assert self.jobs[public_id].status in UNFINISHED
            self._ends(public_id, "failed")

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def retry(self, data):
        public_id, room = self._any(data), self._room()
        try:
            jobs.retry(Payer(self.organization, "203.0.113.9"), public_id)
        except JobRunning:
            assert self.jobs[public_id].status != "failed"
        except CapReached:
            assert room == 0
        else:
            assert self.jobs[public_id].status == "failed" and room > 0
            self.jobs[public_id].status, self.jobs[public_id].attempts = "pending", 0

    @rule()
    def listen(self):
        webhooks.configure(self.organization, self.receiver_url, ["ocr.completed", "ocr.failed"])
        self.is_listening = True

    @precondition(lambda self: len(self.jobs) > 6)
    @rule()
    def remove_the_sheet(self):
        self.paid_and_removed += self._count("done")
        sheets.remove(self.organization, "/Receipts")
        self.sheet, self.jobs = a_sheet(self.organization), {}
        jobs.release_orphans()

    # What workers do.

    @rule()
    def claim(self):
        job = jobs.claim()
        assert (job is None) == (self._count("pending") == 0)
        if job is not None:
            expected = self.jobs[job.public_id]
            assert expected.status == "pending"
            expected.status, expected.attempts, expected.token = "processing", expected.attempts + 1, job.worker
            assert job.attempts == expected.attempts
            self.claims.append(job)

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def finish(self, data):
        job = data.draw(st.sampled_from(self.claims))
        is_valid = self._is_valid(job)
        assert jobs.finish(job, FOUND) == is_valid
        if is_valid:
            self._ends(job.public_id, "done")

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), error=st.sampled_from([*AGAIN, *NOT_COUNTED, *FINAL]))
    def fail(self, data, error):
        job = data.draw(st.sampled_from(self.claims))
        is_valid, expected = self._is_valid(job), self.jobs.get(job.public_id)
        assert jobs.fail(job, error) == is_valid
        if not is_valid:
            return
        if error in FINAL or (error in AGAIN and expected.attempts >= jobs.MAX_ATTEMPTS):
            self._ends(job.public_id, "failed")
        else:
            expected.status = "pending"
            expected.attempts -= error in NOT_COUNTED

    @precondition(lambda self: self._count("processing"))
    @rule()
    def the_workers_die(self):
        Job.objects.filter(status="processing").update(lease_until=Now() - timedelta(seconds=1))
        jobs.sweep()
        for public_id in self._all("processing"):
            if self.jobs[public_id].attempts >= jobs.MAX_ATTEMPTS:
                self._ends(public_id, "failed")
            else:
                self.jobs[public_id].status = "pending"

    @precondition(lambda self: self._count("processing"))
    @rule()
    def the_workers_are_told_to_end(self):
        valid = [job for job in self.claims if self._is_valid(job)]
        assert jobs.put_back(jobs._claim_of(job) for job in self.claims) == len(valid)
        for job in valid:
            self.jobs[job.public_id].status = "pending"
            self.jobs[job.public_id].attempts -= 1

    @precondition(lambda self: self._count(*UNFINISHED))
    @rule(data=st.data())
    def a_deadline_passes(self, data):
        public_id = data.draw(st.sampled_from(self._all(*UNFINISHED)))
        Job.objects.filter(public_id=public_id).update(deadline_at=Now() - timedelta(seconds=1))
        jobs.sweep()
        self._ends(public_id, "failed")

    @rule()
    def sweep(self):
        jobs.sweep()
        jobs.release_orphans()
        usage.release_stale()

    # What must be, at every moment and in the end.

    @invariant()
    def each_job_is_as_it_must_be(self):
        known = dict(self.organization.jobs.values_list("public_id", "status"))
        assert known == {public_id: expected.status for public_id, expected in self.jobs.items()}

    @invariant()
    def each_done_page_is_paid_for_and_each_unfinished_one_reserved(self):
        records = UsageRecord.objects.filter(organization=self.organization)
        assert records.filter(status="settled").count() == self._count("done") + self.paid_and_removed
        assert records.filter(status="reserved").count() == self._count(*UNFINISHED)

    @invariant()
    def each_end_is_told_once(self):
        assert WebhookEvent.objects.filter(organization=self.organization).count() == self.told

    def teardown(self):
        Job.objects.filter(status="processing").update(lease_until=Now() - timedelta(seconds=1))
        jobs.sweep()
        while (job := jobs.claim()) is not None:
            assert jobs.finish(job, FOUND)
        assert violations(self.organization, self.jobs) == []

    def _any(self, data) -> str:
        return data.draw(st.sampled_from(list(self.jobs)))

    def _all(self, *statuses: str) -> list[str]:
        return [public_id for public_id, expected in self.jobs.items() if expected.status in statuses]

    def _count(self, *statuses: str) -> int:
        return len(self._all(*statuses))

    def _room(self) -> int:
        return usage.remaining(Payer(self.organization, "203.0.113.9"), usage.Kind.SCAN)

    def _is_valid(self, job: Job) -> bool:
        expected = self.jobs.get(job.public_id)
        return expected is not None and expected.status == "processing" and expected.token == job.worker

    def _ends(self, public_id: str, status: str) -> None:
        self.jobs[public_id].status = status
        self.told += self.is_listening


def run(machine: type[Histories], *, examples: int, steps: int = 30) -> None:
    chosen: dict[str, Any] = {
        "max_examples": examples,
        "stateful_step_count": steps,
        "phases": [Phase.generate],
        "deadline": None,
        "suppress_health_check": list(HealthCheck),
        "database": None,
        "derandomize": True,
    }
    run_state_machine_as_test(machine, settings=how(**chosen))


@pytest.fixture
def histories(transactional_db, site, receiver, settings, tmp_path, monkeypatch) -> type[Histories]:
    """Whatever waits may start at once, and the plan is soon used up."""
    plans = settings.PLANS_FILE.read_text()
    monkeypatch.setattr(jobs, "RETRY_SECONDS", (0, 0))
    for name in ("BUSY_SECONDS", "AWAY_SECONDS"):
        monkeypatch.setattr(jobs, name, 0)
    settings.PLANS_FILE = tmp_path / "plans.toml"
    settings.PLANS_FILE.write_text(plans.replace("scans_a_month = 100\n", f"scans_a_month = {PAGES_A_MONTH}\n"))
    monkeypatch.setattr(Histories, "receiver_url", receiver.url)
    return Histories


def test_every_job_ends_as_it_must_after_any_history(histories):
    run(histories, examples=12)


@pytest.mark.chaos
def test_so_it_does_after_five_thousand_steps(histories):
    run(histories, examples=100, steps=60)


def no_token(claimed) -> Any:
    return Job.objects.filter(id=claimed.id)


def nothing(*_: object, **__: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("protection", "instead"),
    [
        ("ocr.jobs._held", no_token),  # whoever slept past the lease changes what another one does
        ("billing.usage.release", nothing),  # what failed stays reserved
        ("ocr.jobs._tell", nothing),
    ],
)
def test_the_machine_notices_a_protection_that_is_missing(histories, monkeypatch, protection: str, instead: Callable):
    monkeypatch.setattr(protection, instead)

    with pytest.raises(AssertionError):
        run(histories, examples=40)
