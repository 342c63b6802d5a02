"""imageUrl: a link that works for an hour, for whoever holds it, and for nothing else."""

import io
import time

import pytest
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client

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
    [(b"%PDF-1.7", "application/pdf"), (b"<script>alert(1)</script>", "application/octet-stream")],
)
def test_what_is_no_image_is_only_downloaded(organization, content, kind):
    url = files.link(organization, stored(organization, content)).removeprefix("http://127.0.0.1:8000")

    answer = get(url)

    assert b"".join(answer) == content
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].startswith("attachment")


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
