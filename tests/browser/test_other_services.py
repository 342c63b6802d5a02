"""Signing in by a company's own service and by a passkey: every click in a real browser.

The browser matters: it holds where our forms lead against our own policy, and makes the passkey."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import sign_in
from tests.commands.test_serve import Service
from tests.conftest import PASSWORD
from tests.fakes import openid
from tests.fakes.openid import Company

pytestmark = pytest.mark.browser


@pytest.fixture
def company() -> Iterator[Company]:
    with openid.running() as company:
        yield company


@pytest.fixture
def site(tmp_path, company) -> Iterator[Service]:
    named = {"OIDC_CLIENT_ID": openid.CLIENT, "OIDC_CLIENT_SECRET": openid.SECRET, "OIDC_NAME": "Example Ltd"}
    running = Service(tmp_path, OIDC_SERVER_URL=company.url, **named)
    yield running
    running.stop()


def go_through_company(chromium: Browser, site: Service) -> Page:
    page = chromium.new_context(base_url=f"http://127.0.0.1:{site.port}", locale="en-GB").new_page()
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Example Ltd").click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Go on").click()
    return page


def is_out(page: Page) -> bool:
    page.goto("/dashboard")
    return urlsplit(page.url).path != "/dashboard"


def test_people_of_a_company_come_by_its_own_sign_in(chromium, site, company):
    page = go_through_company(chromium, site)
    page.wait_for_url("**/dashboard")
    page.goto("/organization")
    expect(page.get_by_role("heading", level=1)).to_have_text("dora")

    again = go_through_company(chromium, site)
    again.wait_for_url("**/dashboard")

    # The service claims the address of somebody who has an account here: it opens nothing.
    demo = re.search(r"Sign in: +(\S+)", site.banner)[1]
    company.claims = {"sub": "2", "email": demo, "email_verified": True}
    thief = go_through_company(chromium, site)
    thief.wait_for_url(f"http://127.0.0.1:{site.port}/**")
    assert is_out(thief)

    # An address that the service itself has not confirmed is confirmed by us first.
    company.claims = {"sub": "3", "email": "eve@company.example", "email_verified": False}
    unsure = go_through_company(chromium, site)
    unsure.wait_for_url("**/accounts/confirm-email/**")
    assert is_out(unsure)


def test_an_answer_that_nobody_asked_for_signs_nobody_in(chromium, site, company):
    """Somebody else's code, in a link that a victim follows."""
    page = chromium.new_context(base_url=f"http://127.0.0.1:{site.port}", locale="en-GB").new_page()
    company.codes["stolen"] = f"http://127.0.0.1:{site.port}/accounts/oidc/oidc/login/callback/"

    page.goto("/accounts/oidc/oidc/login/callback/?code=stolen&state=made-up")

    assert is_out(page)
    assert "stolen" in company.codes


@pytest.mark.django_db(transaction=True)
def test_a_passkey_is_made_and_signs_in(page, alice, organization, look):
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, "isUserVerified": True}})
    sign_in(page, alice.email)

    page.goto("/accounts/2fa/webauthn/add/")
    if page.get_by_label("Password").count():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Passwordless").check()
    look(page, "passkey-add")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Security key added.")).to_be_visible()
    look(page, "passkey-added")
    assert alice.authenticator_set.filter(type="webauthn").count() == 1

    page.goto("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign Out").click()
    expect(page.get_by_role("link", name="Create account")).to_be_visible()
    page.goto("/accounts/login/")
    look(page, "passkey-sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/dashboard")

    page.goto("/accounts/2fa/webauthn/")
    look(page, "passkeys")
    expect(page.get_by_role("row", name="Laptop")).to_be_visible()
