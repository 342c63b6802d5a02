"""A customer's first day, walked through in one go: account, key, curl, receipts, review, Excel."""

import csv
import json
import re
import subprocess

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from ocr.models import Row
from tests.browser.conftest import READING_MS, sign_up
from tests.browser.furnished import SAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RECEIPTS = ("receipt", "invoice", "quote")


def test_from_sign_up_to_the_filtered_export(page, look, live_server, mailoutbox, working, tmp_path):
    secret = account_and_key(page, mailoutbox)
    assert "26.47" in read_by_curl(live_server.url, secret)

    three_receipts(page)
    row = Row.objects.get(name="receipt.png")
    read = row.values["total"]["value"]
    assert read == "26.47"
    look(page, "walk-sheet")

    review(page, look)
    correct(page, "receipt.png", "1,234.50")

    exported = export_where(page, "total", ">", "1000", tmp_path / "rows.csv")
    names = [line["name"] for line in exported]
    assert "receipt.png" in names
    assert [line["total"] for line in exported if line["name"] == "receipt.png"] == ["1,234.50"]
    row.refresh_from_db()
    assert (row.values["total"]["value"], row.values["total"]["read"]) == ("1,234.50", read)
    assert len(exported) == page.locator("table.grid tbody tr").count()
    excel = excel_of(page, tmp_path / "rows.xlsx")
    assert [line["name"] for line in excel] == names
    assert [line["total"] for line in excel if line["name"] == "receipt.png"] == [1234.5]


def account_and_key(page: Page, mailoutbox) -> str:
    """Sign up by the mailed code; a key, as it is shown once."""
    sign_up(page, mailoutbox)
    page.get_by_role("link", name="Create a key").click()
    page.get_by_label("Name of the key").fill("First try")
    page.get_by_role("button", name="Create key").click()
    return page.locator("#secret").inner_text()


def read_by_curl(site: str, secret: str) -> str:
    """What the line on the page does, with the key that was shown."""
    line = ["curl", "-sS", "-H", f"apikey: {secret}", "-F", f"file=@{SAMPLES / 'receipt.png'}", f"{site}/parse/image"]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(ran.stdout)["ParsedResults"][0]["ParsedText"]


def three_receipts(page: Page) -> None:
    page.get_by_role("link", name="Sheets", exact=True).first.click()
    page.get_by_role("link", name="Sheet for receipts").click()
    page.get_by_label("Name", exact=True).fill("May")
    page.get_by_role("button", name="Create sheet").click()
    page.locator('input[type="file"]').set_input_files([SAMPLES / f"{name}.png" for name in RECEIPTS])
    expect(page.locator("table.grid tbody tr")).to_have_count(3, timeout=READING_MS)
    expect(page.locator("#progress")).not_to_contain_text("being read", timeout=2 * READING_MS)
    expect(page.get_by_text("Being read")).to_have_count(0, timeout=2 * READING_MS)


def review(page: Page, look) -> None:
    """Whatever is unsure is settled by Enter alone, as it stands."""
    page.get_by_role("link", name="Review unsure values").click()
    while (inputs := page.locator("input[data-unsure]")).count():
        look(page, "walk-review")
        with page.expect_navigation():
            for _ in range(inputs.count()):
                page.keyboard.press("Enter")
        expect(page.get_by_text(re.compile("settled"))).to_be_visible()
    page.get_by_role("link", name="Back to the sheet").click()


def correct(page: Page, name: str, total: str) -> None:
    page.get_by_role("link", name=name).click()
    page.get_by_label("Total", exact=True).fill(total)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 value changed.")).to_be_visible()
    page.get_by_role("link", name="May").click()


def export_where(page: Page, column: str, condition: str, value: str, file) -> list[dict[str, str]]:
    page.get_by_label("Column", exact=True).select_option(column)
    page.get_by_label("Condition").select_option(condition)
    page.get_by_label("Value").fill(value)
    page.get_by_role("button", name="Filter").click()
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as content:
        lines = list(csv.DictReader(content))
    return first_lines(lines)


def excel_of(page: Page, file) -> list[dict[str, object]]:
    """The same grid as the workbook that a bookkeeper opens."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    download.value.save_as(file)
    head, *rows = openpyxl.load_workbook(file)["Rows"].iter_rows(values_only=True)
    return first_lines([dict(zip(head, row, strict=True)) for row in rows])


def first_lines(lines: list[dict]) -> list[dict]:
    """Of each row its first line: line items stand below."""
    return list({line["name"]: line for line in lines if line["name"]}.values())
