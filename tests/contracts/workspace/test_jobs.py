"""GET /jobs, what may be done to a job, and GET /amount."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts import api_keys, organizations
from billing import usage
from billing.models import Kind
from billing.usage import Payer
from ocr import jobs, outlook, work
from ocr.models import Job
from tests.contracts.conftest import Near
from tests.contracts.workspace.conftest import envelope, refused
from tests.contracts.workspace.test_fields import located
from tests.jobs import a_sheet, accepted, drained, get

NOW = Near(datetime.now(UTC).timestamp() * 1000, 600_000)


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def sheet(organization):
    return a_sheet(organization)


class Like:
    """Equal to a text that the pattern matches whole."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self._pattern, other) is not None

    __hash__ = None


def seconds_of(job: Job) -> float:
    return (outlook.of(job).expected_at - timezone.now()).total_seconds()


def post(api_key: str, path: str):
    return Client(raise_request_exception=False).post(path, headers={"Authorization": f"Bearer {api_key}"})


def printed(job: Job, **changes: object) -> dict[str, object]:
    """A waiting job as GET /jobs/{id} prints it."""
    return {
        "jobId": job.public_id,
        "uniqueKey": job.row.row_key,
        "originalName": job.row.name,
        "page": 1,
        "path": "/Receipts",
        "sheetRef": job.row.sheet.unique_key,
        "status": "pending",
        "attempts": 0,
        "duplicate": False,
        "imageUrl": Like(r"http://\S+/files/org_\w+/img_\w+/\d+/[\w-]+"),
        "createdAt": NOW,
        "finishedAt": None,
        "result": None,
        "error": None,
        "queuePosition": 0,
        "expectedAt": NOW,
        **changes,
    }


def test_a_waiting_job_tells_its_place_and_when_it_will_be_done(api_key, sheet):
    first, second = accepted(sheet, b"one", b"two")

    assert get(api_key, f"/jobs/{first.public_id}").json() == printed(first)
    assert get(api_key, f"/jobs/{second.public_id}/").json() == printed(second, queuePosition=1)


def test_a_finished_job_holds_its_result(api_key, sheet, receipt):
    (job,) = accepted(sheet, receipt)
    drained()

    assert get(api_key, f"/jobs/{job.public_id}").json() == printed(
        job,
        status="done",
        attempts=1,
        finishedAt=NOW,
        queuePosition=None,
        expectedAt=None,
        result={
            "data": {
                "total": located("$5.50", 254, 457, 395, 540, amount="5.50", currency="USD"),
                "date": located("2026-11-20", 238, 578, 519, 657, date="2026-11-20"),
            },
            "image": {"width": 800, "height": 600, "rotation": 0, "language": Like("eng|auto")},
            "warnings": [],
        },
    )


@pytest.mark.postgres
def test_the_place_counts_what_other_organizations_wait_for(api_key, sheet, charlie):
    accepted(a_sheet(organizations.create(charlie, plan="pro")), b"one", b"two")
    (job,) = accepted(sheet, b"three")

    assert get(api_key, f"/jobs/{job.public_id}").json()["queuePosition"] == 2


def test_the_pages_read_lately_tell_how_long_one_takes(sheet):
    (done, waiting) = accepted(sheet, b"one", b"two")
    assert 0 < seconds_of(waiting) <= 2 * outlook.USUAL_SECONDS  # behind the other one
    began = timezone.now()

    Job.objects.filter(id=done.id).update(status="done", started_at=began, finished_at=began + timedelta(seconds=60))

    assert 55 < seconds_of(waiting) <= 60


def test_a_blank_page_fails_with_no_text_and_is_free(api_key, sheet, blank, charged):
    (job,) = accepted(sheet, blank)
    drained()

    body = get(api_key, f"/jobs/{job.public_id}").json()

    assert (body["status"], body["error"]["code"], body["attempts"]) == ("failed", "no_text", 1)
    assert [entry[1] for entry in charged()] == ["released"]


def test_jobs_are_listed_newest_first_in_pages(api_key, sheet):
    first, second, third = accepted(sheet, b"one", b"two", b"three")

    page = get(api_key, "/jobs?limit=2").json()
    rest = get(api_key, f"/jobs?limit=2&cursor={page['nextCursor']}&status=pending").json()

    line = {
        name: value for name, value in printed(first).items() if name not in ("result", "queuePosition", "expectedAt")
    }
    assert [job["jobId"] for job in page["jobs"]] == [third.public_id, second.public_id]
    assert rest == {"jobs": [line], "nextCursor": None}
    assert get(api_key, "/jobs?status=done").json() == {"jobs": [], "nextCursor": None}


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("limit=0", "limit", "Must be a whole number from 1 to 500."),
        ("limit=x", "limit", "Must be a whole number from 1 to 500."),
        ("status=lost", "status", "Must be one of: pending, processing, done, failed."),
    ],
)
def test_wrong_lists_are_refused(api_key, query, field, message):
    assert refused(get(api_key, f"/jobs?{query}")) == (
        400,
        envelope("validation_failed", f"{field}: {message}", errors=[{"field": field, "message": message}]),
    )


