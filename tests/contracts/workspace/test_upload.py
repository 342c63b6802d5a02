"""POST /upload: files become rows and jobs, all or none, and each page is charged once when it was read."""

import errno
import io
import threading
import zipfile
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.storage import FileSystemStorage
from django.db import connections
from PIL import Image

from accounts import api_keys, organizations
from billing import usage
from billing.models import Kind
from billing.usage import Payer
from ocr.api.workspace import job_views
from ocr.models import Job, StoredFile
from tests.contracts.workspace.conftest import envelope, refused
from tests.jobs import a_sheet, drained, get, pdf_of, png_of, send

NOT_HTTPS = "The URL must begin with https://, so that nobody reads along."


@pytest.fixture
def sheet(organization):
    return a_sheet(organization)


@pytest.fixture
def upload(api_key, sheet):
    """Call POST /upload with files by name; other arguments become form fields."""

    def call(files: dict[str, bytes], **fields):
        return send(api_key, files, **{"path": "/Receipts", **fields})

    return call


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def stored_files() -> list[str]:
    return [str(path) for path in Path(django_settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_each_file_becomes_a_row_and_a_job(upload, sheet, receipt):
    response = upload({"one.png": receipt, "two.png": receipt + b"\0"})

    first, second = Job.objects.order_by("id")
    assert response.status_code == 202
    assert response.json() == {
        "path": "/Receipts",
        "jobs": [
            {"uniqueKey": first.row.row_key, "originalName": "one.png", "jobId": first.public_id, "status": "pending"},
            {
                "uniqueKey": second.row.row_key,
                "originalName": "two.png",
                "jobId": second.public_id,
                "status": "pending",
            },
        ],
    }
    assert [row.name for row in sheet.rows.order_by("id")] == ["one.png", "two.png"]


def test_a_read_page_fills_its_row_and_is_charged_once(upload, sheet, receipt, charged):
    upload({"one.png": receipt})
    assert [entry[:3] for entry in charged()] == [("scan", "reserved", 1)]

    drained()

    row = sheet.rows.get()
    assert row.status == "done"
    assert row.values["total"]["value"] == "$5.50"
    assert (row.image["width"], row.image["height"]) == (800, 600)
    assert [entry[:3] for entry in charged()] == [("scan", "settled", 1)]


def test_a_pdf_becomes_one_row_and_one_charge_for_each_page(upload, sheet, receipt, charged):
    response = upload({"two.pdf": pdf_of(receipt, receipt)})
    drained()

    assert [(entry["originalName"], entry["page"]) for entry in response.json()["jobs"]] == [
        ("two.pdf", 1),
        ("two.pdf", 2),
    ]
    assert [(row.name, row.page, row.status) for row in sheet.rows.order_by("id")] == [
        ("two.pdf (1)", 1, "done"),
        ("two.pdf (2)", 2, "done"),
    ]
    assert [entry[:3] for entry in charged()] == [("scan", "settled", 1)] * 2


def test_pages_past_the_plans_number_are_left_out_and_it_is_said(upload, receipt):
    blank = Image.new("RGB", (40, 40), "white")
    pages = [png_of(blank)] * 4  # the free plan reads three

    entries = upload({"four.pdf": pdf_of(*pages)}).json()["jobs"]

    assert [entry["page"] for entry in entries] == [1, 2, 3]
    assert all(entry["hasMorePages"] for entry in entries)


def test_the_same_bytes_twice_in_one_upload_are_one_job(upload, sheet, receipt, charged):
    body = upload({"one.png": receipt, "copy.png": receipt}).json()

    first, second = body["jobs"]
    assert second == {**first, "originalName": "copy.png", "duplicate": True}
    assert sheet.rows.count() == Job.objects.count() == len(charged()) == 1


def test_an_image_that_stands_in_the_sheet_already_is_flagged_and_read_again(upload, sheet, receipt):
    upload({"one.png": receipt})

    (entry,) = upload({"again.png": receipt}).json()["jobs"]

    assert entry["duplicate"] is True
    assert [row.is_duplicate for row in sheet.rows.order_by("id")] == [False, True]
    assert StoredFile.objects.count() == 1


def test_a_zip_renamed_to_png_fails_alone(upload, api_key, sheet, receipt, charged):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("a.txt", "text")

    jobs = upload({"good.png": receipt, "zip.png": archive.getvalue()}).json()["jobs"]
    drained()

    good, bad = (get(api_key, f"/jobs/{job['jobId']}").json() for job in jobs)
    assert (good["status"], good["error"]) == ("done", None)
    assert (bad["status"], bad["result"]) == ("failed", None)
    assert bad["error"] == {
        "code": "invalid_image",
        "message": "The file is not an image or PDF that can be read. Send PNG, JPEG, GIF, BMP, TIFF, WebP or PDF.",
    }
    assert sorted(entry[1] for entry in charged()) == ["released", "settled"]


def test_an_upload_that_the_plan_cannot_pay_is_refused_whole(upload, sheet, receipt, organization, charged):
    usage.reserve_each(Payer(organization, ""), Kind.SCAN, subjects=[f"job_{n}" for n in range(99)])

    response = upload({"one.png": receipt, "two.png": receipt + b"\0"})

    assert response.status_code == 402
    assert response.json()["details"]["requested"] == 2
    assert response.json()["details"]["processable"] == 1
    assert (sheet.rows.count(), Job.objects.count(), StoredFile.objects.count()) == (0, 0, 0)
    assert stored_files() == []
    assert len(charged()) == 99


@pytest.mark.parametrize(
    ("fields", "files", "status", "body"),
    [
        (
            {"path": ""},
            1,
            400,
            envelope("invalid_request", "path is required: the sheet that the files go into, such as /Receipts."),
        ),
        (
            {},
            0,
            400,
            envelope(
                "invalid_request", "files is required: the images or PDFs, as multipart form data.", field="files"
            ),
        ),
        (
            {},
            21,
            400,
            envelope(
                "invalid_request",
                "The upload has 21 files; at most 20 are taken at once. Send the others in another.",
                limit=20,
            ),
        ),
        (
            {"wait": "perhaps"},
            1,
            400,
            envelope(
                "validation_failed",
                "wait: Must be true or false.",
                errors=[{"field": "wait", "message": "Must be true or false."}],
            ),
        ),
        (
            {"webhookUrl": "http://example.com/hook"},
            1,
            400,
            envelope(
                "validation_failed",
                f"webhookUrl: {NOT_HTTPS}",
                errors=[{"field": "webhookUrl", "message": NOT_HTTPS}],
            ),
        ),
    ],
    ids=["no path", "no files", "21 files", "wait", "webhookUrl"],
)
def test_wrong_uploads_are_refused(upload, fields, files, status, body):
    response = upload({f"{number}.png": b"x%d" % number for number in range(files)}, **fields)

    assert refused(response) == (status, body)
    assert Job.objects.count() == 0


def test_a_file_larger_than_the_plan_takes_is_refused(upload):
    status, body = refused(upload({"large.png": b"\0" * (1_048_576 + 1)}))

    assert (status, body["error"]["code"], body["details"]) == (400, "invalid_image", {"limit_bytes": 1_048_576})


def test_a_sheet_of_another_organization_is_not_found(charlie, sheet, receipt):
    stranger = organizations.of(charlie)
    key = api_keys.create(stranger, name="tests", created_by=charlie)[1]

    status, body = refused(send(key, {"one.png": receipt}, path=sheet.unique_key))

    assert (status, body["error"]["code"]) == (404, "not_found")


def test_a_full_disk_is_answered_as_such_and_leaves_nothing(upload, sheet, receipt, monkeypatch, charged):
    def full(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "_save", full)  # the border: the storage

    response = upload({"one.png": receipt})

    assert refused(response) == (
        503,
        envelope(
            "unavailable",
            "The service cannot store anything at this moment. Repeat the request in a few seconds.",
        ),
    )
    assert response["Retry-After"] == "5"
    assert (Job.objects.count(), charged()) == (0, [])


@pytest.mark.django_db(transaction=True)
def test_who_waits_gets_the_results(upload, receipt):
    stopping = threading.Event()
    worker = threading.Thread(target=work_until, args=(stopping,))
    worker.start()
    try:
        response = upload({"one.png": receipt, "zip.png": b"PK"}, wait="true")
    finally:
        stopping.set()
        worker.join()

    body = response.json()
    assert response.status_code == 200
    assert [job["status"] for job in body["jobs"]] == ["done", "failed"]
    assert [result["jobId"] for result in body["results"]] == [job["jobId"] for job in body["jobs"]]
    assert body["results"][0]["result"]["data"]["total"]["value"] == "$5.50"
    assert body["results"][1]["error"]["code"] == "invalid_image"


def work_until(stopping: threading.Event) -> None:
    while not stopping.wait(0.05):
        drained()
    connections.close_all()


def test_who_waited_long_enough_gets_what_there_is(upload, receipt, monkeypatch):
    monkeypatch.setattr(job_views, "WAIT_SECONDS", 0.1)

    body = upload({"one.png": receipt}, wait="true").json()

    assert [job["status"] for job in body["jobs"]] == ["pending"]
    assert body["results"] == []
