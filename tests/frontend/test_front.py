"""A visitor reads a document on the front page."""

import base64
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.errors import Unavailable
from billing.models import Kind
from ocr import reading
from tests.frontend.conftest import PREVIEW, page_of

pytestmark = pytest.mark.django_db

CHOICES = {"document_type": "automatic", "engine": "1", "language": "eng"}


def post(client, *, name="bill.png", fetch=False, **entered):
    entered = CHOICES | {"file": SimpleUploadedFile(name, b"picture")} | entered
    headers = {"X-Requested-With": "fetch"} if fetch else {}
    return client.post(reverse("read"), entered, headers=headers)


def link(page: str, ending: str) -> bytes:
    """What the download link with this ending holds."""
    found = re.search(rf'download="[^"]*\.{ending}" href="data:[^"]*;base64,([^"]*)"', page)
    return base64.b64decode(found[1])


def test_the_front_page_needs_no_account(client):
    page = client.get("/")

    assert page.status_code == 200
    assert "Drop an image or PDF here" in page.text
    assert "Up to 1.0\xa0MB and 3 pages" in page.text


def test_pages_hold_nothing_that_the_security_policy_forbids(client, engine):
    for page in (client.get("/"), post(client)):
        assert not re.search(r"<style|\sstyle=|\son\w+=", page.text)
        assert not re.search(r"<script(?![^>]*\ssrc=)", page.text)
        assert not re.search(r'(src|href|action)="(https?:)?//', page.text)


def test_a_visitor_is_charged_by_address(client, engine):
    post(client)

    assert engine.payer.organization is None
    assert engine.payer.address == "127.0.0.1"
    assert engine.kind == Kind.SCAN
    assert engine.content == b"picture"


def test_a_signed_in_person_is_charged_through_the_organization(signed_in, organization, engine):
    post(signed_in)

    assert engine.payer.organization == organization


def test_engine_and_language_are_passed_on(client, engine):
    post(client, engine="2", language="jpn")

    assert engine.options == reading.Options(engine=2, language="jpn", previews=True)


def test_a_sample_is_read_without_a_file(client, engine):
    page = client.post(reverse("read"), CHOICES | {"sample": "receipt"})

    assert "receipt.png" in page.text
    assert engine.content.startswith(b"\x89PNG")


def test_without_a_file_the_page_says_what_to_do(client, engine):
    page = client.post(reverse("read"), CHOICES)

    assert page.status_code == 400
    assert "Choose an image or a PDF first" in page.text


def test_an_unknown_language_is_refused(client, engine):
    page = post(client, language="xx")

    assert page.status_code == 400
    assert engine.payer is None


def test_an_error_is_shown_as_its_sentence(client, engine):
    engine.error = Unavailable("All engines are busy. Try again in a minute.")

    page = post(client)

    assert page.status_code == 503
    assert "All engines are busy. Try again in a minute." in page.text
    assert "Drop an image or PDF here" in page.text


def test_the_script_gets_only_the_part_that_changes(client, engine):
    part = post(client, fetch=True)

    assert part.status_code == 200
    assert part.text.strip().startswith('<section class="card stack" data-result>')


def test_words_and_boxes_have_the_same_marks(client, engine):
    page = post(client).text

    assert '<polygon class="word" data-mark="word-0-1" points="156.0,96.0 214.0,96.0 214.0,124.0' in page
    assert '<span class="word" data-mark="word-0-1">12.00</span>' in page
    assert 'viewBox="0 0 1000 1000"' in page
    assert f"data:image/jpeg;base64,{base64.b64encode(PREVIEW).decode()}" in page


def test_tilted_boxes_are_drawn_tilted(client, engine):
    engine.pages = [reading.ReadPage(page_of("Total", tilt_degrees=10))]

    page = post(client).text

    assert 'points="77.9,111.2 135.0,121.3 130.1,148.9 73.0,138.8"' in page


def test_words_of_low_confidence_are_marked(client, engine):
    engine.pages = [reading.ReadPage(page_of("Tota1", confidence=0.6))]

    assert '<span class="word is-unsure"' in post(client).text


def test_text_and_names_that_look_like_html_stay_text(client, engine):
    engine.pages = [reading.ReadPage(page_of("<script>alert(1)</script>"))]

    page = post(client, name="<img src=x onerror=alert(2)>.png").text

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_text_and_json_can_be_downloaded_from_links(client, engine):
    engine.pages = [
        reading.ReadPage(page_of("Total 12.00")),
        reading.ReadPage(page_of("Größe 大小", number=2)),
    ]

    page = post(client, name="bill.pdf").text

    assert link(page, "txt").decode() == "Total 12.00\n\nGröße 大小\n"
    whole = json.loads(link(page, "json"))
    assert whole["file"] == "bill.pdf"
    assert whole["pages"][1]["lines"][0]["words"][1]["text"] == "大小"


def test_a_page_that_failed_says_why_and_the_others_are_shown(client, engine):
    engine.pages = [
        reading.ReadPage(page_of("Total")),
        reading.ReadPage(None, error=Unavailable("The engine ran out of time.")),
    ]

    page = post(client).text

    assert "The engine ran out of time." in page
    assert '<span class="word" data-mark="word-0-0">Total</span>' in page


def test_a_document_with_more_pages_than_the_plan_reads_says_so(client, engine):
    engine.page_count = 4

    assert "Only the first page was read" in post(client).text


def test_a_chosen_type_shows_its_fields(client, engine):
    page = post(client, document_type="receipt").text

    assert 'data-panel="fields"' in page
    assert "Store name" in page
    assert "templateId&quot;: &quot;receipt&quot;" in page


def test_only_text_looks_for_no_fields(client, engine):
    page = post(client, document_type="text").text

    assert 'data-panel="fields"' not in page


def test_a_page_without_text_says_so(client, engine):
    engine.pages = [reading.ReadPage(page_of())]

    assert "No text was found on this page" in post(client).text


def test_the_answer_is_kept_by_no_cache(client, engine):
    assert "no-store" in post(client)["Cache-Control"]


def test_coming_back_to_the_answers_address_leads_to_the_front_page(client):
    assert client.get(reverse("read"))["Location"] == "/"
