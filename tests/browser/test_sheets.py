"""Sheets in a real browser: pictures dropped, values reviewed and mended, the filtered file opened."""

import csv
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from ocr import sheets
from ocr.api.workspace import sheet_inputs
from ocr.models import Item
from tests.browser.accessible import violations
from tests.browser.conftest import PHONE, READING_MS, fits, sign_in

SAMPLES = Path(__file__).resolve().parent.parent.parent / "frontend" / "static" / "samples"
LOSE_THE_FIRST_ANSWER = """
  const listen = XMLHttpRequest.prototype.addEventListener;
  let lost = 0;
  XMLHttpRequest.prototype.addEventListener = function (name, act) {
    const loses = name === "load" && !lost++;
    listen.call(this, name, loses ? () => this.dispatchEvent(new Event("error")) : act);
  };
"""
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_pictures_become_a_reviewed_table(page, window, look, organization, working, tmp_path):
    sign_in(page, "alice@example.org")
    page.get_by_role("link", name="Sheets", exact=True).first.click()
    look(page, "sheets-empty")
    page.get_by_role("link", name="Sheet for receipts").click()
    page.get_by_label("Name", exact=True).fill("Receipts 2026")
    look(page, "sheet-new")
    page.get_by_role("button", name="Create sheet").click()
    look(page, "sheet-empty")

    page.locator('input[type="file"]').set_input_files([SAMPLES / "receipt.png", SAMPLES / "invoice.png"])
    expect(page.locator("#progress")).to_contain_text("being read", timeout=READING_MS)
    look(page, "sheet-working")
    assert violations(page) == []
    expect(page.locator("table.grid tbody tr")).to_have_count(2, timeout=READING_MS)
    look(page, "sheet-grid")

    page.get_by_role("link", name="receipt.png").click()
    expect(page.locator("[data-picture] polygon").first).to_be_visible()
    look(page, "sheet-row")
    total = page.get_by_label("Total", exact=True)
    total.hover()
    read = total.input_value()
    total.fill("99.00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 value changed.")).to_be_visible()
    expect(page.get_by_text(f"✎ {read}")).to_be_visible()

    page.get_by_role("link", name="Receipts 2026").click()
    page.get_by_role("link", name="Review unsure values").click()
    page.wait_for_load_state("networkidle")
    look(page, "sheet-review")
    if page.get_by_role("button", name="Settle these values").count():
        page.get_by_role("button", name="Settle these values").click()
        expect(page.get_by_text(re.compile("settled"))).to_be_visible()

    page.goto(page.url.replace("/review", ""))
    export_what_is_filtered(page, look, tmp_path / "a.csv")
    look_on_a_phone(window, look, urlsplit(page.url).path)


def export_what_is_filtered(page, look, file):
    page.get_by_label("Column").select_option("total")
    page.get_by_label("Condition").select_option("=")
    page.get_by_label("Value").fill("99")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("table.grid tbody tr")).to_have_count(1)
    page.get_by_text("Export").click()
    look(page, "sheet-filtered")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as content:
        lines = list(csv.DictReader(content))
    assert lines[0]["name"] == "receipt.png"
    assert lines[0]["total"] == "99.00"


def look_on_a_phone(window, look, path):
    phone = window(viewport=PHONE, color_scheme="dark")
    sign_in(phone, "alice@example.org")
    phone.goto(path)
    look(phone, "sheet-phone-dark")
    phone.get_by_role("link", name="receipt.png").click()
    look(phone, "sheet-row-phone-dark")
    assert fits(phone)


@pytest.fixture
def empty_sheet(page, organization) -> Item:
    sheet = sheets.create(
        organization, *sheet_inputs.create_request({"type": "sheet", "name": "A", "path": "/", "templateId": "receipt"})
    )
    sign_in(page, "alice@example.org")
    page.goto(f"/sheets/{sheet.unique_key}")
    return sheet


def test_a_file_whose_connection_was_lost_is_sent_again_from_its_line(page, look, empty_sheet):
    page.route("**/upload", lambda route: route.abort(), times=1)

    page.locator('input[type="file"]').set_input_files([SAMPLES / "receipt.png", SAMPLES / "invoice.png"])

    states = page.locator("[data-queue] .state")
    expect(states.nth(0)).to_have_text("The connection was lost.")
    expect(states.nth(1)).to_have_text("sent", timeout=READING_MS)
    look(page, "sheet-upload-lost")
    page.get_by_role("button", name="Try again: receipt.png").click()
    expect(states.nth(0)).to_have_text("sent", timeout=READING_MS)
    assert sorted(empty_sheet.rows.values_list("name", flat=True)) == ["invoice.png", "receipt.png"]


def test_a_file_whose_answer_was_lost_is_not_read_twice_when_it_is_sent_again(page, organization, empty_sheet):
    page.add_init_script(LOSE_THE_FIRST_ANSWER)
    page.reload()
    page.locator('input[type="file"]').set_input_files([SAMPLES / "receipt.png"])
    state = page.locator("[data-queue] .state")
    expect(state).to_have_text("The connection was lost.", timeout=READING_MS)
    page.get_by_role("button", name="Try again: receipt.png").click()
    expect(state).to_have_text("sent", timeout=READING_MS)

    assert empty_sheet.rows.count() == 1
    assert organization.jobs.count() == 1


def test_what_the_server_refuses_says_why_in_its_line(page, empty_sheet):
    too_large = {"name": "book.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7" + bytes(2_000_000)}

    page.locator('input[type="file"]').set_input_files([too_large])

    expect(page.locator("[data-queue] .is-failed .state")).to_contain_text("larger than the 1 MB", timeout=READING_MS)
    assert not empty_sheet.rows.exists()