@pytest.mark.parametrize("act", ["", "/cancel", "/retry"])
def test_a_job_of_another_organization_is_not_found(charlie, sheet, act):
    (job,) = accepted(sheet, b"one")
    key = api_keys.create(organizations.of(charlie), name="tests", created_by=charlie)[1]

    response = (post if act else get)(key, f"/jobs/{job.public_id}{act}")

    assert refused(response) == (
        404,
        envelope("not_found", "There is no such job. It may have been removed with its sheet."),
    )


def test_a_cancelled_job_is_free_and_never_read(api_key, sheet, receipt, charged):
    (job,) = accepted(sheet, receipt)

    body = post(api_key, f"/jobs/{job.public_id}/cancel").json()

    assert drained() == 0
    assert body["error"] == {"code": "cancelled", "message": "The job was cancelled."}
    assert (body["status"], [entry[1] for entry in charged()]) == ("failed", ["released"])
    assert sheet.rows.get().status == "failed"


def test_a_job_that_is_cancelled_while_it_is_read_stays_cancelled(api_key, sheet, charged):
    accepted(sheet, b"one")
    job = jobs.claim()

    post(api_key, f"/jobs/{job.public_id}/cancel")

    assert jobs.fail(job, ValueError("too late")) is False
    assert Job.objects.get().error_code == "cancelled"


def test_an_ended_job_cannot_be_cancelled(api_key, sheet):
    (job,) = accepted(sheet, b"zip")
    drained()

    assert refused(post(api_key, f"/jobs/{job.public_id}/cancel")) == (
        409,
        envelope("conflict", "The job has ended already; there is nothing to cancel."),
    )


def test_a_failed_job_is_read_again_from_its_stored_image_and_charged_once(api_key, sheet, receipt, charged):
    (job,) = accepted(sheet, receipt)
    post(api_key, f"/jobs/{job.public_id}/cancel")

    response = post(api_key, f"/jobs/{job.public_id}/retry")
    drained()

    assert (response.status_code, response.json()) == (202, printed(job))
    assert Job.objects.get().status == "done"
    assert [entry[1] for entry in charged()] == ["released", "settled"]


def test_a_retry_that_the_plan_cannot_pay_changes_nothing(api_key, sheet, organization):
    (job,) = accepted(sheet, b"zip")
    drained()
    usage.reserve(Payer(organization, ""), Kind.SCAN, units=100)

    response = post(api_key, f"/jobs/{job.public_id}/retry")

    assert response.status_code == 402
    assert Job.objects.get().status == "failed"


def test_only_a_failed_job_can_be_tried_again(api_key, sheet):
    (job,) = accepted(sheet, b"one")

    assert refused(post(api_key, f"/jobs/{job.public_id}/retry")) == (
        409,
        envelope("conflict", "Only a failed job can be tried again; this one has not failed."),
    )


def test_what_is_left_is_told(api_key, sheet, organization):
    accepted(sheet, b"one", b"two")

    assert get(api_key, "/amount").json() == {
        "free": {
            "used": 2,
            "limit": 100,
            "remaining": 98,
            "cycleStart": Near(NOW._value - 1, 1e9),
            "cycleEnd": Near(NOW._value, 3e9),
        },
        "flatfee": {"enabled": False, "used": 0, "limit": 0, "remaining": 0, "nextBillingAt": None},
        "balance": 98,
        "currency": "scans",
        "perCallCost": 1,
    }


def test_a_missing_image_fails_after_three_attempts_free_of_charge(sheet, charged, settings, monkeypatch):
    (job,) = accepted(sheet, b"one")
    default_storage.delete(job.row.file.storage_name)
    monkeypatch.setattr(jobs, "RETRY_SECONDS", (0, 0))

    assert drained() == 3

    ended = Job.objects.get()
    assert (ended.status, ended.error_code, ended.attempts) == ("failed", "ocr_engine_error", 3)
    assert [entry[1] for entry in charged()] == ["released"]


def test_a_worker_begins_where_another_of_its_process_has_ended(sheet, receipt):
    work.put_back_all()
    accepted(sheet, receipt)
    try:
        assert drained() == 0
    finally:
        work.begin()

    assert drained() == 1
