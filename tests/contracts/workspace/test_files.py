"""imageUrl: a link that works for an hour, for whoever holds it, and for nothing else."""

import io
import time

import pytest
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from PIL import Image

from accounts.models import Organization
from ocr import files, rows
from ocr.files import StorageFull
from tests.contracts.workspace.conftest import envelope, refused
from tests.ocr.sheets_cast import new_sheet

PNG = b"\x89PNG\r\n\x1a\n picture"
REFUSED = envelope("forbidden", "This link is not valid. Ask for the row again: its imageUrl is a new link.")


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def link(call, organization) -> str:
    """The imageUrl of a row, without the site's address."""
    rows.add(new_sheet(organization), name="a.png", file=stored(organization, PNG))
    url: str = call("/view", path="/Invoices").json()["rows"][0]["imageUrl"]
    assert url.startswith("http://127.0.0.1:8000/files/org_")
    return url.removeprefix("http://127.0.0.1:8000")


def stored(organization: Organization, content: bytes) -> "files.StoredFile":
    with transaction.atomic():
        return files.register(organization, files.write(organization, io.BytesIO(content)))


def get(path: str) -> HttpResponseBase:
    return Client(raise_request_exception=False).get(path)


def test_a_link_shows_the_image_without_a_key(link):
    answer = get(link)

    assert (answer.status_code, b"".join(answer)) == (200, PNG)
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"<script>alert(1)</script>", "application/octet-stream"), (b"just words", "application/octet-stream")],
)
def test_what_is_no_image_is_only_downloaded(organization, content, kind):
    url = files.link(organization, stored(organization, content)).removeprefix("http://127.0.0.1:8000")

    answer = get(url)

    assert b"".join(answer) == content
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("form", ["PDF", "TIFF"])
def test_a_page_of_a_document_links_to_a_picture_of_that_page(call, organization, form):
    sheet, document = new_sheet(organization), stored(organization, pages_of(form, "red", "blue"))
    for page in (1, 2):
        rows.add(sheet, name=f"scan ({page})", file=document, page=page)

    urls = [row["imageUrl"] for row in call("/view", path="/Invoices").json()["rows"]]
    answers = [get(url.removeprefix("http://127.0.0.1:8000")) for url in urls]

    assert [(answer.status_code, answer["Content-Type"]) for answer in answers] == [(200, "image/jpeg")] * 2
    assert [colour_of(answer.content) for answer in answers] == ["red", "blue"]


def test_the_page_of_a_link_cannot_be_changed(call, organization):
    document = stored(organization, pages_of("PDF", "red", "blue"))
    url = files.link(organization, document, page=2).removeprefix("http://127.0.0.1:8000")

    for other in (url.replace("-2/", "-1/", 1), url.replace("-2/", "/", 1), url.replace("-2/", "-x/", 1)):
        assert refused(get(other)) == (403, REFUSED)


def test_a_page_that_cannot_be_shown_is_an_error_with_a_reason(organization):
    url = files.link(organization, stored(organization, b"%PDF-1.7 and no more"))

    status, body = refused(get(url.removeprefix("http://127.0.0.1:8000")))

    assert (status, body["error"]["code"]) == (400, "invalid_image")


def pages_of(form: str, *colours: str) -> bytes:
    first, *others = (Image.new("RGB", (96, 96), colour) for colour in colours)
    written = io.BytesIO()
    first.save(written, form, save_all=True, append_images=others)
    return written.getvalue()


def colour_of(jpeg: bytes) -> str:
    red, _, blue = Image.open(io.BytesIO(jpeg)).convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return "red" if red > blue else "blue"


def test_any_other_bit_in_a_link_is_refused(link):
    start = len("/files/")

    for position in range(start, len(link)):
        for bit in range(7):
            character = chr(ord(link[position]) ^ 1 << bit)
            if not character.isalnum() or link[position] == "/":
                continue
            answer = refused(get(link[:position] + character + link[position + 1 :]))
            assert answer == (403, REFUSED), (position, bit)


def test_a_link_expires(link, time_machine):

    time_machine.move_to(time.time() + 3601)

    message = "This link has expired. Ask for the row again: its imageUrl is a new link."
    assert refused(get(link)) == (410, envelope("gone", message))


def test_a_link_of_a_removed_image_leads_nowhere(call, link):
    call("/remove", {"path": "/Invoices"})

    assert refused(get(link)) == (404, envelope("not_found", "The file no longer exists."))


def test_the_plans_storage_is_a_cap_that_the_same_content_does_not_touch(organization, settings, tmp_path):
    plans = tmp_path / "plans.toml"
    plans.write_text('[free]\nname = "F"\nfile_bytes = 9\npdf_pages = 1\nhas_watermark = true\nstorage_bytes = 30\n')
    settings.PLANS_FILE = plans
    first = stored(organization, PNG)

    with pytest.raises(StorageFull) as refusal:
        stored(organization, b"fifteen bytes!!")

    assert refusal.value.details == {"limit_bytes": 30, "used_bytes": len(PNG)}
    assert stored(organization, PNG) == first
    assert files.used_bytes(organization) == len(PNG)
