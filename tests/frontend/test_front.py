"""A visitor reads a document on the front page."""

import base64
import csv
import io
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.errors import Unavailable
from billing import usage
from billing.models import Kind
from billing.usage import Payer
from ocr import reading
from ocr.geometry import polygon_of
from ocr.types import Box, Line, Page, Word
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
    assert "Drop images or PDFs here" in page.text
    assert "Up to 1\xa0MB and 3 pages" in page.text


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
    assert "Drop images or PDFs here" in page.text


def test_the_script_gets_only_the_part_that_changes(client, engine):
    part = post(client, fetch=True)

    assert part.status_code == 200
    assert part.text.strip().startswith('<section class="card stack" data-result data-left="50">')


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


def table(page: str) -> list[list[str]]:
    content = link(page, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_fields_can_be_downloaded_as_a_table_that_excel_opens(client, engine):
    engine.pages = [reading.ReadPage(page_of("Corner Shop", "TOTAL 12.00"))]

    head, row = table(post(client, document_type="receipt").text)

    assert head[:3] == ["page", "store_name", "store_address"]
    assert dict(zip(head, row, strict=True))["total"] == "12.00"


def test_without_fields_the_table_holds_the_rows_of_the_text(client, engine):
    engine.pages = [reading.ReadPage(page_of("Größe 大小")), reading.ReadPage(page_of("Second", number=2))]

    assert table(post(client, document_type="text").text) == [
        ["page", "column 1"], ["1", "Größe 大小"], ["2", "Second"]
    ]  # fmt: skip


def test_a_cell_keeps_its_column_where_others_are_empty(client, engine):
    rows = (("Item", "Qty", "Price"), ("Pens", "2", "3.20"), ("Delivery", "", "5.00"), ("Ink", "1", "7.00"))
    words = [[word(text, 100 + 300 * at, 100 + 40 * number) for at, text in enumerate(row) if text]
             for number, row in enumerate(rows)]  # fmt: skip
    lines = tuple(Line(tuple(line), polygon_of(line[0].box)) for line in words)
    engine.pages = [reading.ReadPage(Page(1, 1000, 1000, lines))]

    page = post(client, document_type="text").text

    assert '<th scope="col" class="number" dir="auto">Price</th>' in page
    assert '<td dir="auto">Delivery</td><td class="number" dir="auto"></td>' in page
    assert table(page)[1:] == [["1", *row] for row in rows]


def test_no_spreadsheet_runs_what_stands_in_a_document(client, engine):
    engine.pages = [reading.ReadPage(page_of("=HYPERLINK(1)"))]

    assert table(post(client, document_type="text").text)[1] == ["1", "'=HYPERLINK(1)"]


def test_several_documents_are_read_and_one_that_fails_keeps_none_from_it(client, monkeypatch, engine):
    def read(payer, content, options, *, kind):
        if content.read() == b"bad":
            raise Unavailable("The engine ran out of time.")
        return reading.Document(tuple(engine.pages), 1)

    monkeypatch.setattr(reading, "read", read)
    files = [SimpleUploadedFile(f"{name}.png", content) for name, content in (("a", b"x"), ("b", b"bad"), ("c", b"y"))]

    page = post(client, file=files)

    assert page.status_code == 200
    assert page.text.count("data-result") == 2
    assert "The document was not read: b.png" in page.text
    assert 'id="text-1-1"' in page.text
    assert 'id="text-3-1"' in page.text


def test_more_documents_than_a_page_shows_are_refused(client, engine):
    files = [SimpleUploadedFile(f"{number}.png", b"x") for number in range(21)]

    page = post(client, file=files)

    assert page.status_code == 400
    assert "Choose at most 20 documents" in page.text
    assert engine.payer is None


def test_engines_side_by_side_mark_what_they_do_not_agree_on(client, monkeypatch):
    texts = {1: "Tota1 12.00", 2: "Total 12.00", 3: "Total 12.00"}

    def read(payer, content, options, *, kind):
        return reading.Document((reading.ReadPage(page_of(texts[options.engine])),), 1)

    monkeypatch.setattr(reading, "read", read)

    page = post(client, engine="0").text

    assert "<mark>Tota1</mark> 12.00" in page
    assert page.count("<mark>Total</mark> 12.00") == 2
    assert "OCREngine=3" in page


def test_an_engine_that_fails_beside_others_says_why(client, monkeypatch):
    def read(payer, content, options, *, kind):
        if options.engine == 3:
            raise Unavailable("All engines are busy.")
        return reading.Document((reading.ReadPage(page_of("Total")),), 1)

    monkeypatch.setattr(reading, "read", read)

    page = post(client, engine="0").text

    assert "All engines are busy." in page
    assert "OCREngine=2" in page
    assert "<mark>" not in page


def test_a_language_that_only_one_engine_knows_is_read_by_that_one(client, engine):
    page = post(client, engine="0", language="heb").text

    assert page.count("does not read the language") == 2
    assert engine.options.engine == 3


def test_a_searchable_pdf_is_made_as_the_parse_api_makes_it_when_it_is_asked_for(client, engine, monkeypatch):
    made = []
    monkeypatch.setattr(reading, "searchable_pdf", lambda *asked: made.append(asked) or b"%PDF-1.7 searchable")

    without, with_pdf = post(client).text, post(client, searchable_pdf="on").text

    assert len(made) == 1
    assert "/pdf/" not in without
    address = re.search(r'download="bill.pdf" href="(/pdf/\w+\.pdf)"', with_pdf)[1]
    assert b"".join(client.get(address).streaming_content) == b"%PDF-1.7 searchable"


def test_a_pdf_that_cannot_be_made_takes_nothing_away(client, engine, monkeypatch):
    def fail(*_):
        raise Unavailable("The engine ran out of time.")

    monkeypatch.setattr(reading, "searchable_pdf", fail)

    page = post(client, searchable_pdf="on").text

    assert "The searchable PDF could not be made: The engine ran out of time." in page
    assert "data-result" in page


def test_orientation_is_passed_on_and_stands_in_the_call(client, engine):
    page = post(client, detect_orientation="on").text

    assert engine.options.detect_orientation
    assert "-F detectOrientation=true" in page


def test_a_visitor_sees_what_is_left_today(client, settings):
    settings.VISITOR_SCANS_A_DAY = 50
    usage.settle(usage.reserve(Payer(None, "127.0.0.1"), Kind.SCAN, units=3), units=3)

    assert "<strong data-left>47</strong>" in client.get("/").text


def test_a_signed_in_person_is_not_told_of_the_visitors_limit(signed_in, engine):
    assert "data-left" not in signed_in.get("/").text
    assert "data-left" not in post(signed_in).text


def test_cells_that_stand_side_by_side_are_a_table(client, engine):
    wide = Line((word("Pens", 100), word("3.20", 600)), polygon_of(Box(100, 100, 640, 120)))
    engine.pages = [reading.ReadPage(Page(1, 1000, 1000, (wide,)))]

    page = post(client, document_type="text").text

    assert '<td dir="auto">Pens</td><td class="number" dir="auto">3.20</td>' in page
    engine.pages = [reading.ReadPage(page_of("Pens 3.20"))]
    assert 'data-panel="table"' not in post(client, document_type="text").text


def word(text: str, left: float, top: float = 100) -> Word:
    return Word(text, polygon_of(Box(left, top, left + 10 * len(text), top + 20)), 0.97)
