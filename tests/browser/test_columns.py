"""Columns of one's own put together in a real browser, with a script and without."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import violations
from tests.browser.conftest import PHONE, READING_MS, fits, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def begin(page):
    sign_in(page, "alice@example.org")
    page.goto("/sheets/new")
    page.get_by_label("Name", exact=True).fill("Meters")
    page.get_by_label("Columns", exact=True).select_option("own")


def has_names(page, *names):
    """The names of the columns, in order; a busy machine takes its time."""
    fields = page.locator("[data-own-columns] > .column-rows > li > .column-row input[id$=-name]")
    expect(fields).to_have_count(len(names), timeout=READING_MS)
    for number, name in enumerate(names):
        expect(fields.nth(number)).to_have_value(name, timeout=READING_MS)


def test_columns_and_those_of_line_items_are_built_in_place(page, look, organization):
    begin(page)
    page.get_by_label("Column (optional)").nth(0).fill("readings")
    page.get_by_label("Column (optional)").nth(1).fill("meter")
    page.locator("#id_columns-1-description").fill("Number on the plate")
    expect(page.get_by_label("Column of its lines").first).to_be_hidden()
    page.locator("#id_columns-0-type").select_option("array")
    page.get_by_label("Column of its lines").nth(0).fill("day")
    page.get_by_label("Column of its lines").nth(1).fill("kWh")
    page.locator("#id_columns-0-children-0-type").select_option("date")

    page.get_by_role("button", name="Add a column of its lines").click()
    expect(page.locator("#id_columns-0-children-2-name")).to_be_focused(timeout=READING_MS)
    page.keyboard.type("note")
    page.get_by_role("button", name="Add a column", exact=True).click()
    expect(page.locator("#id_columns-3-name")).to_be_focused(timeout=READING_MS)
    page.keyboard.type("remark")
    look(page, "sheet-own-columns")
    assert violations(page) == []
    page.locator('button[value="remove:2"]').click()
    has_names(page, "readings", "meter", "remark")
    page.locator('button[value="up:1"]').click()
    has_names(page, "meter", "readings", "remark")
    page.locator('button[value="down:1:0"]').click()
    expect(page.locator("#id_columns-1-children-0-name")).to_have_value("kWh", timeout=READING_MS)
    page.get_by_role("button", name="Create sheet").last.click()
    expect(page.get_by_role("heading", name="Meters")).to_be_visible(timeout=READING_MS)

    meter, readings, remark = organization.items.get().columns
    assert (meter["name"], meter["description"], remark["name"]) == ("meter", "Number on the plate", "remark")
    assert [(child["name"], child["type"]) for child in readings["children"]] == [
        ("kWh", "string"), ("day", "date"), ("note", "string")
    ]  # fmt: skip


def test_columns_are_built_without_a_script_and_on_a_phone(window, look, organization):
    page = window(java_script_enabled=False, viewport=PHONE)
    begin(page)
    page.get_by_label("Column (optional)").nth(0).fill("meter")

    page.get_by_role("button", name="Add a column", exact=True).click()
    has_names(page, "meter", "", "", "")
    page.locator('button[value="down:0"]').click()
    has_names(page, "", "meter", "", "")
    assert fits(page)
    look(page, "sheet-own-columns-phone")
    page.get_by_label("Name", exact=True).press("Enter")

    expect(page.get_by_role("heading", name="Meters")).to_be_visible(timeout=READING_MS)
    assert [column["name"] for column in organization.items.get().columns] == ["meter"]


def test_a_lost_connection_leaves_the_columns_as_they_were_until_the_page_can_be_sent(page, organization):
    begin(page)
    page.get_by_label("Column (optional)").nth(0).fill("meter")
    lost = re.compile(r"/sheets/new$")
    page.route(lost, lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_())

    page.get_by_role("button", name="Add a column", exact=True).click()

    has_names(page, "meter", "", "", "")
