"""Colleagues and the keyboard: an invitation and a role, a whole task without a mouse, pages with nothing yet."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts import organizations
from tests.browser.accessible import violations
from tests.browser.conftest import fits, sign_in
from tests.browser.furnished import furnish
from tests.conftest import PASSWORD, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MOST_TABS = 120
# Where a new person looks first, and what leads on from there.
EMPTY = {
    "/sheets": "Sheet for receipts",
    "/keys": "Create key",
    "/members": "Invite",
    "/audit": "organization.created",
    "/billing/usage": "Nothing was read in these days.",
    "/billing/not-charged": "Everything that was asked for was read.",
    "/billing/invoices": "A statement appears with the first scan.",
    "/dashboard": "Create a key",
}


@pytest.fixture
def site(settings, live_server):
    """Mails name the address that the browser opens."""
    settings.SITE_URL = live_server.url


def test_an_invited_person_joins_with_a_role_and_is_given_another(window, look, site, mailoutbox, alice, organization):
    dora = person("dora@example.org")
    organizations.create(dora, name="Dora's own")
    owner, guest = window(), window()
    sign_in(owner, alice.email)
    sign_in(guest, dora.email)

    owner.goto("/members")
    owner.get_by_label("E-mail address").fill("dora@example.org")
    owner.get_by_label("Role", exact=True).select_option("viewer")
    owner.get_by_role("button", name="Invite").click()
    guest.goto(re.search(r"http\S+/join/\S+", mailoutbox[-1].body)[0])
    look(guest, "join")
    guest.get_by_role("button", name="Join").click()
    guest.goto("/sheets")
    expect(guest.get_by_role("link", name="New sheet")).to_have_count(0)

    owner.reload()
    owner.get_by_label("Role of dora@example.org").select_option("member")
    owner.get_by_role("row", name="dora@example.org").get_by_role("button", name="Change").click()
    guest.reload()
    expect(guest.get_by_role("link", name="New sheet")).to_be_visible()
    look(owner, "members-two")


def test_a_value_is_mended_with_the_keyboard_alone(page, alice, bob, organization):
    ids = furnish(organization, alice, bob)
    page.goto("/")
    press(page, page.get_by_role("link", name="Sign in"))
    page.wait_for_url("**/accounts/login/**")
    reach(page, page.get_by_label("Email"))
    page.keyboard.type(alice.email)
    reach(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")

    press(page, page.get_by_role("link", name="Sheets", exact=True).first)
    press(page, page.get_by_role("link", name="Receipts 2026"))
    press(page, page.get_by_role("link", name="receipt-03.png"))
    reach(page, page.get_by_label("Total", exact=True))
    page.keyboard.press("Control+A")
    page.keyboard.type("1,999")
    press(page, page.get_by_role("button", name="Save"))

    expect(page.get_by_text("1 value changed.")).to_be_visible()
    assert organization.rows.get(row_key=ids["row_key"]).values["total"]["value"] == "1,999"


def test_pages_with_nothing_yet_say_what_to_do(page, look, charlie):
    sign_in(page, charlie.email)
    for address, words in EMPTY.items():
        page.goto(address)

        there = page.get_by_text(words).or_(page.get_by_role("button", name=words))
        expect(there.locator("visible=true").first).to_be_visible()
        look(page, f"empty{address.replace('/', '-')}")
        assert violations(page) == [], address
        assert fits(page), address


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the element has the focus, which can then be seen."""
    for _ in range(MOST_TABS):
        if target.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(target).to_be_focused()
    assert target.evaluate("(element) => element.matches(':focus-visible')")


def press(page: Page, target: Locator) -> None:
    expect(target).to_be_visible()
    reach(page, target)
    page.keyboard.press("Enter")
