"""A developer signs up, gets a key, and revokes it."""

import pytest
from playwright.sync_api import Page, expect

from accounts import api_keys
from tests.browser.accessible import violations
from tests.browser.conftest import PHONE, WIDE, fits, mailed_code, sign_in
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sign_up_key_and_revocation(page, look, mailoutbox):
    page.goto("/")
    page.get_by_role("link", name="Create account").click()
    page.get_by_label("Email").fill("dora@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    look(page, "sign-up")
    page.get_by_role("button", name="Sign Up").click()
    look(page, "sign-up-code")
    assert violations(page) == []
    page.get_by_label("Code").fill(mailed_code(mailoutbox))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/dashboard")
    look(page, "dashboard")

    page.get_by_role("link", name="Create a key").click()
    look(page, "keys-empty")
    page.get_by_label("Name of the key").fill("Import")
    page.get_by_role("button", name="Create key").click()
    secret = page.locator("#secret").inner_text()
    look(page, "key-created")
    assert violations(page) == []
    assert api_keys.find(secret).name == "Import"
    expect(page.locator("#try-it")).to_contain_text(secret)

    page.reload()
    expect(page.get_by_text(secret)).to_have_count(0)
    look(page, "keys")

    page.get_by_role("link", name="Revoke Import").click()
    look(page, "key-revoke")
    page.get_by_role("button", name="Revoke the key").click()
    expect(page.get_by_role("status")).to_contain_text("is revoked")
    look(page, "keys-revoked")
    with pytest.raises(api_keys.InactiveApiKey):
        api_keys.find(secret)


def test_a_key_can_be_had_without_script(window, alice, organization):
    page = window(java_script_enabled=False)
    sign_in(page, alice.email)

    page.get_by_role("link", name="Developers").click()
    page.get_by_label("Name of the key").fill("Import")
    page.get_by_role("button", name="Create key").click()

    assert api_keys.find(page.locator("#secret").inner_text()).organization == organization


def test_signing_out_leads_to_the_front_page(page, alice, organization):
    sign_in(page, alice.email)

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("link", name="Create account")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wide", {"viewport": WIDE}),
        ("phone", {"viewport": PHONE, "device_scale_factor": 2}),
        ("dark", {"viewport": WIDE, "color_scheme": "dark"}),
    ],
)
def test_all_pages_fit(window, look, alice, organization, name, options):
    api_keys.create(organization, name="A" * 100, created_by=alice)
    page = window(**options)

    for address in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nowhere"):
        _visit(page, look, address, name)
    sign_in(page, alice.email)
    for address in (
        "/",
        "/dashboard",
        "/keys",
        "/keys/found",
        "/organization",
        "/organization/new",
        "/organization/close",
        "/members",
        "/audit",
        "/accounts/2fa/",
        "/accounts/sessions/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/logout/",
    ):
        _visit(page, look, address, f"{name}-signed-in")


def _visit(page: Page, look, address: str, name: str) -> None:
    page.goto(address)
    look(page, f"page{address.rstrip('/').replace('/', '-') or '-front'}-{name}")
    assert fits(page)
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
