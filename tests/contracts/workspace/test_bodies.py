"""How bodies may be written: in chunks, with Windows' mark before them, with file names in old code pages."""

import io
import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from ocr.api.workspace import views
from ocr.models import Job
from tests import pictures, poison
from tests.contracts.workspace.conftest import encoded, envelope, refused
from tests.jobs import a_sheet, pdf_of

MULTIPART = "multipart/form-data; boundary=x"
BROKEN_OFF = "The body broke off before its last chunk. Send it again."


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def send(api_key):
    """POST a body as it is; `chunked` sends it without a length."""

    def call(path: str, body: bytes, kind: str = "application/json", *, chunked: bool = False) -> HttpResponse:
        headers = {"Authorization": f"Bearer {api_key}"}
        client = Client(raise_request_exception=False)
        if not chunked:
            return client.post(path, body, content_type=kind, headers=headers)
        return client.generic("POST", path, headers=headers, **in_chunks(io.BytesIO(body), kind))

    return call


def in_chunks(stream: Any, kind: str) -> dict[str, Any]:
    """As gunicorn hands such a request on."""
    return {
        "wsgi.input": stream,
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_LENGTH": "",
        "CONTENT_TYPE": kind,
    }


@pytest.fixture(scope="module")
def words() -> bytes:
    return poison.encoded(pictures.page("Hello World", typeface=pictures.latin(44), size=(800, 300)), "PNG")


def form(name: bytes, content: bytes) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="path"\r\n\r\n/Receipts\r\n--x\r\n'
    disposition = b'Content-Disposition: form-data; name="files"; filename="' + name + b'"\r\n'
    return head + disposition + b"Content-Type: image/png\r\n\r\n" + content + b"\r\n--x--\r\n"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_json_is_read_in_chunks_and_behind_a_byte_order_mark(send, words, chunked, mark):
    answer = send("/ocr/text", mark + json.dumps({"image": encoded(words)}).encode(), chunked=chunked)

    assert (answer.status_code, answer.json()["text"]) == (200, "Hello World")


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        (b"Rechnung.png", "Rechnung.png"),
        ("請求書.png".encode(), "請求書.png"),
        ("Müller.png".encode("latin-1"), "Müller.png"),
        ("請求書.png".encode("shift-jis"), "請求書.png".encode("shift-jis").decode("latin-1")),
        (b"C:\\scans\\a.png", "a.png"),
        (b"x" * 2000 + b".png", None),
    ],
    ids=["ascii", "utf-8", "latin-1", "shift-jis", "path", "long"],
)
def test_no_file_is_lost_whatever_its_name(send, organization, chunked, name, meant):
    a_sheet(organization)

    answer = send("/upload", form(name, b"any"), MULTIPART, chunked=chunked)

    assert answer.status_code == 202, answer.content
    (job,) = answer.json()["jobs"]
    assert meant is None or job["originalName"] == meant
    assert Job.objects.get().public_id == job["jobId"]


def test_a_body_in_chunks_has_the_same_limit(send, monkeypatch):
    monkeypatch.setattr(views, "largest_body_bytes", lambda growth: 1000)

    assert refused(send("/ocr/text", b" " * 1001, chunked=True)) == (
        413,
        envelope("too_large", "The request is larger than any plan takes. Send a smaller image."),
    )


def test_a_body_that_breaks_off_is_refused(api_key):
    class Broken(io.BytesIO):
        def read(self, size: int) -> bytes:
            raise OSError(f"gone before {size} bytes")

    answer = Client(raise_request_exception=False).generic(
        "POST",
        "/ocr/text",
        headers={"Authorization": f"Bearer {api_key}"},
        **in_chunks(Broken(), "application/json"),
    )

    assert refused(answer) == (400, envelope("invalid_request", BROKEN_OFF))


@pytest.mark.parametrize("body", [b"nothing", b"--y--", b""])
def test_a_form_that_is_none_is_refused(send, organization, body):
    answer = send("/upload", body, MULTIPART)

    words = "The body is not valid multipart form data. Send the files as multipart/form-data."
    missing = "path is required: the sheet that the files go into, such as /Receipts."
    assert refused(answer) == (400, envelope("invalid_request", words if body else missing))


def test_a_page_past_the_plans_limit_is_refused_by_its_name(send, words):
    """The free plan reads three pages, and counts no further than four."""
    body = {"image": encoded(pdf_of(*[words] * 5)), "page": 4}

    assert refused(send("/ocr/text", json.dumps(body).encode())) == (
        400,
        envelope(
            "invalid_image",
            "Your plan reads the first 3 pages of a document; page 4 is not among them.",
            field="page",
        ),
    )


@pytest.mark.parametrize(
    ("path", "method", "status", "code", "message"),
    [
        ("/space", "PUT", 405, "method_not_allowed", "This address does not take PUT. Use GET or HEAD."),
        ("/upload", "GET", 405, "method_not_allowed", "This address does not take GET. Use POST."),
        ("/health", "POST", 405, "method_not_allowed", "This address does not take POST. Use GET or HEAD."),
        ("/jobs/a-b", "GET", 404, "not_found", "There is no such job. It may have been removed with its sheet."),
        ("/jobs/a.b/retry", "POST", 404, "not_found", "There is no such job. It may have been removed with its sheet."),
        (
            "/webhooks/deliveries/a-b",
            "GET",
            404,
            "not_found",
            "There is no such delivery. Deliveries are kept for 30 days.",
        ),
        (
            "/ocr/fields",
            "POST",
            415,
            "unsupported_media_type",
            "This address does not take such a body. Send Content-Type: application/json.",
        ),
        (
            "/upload",
            "POST",
            415,
            "unsupported_media_type",
            "This address does not take such a body. Send Content-Type: multipart/form-data.",
        ),
    ],
)
def test_what_no_endpoint_takes_is_answered_in_the_envelope(api_key, path, method, status, code, message):
    answer = Client(raise_request_exception=False, enforce_csrf_checks=True).generic(
        method, path, b"x", content_type="text/plain", headers={"Authorization": f"Bearer {api_key}"}
    )

    assert answer["Access-Control-Allow-Origin"] == "*"
    assert refused(answer) == (status, envelope(code, message))
