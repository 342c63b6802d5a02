"""Web processes die between accepting and answering; equal requests come at once; the disk is full."""

import errno
import http.client
import uuid
from contextlib import nullcontext

import pytest
from django.core.files.storage import FileSystemStorage

from ocr import files
from ocr.api import idempotency
from ocr.models import Job
from tests.chaos import programs
from tests.chaos.invariants import violations
from tests.chaos.programs import answers, environment, upload
from tests.chaos.workers import wait_until
from tests.jobs import drained, send
from tests.parallel import at_once

AT_ONCE = 200


@pytest.fixture
def portal(sheet, site):
    """A real web server on the test's database that dies where the header `X-Die` says so; its port."""
    with programs.portal(environment(site)) as port:
        yield port


def test_a_web_process_killed_before_it_answers_has_accepted_once(portal, key, organization):
    once = {"Idempotency-Key": str(uuid.uuid4())}
    with pytest.raises((http.client.HTTPException, OSError)):
        upload(portal, key, **once, **{"X-Die": "before answering"})
    (job,) = organization.jobs.all()

    wait_until(lambda: answers(portal), seconds=30)
    status, body = upload(portal, key, **once)

    assert status == 202
    assert job.public_id.encode() in body
    drained()
    assert violations(organization, [job.public_id]) == []


def test_without_a_key_the_repeat_would_be_a_second_job(portal, key, organization):
    with pytest.raises((http.client.HTTPException, OSError)):
        upload(portal, key, **{"X-Die": "before answering"})
    wait_until(lambda: answers(portal), seconds=30)
    upload(portal, key)

    assert organization.jobs.count() == 2


def rounds(key: str, number: int) -> list[tuple[int, set[str]]]:
    """How many jobs each round of equal requests made, and what was answered."""
    made = []
    for _ in range(number):
        before, header = Job.objects.count(), {"Idempotency-Key": str(uuid.uuid4())}
        got = at_once(lambda header=header: send(key, {"a.png": b"page"}, header, path="/Receipts"), AT_ONCE)
        made.append((Job.objects.count() - before, {f"{one.status_code} {one.content.decode()}" for one in got}))
    return made


def check_equal_requests(key: str, organization, number: int) -> None:
    for count, answered in rounds(key, number):
        assert count == 1
        accepted_once = {one for one in answered if one.startswith("202")}
        assert len(accepted_once) == 1
        assert all(one.startswith("409") for one in answered - accepted_once)
    drained()
    assert violations(organization, organization.jobs.values_list("public_id", flat=True)) == []


def test_two_hundred_equal_requests_at_once_are_one_job_and_one_charge(key, organization):
    check_equal_requests(key, organization, 2)


@pytest.mark.chaos
def test_so_they_are_fifty_times(key, organization):
    check_equal_requests(key, organization, 50)


def test_without_the_unique_row_they_would_be_several(key, organization, monkeypatch):
    monkeypatch.setattr(idempotency, "_first", lambda *_: idempotency.Ticket())

    ((count, _),) = rounds(key, 1)

    assert count > 1


def test_a_disk_that_fills_up_in_the_middle_of_an_upload_leaves_nothing(key, organization, monkeypatch):
    fill_disk_after(monkeypatch, 2)

    response = send(key, {f"{number}.png": b"page %d" % number for number in range(5)}, path="/Receipts")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert violations(organization, []) == []


def test_without_the_clean_up_it_would_leave_bytes_that_are_nobodys(key, organization, monkeypatch):
    fill_disk_after(monkeypatch, 2)
    monkeypatch.setattr(files, "discarded_on_failure", lambda _: nullcontext())

    send(key, {f"{number}.png": b"page %d" % number for number in range(5)}, path="/Receipts")

    assert len([found for found in violations(organization, []) if found.startswith("I6")]) == 2


def fill_disk_after(monkeypatch, count: int) -> None:
    """The storage takes so many files more."""
    saved, room = FileSystemStorage._save, iter([True] * count)

    def save(storage, name, content):
        if not next(room, False):
            raise OSError(errno.ENOSPC, "No space left on device")
        return saved(storage, name, content)

    monkeypatch.setattr(FileSystemStorage, "_save", save)
