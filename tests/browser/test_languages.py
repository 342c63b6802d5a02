"""Japanese and Korean in a wide window, and the switch; `test_every_page.py` looks at the phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIGNED_OUT = ("/", "/pricing", "/status", "/reference", "/accounts/login/", "/accounts/signup/", "/keys/found")
SIGNED_IN = (
    "/dashboard", "/sheets", "/sheets/new", "/keys", "/members", "/organization", "/organization/close", "/audit",
    "/billing", "/billing/usage", "/billing/invoices", "/webhooks", "/requests", "/playground", "/docs",
    "/accounts/email/", "/accounts/2fa/", "/accounts/sessions/",
)  # fmt: skip


@pytest.mark.parametrize("language", ["ja", "ko"])
def test_no_page_is_wider_than_its_window(window, look, signed_in, live_server, language):
    page = window(locale=language)
    wide = walk(page, look, SIGNED_OUT, f"{language}-wide")
    session = signed_in.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    wide += walk(page, look, SIGNED_IN, f"{language}-wide")

    assert wide == []


@pytest.mark.parametrize("has_script", [True, False])
def test_the_language_is_switched_and_the_page_stays(window, has_script):
    page = window(java_script_enabled=has_script)
    page.goto("/pricing?currency=jpy")

    page.get_by_role("button", name="日本語").click()

    expect(page).to_have_url(f"{page.url.split('/pricing')[0]}/pricing?currency=jpy")
    expect(page.get_by_role("heading", level=1)).to_have_text("料金")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pricing")


def walk(page: Page, look, paths: tuple[str, ...], name: str) -> list[str]:
    """Look at each page; returns those that do not fit."""
    wide = []
    for path in paths:
        page.goto(path)
        assert page.url.split("?")[0].endswith(path), page.url
        look(page, f"{name}{path.rstrip('/').replace('/', '-') or '-front'}")
        if not fits(page):
            wide.append(path)
    return wide
