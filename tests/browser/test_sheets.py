"""Sheets in a real browser: pictures dropped, values reviewed and mended, the filtered file opened."""

import csv
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, READING_MS, fits, sign_in

SAMPLES = Path(__file__).resolve().parent.parent.parent / "frontend" / "static" / "samples"
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
