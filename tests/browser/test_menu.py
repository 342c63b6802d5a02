"""The links at the top: one line in any window and language; on a phone behind a button that needs no script."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessible import violations
from tests.browser.conftest import PHONE, fits, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LINE_PX = 80
WIDTHS = (360, 768, 959, 960, 1280)


@pytest.mark.parametrize("has_script", [True, False])
def test_on_a_phone_the_links_open_at_a_button_and_close_again(window, look, alice, organization, has_script):
    page = window(viewport=PHONE, has_touch=True, java_script_enabled=has_script)
    sign_in(page, alice.email)
    sheets = links(page).get_by_role("link", name="Sheets")
    expect(sheets).to_be_hidden()

    page.get_by_role("button", name="Menu").tap()
    expect(sheets).to_be_visible()
    look(page, "menu-phone", whole=False)
    page.touchscreen.tap(40, 600)
    expect(sheets).to_be_hidden()
    page.get_by_role("button", name="Menu").tap()
    sheets.tap()

    expect(page.get_by_role("heading", name="Sheets", level=1)).to_be_visible()


def test_the_keyboard_opens_walks_and_closes_the_menu(window, alice, organization):
    page = window(viewport=PHONE)
    sign_in(page, alice.email)
    button = page.get_by_role("button", name="Menu")
    button.focus()
    page.keyboard.press("Enter")
    assert violations(page) == []

    page.keyboard.press("Tab")
    expect(links(page).get_by_role("link", name="Read")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(links(page).get_by_role("link", name="Read")).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "ja", "ko"])
def test_the_head_of_the_page_is_one_line(window, look, signed_in, live_server, language):
    page = window(locale=language)
    for state in ("signed-out", "signed-in"):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 740})
            page.goto("/pricing")
            height = page.locator(".site-header").bounding_box()["height"]
            look(page, f"menu-{language}-{state}-{width}", whole=False)
            assert height < LINE_PX, (state, width)
            assert fits(page)
        cookie = {"name": "sessionid", "value": signed_in.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([cookie])


def links(page: Page):
    return page.locator("#site-nav")
