"""The whole way of a bookkeeper in a browser that runs no script: account, sheet, pictures, review, Excel, plan."""

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from ocr.models import Row
from tests.browser.conftest import PHONE, READING_MS, fits, sign_up
from tests.browser.furnished import SAMPLES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_sign_up_to_excel_and_the_plans(window, look, mailoutbox, working, tmp_path):
    page = window(java_script_enabled=False, viewport=PHONE)
    sign_up(page, mailoutbox)

    menu(page, "Sheets")
    page.get_by_role("link", name="Sheet for receipts").click()
    page.get_by_label("Name", exact=True).fill("May")
    page.get_by_role("button", name="Create sheet").click()
    page.set_input_files('input[type="file"]', [SAMPLES / "receipt.png", SAMPLES / "invoice.png"])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("status")).to_contain_text("2 pages are being read.")
    until_read(page)
    look(page, "without-script-sheet")

    page.get_by_role("link", name="receipt.png").click()
    page.get_by_label("Total", exact=True).fill("1,234.50")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 value changed.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("receipt.png")
    page.reload()
    expect(page.get_by_label("Total", exact=True)).to_have_value("1,234.50")
    page.get_by_role("link", name="May").click()
    review(page)

    page.get_by_role("link", name="Total", exact=True).click()
    expect(page.locator("th[aria-sort]")).to_have_text("Total")
    narrow(page, "total", ">", "1000")
    choose_columns(page, "Total")
    expect(page.locator("table.grid thead th")).to_have_text(["Picture", "Total"])
    assert excel(page, tmp_path / "rows.xlsx")[:2] == [("row", "total"), (1, 1234.5)]
    assert Row.objects.get(name="receipt.png").values["total"]["value"] == "1,234.50"

    menu(page, "Usage")
    page.get_by_role("link", name="Billing").or_(page.get_by_role("link", name="Plan")).first.click()
    expect(page.get_by_role("heading", name="Plans")).to_be_visible()
    assert fits(page)


def menu(page: Page, name: str) -> None:
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()


def until_read(page: Page) -> None:
    """A person without script presses "Refresh" until nothing is left."""
    refresh = page.get_by_role("link", name="Refresh")
    for _ in range(READING_MS // 500):
        if not refresh.count():
            break
        page.wait_for_timeout(500)
        follow(page, refresh)
    expect(page.locator("table.grid tbody tr")).to_have_count(2)
    expect(refresh).to_have_count(0)


def follow(page: Page, control: Locator) -> None:
    """Go where a link or button leads, and be there: a page on its way has none of what is counted next."""
    with page.expect_navigation():
        control.click()


def review(page: Page) -> None:
    page.get_by_role("link", name="Review unsure values").click()
    settle = page.get_by_role("button", name="Settle these values")
    while settle.count():
        follow(page, settle)
    page.get_by_role("link", name="Back to the sheet").click()


def narrow(page: Page, column: str, condition: str, value: str) -> None:
    page.get_by_label("Column", exact=True).select_option(column)
    page.get_by_label("Condition").select_option(condition)
    page.get_by_label("Value").fill(value)
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_role("list", name="Conditions")).to_contain_text(f"{column}{condition}{value}")


def choose_columns(page: Page, *names: str) -> None:
    page.locator("summary", has_text="Columns").click()
    assert fits(page)
    for choice in page.locator("label:has([name=select])").all():
        choice.locator("input").set_checked(choice.inner_text().strip() in names)
    page.get_by_role("button", name="Show").click()


def excel(page: Page, file) -> list[tuple]:
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Excel").click()
    download.value.save_as(file)
    return list(openpyxl.load_workbook(file)["Rows"].iter_rows(values_only=True))
