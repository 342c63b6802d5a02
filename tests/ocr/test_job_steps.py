"""Taking and ending a job in few statements does exactly what the single acts would do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import usage
from billing.models import Kind
from billing.usage import Payer
from ocr import jobs
from ocr.events import Found
from ocr.models import Job, Row
from tests.jobs import a_sheet, accepted

FOUND = Found({"total": {"value": "84,263"}}, image={"width": 1, "height": 1, "rotation": 0, "language": "eng"})


@pytest.fixture
def job(organization, settings, tmp_path) -> Job:
    """One that waits."""
    settings.MEDIA_ROOT = tmp_path
    return accepted(a_sheet(organization), b"page")[0]


@pytest.mark.postgres
def test_a_claimed_job_is_what_the_table_says_and_brings_its_relatives(job):
    claimed = jobs.claim()

    with CaptureQueriesContext(connection) as asked:
        seen = (claimed.row.sheet.name, claimed.row.file.size_bytes, claimed.organization.name, claimed.usage.units)
    assert seen == ("Receipts", 4, job.organization.name, 1)
    assert len(asked) == 0
    stored = Job.objects.get()
    about = ("id", "status", "worker", "attempts", "priority", "deadline_at")
    assert [getattr(claimed, name) for name in about] == [getattr(stored, name) for name in about]
    assert Row.objects.get().status == "processing"


@pytest.mark.postgres
def test_a_job_on_postgresql_costs_two_statements(job):
    """One takes it, one ends it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite runs the steps one by one. Set DATABASE_URL=postgres://…")
    with CaptureQueriesContext(connection) as asked:
        jobs.finish(jobs.claim(), FOUND)

    assert len(asked) == 2


@pytest.mark.postgres
def test_a_job_whose_reservation_is_gone_does_not_end(job, organization):
    claimed = jobs.claim()
    usage.release(claimed.usage)

    with pytest.raises(jobs.ReservationLost):
        jobs.finish(claimed, FOUND)

    assert (Job.objects.get().status, Row.objects.get().status) == ("processing", "processing")
    assert usage.used(Payer(organization, ""), Kind.SCAN) == 0


@pytest.mark.postgres
def test_a_page_that_passes_a_threshold_ends_the_job_and_is_noted(job, organization):
    payer = Payer(organization, "203.0.113.9")
    usage.settle(usage.reserve(payer, Kind.SCAN, units=49), units=49)

    assert jobs.finish(jobs.claim(), FOUND)

    assert list(organization.usage_notices.values_list("percent", "used")) == [(50, 50)]
    assert (Job.objects.get().status, Row.objects.get().values) == ("done", FOUND.values)


@pytest.mark.postgres
def test_somebody_elses_claim_ends_nothing(job):
    claimed = jobs.claim()
    Job.objects.update(worker="another")

    assert jobs.finish(claimed, FOUND) is False

    assert Row.objects.get().status == "processing"
