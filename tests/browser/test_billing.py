"""An owner buys, changes, cancels and resumes a plan, and survives a failed card: every click in a real browser,
on our pages and on those of the local Stripe."""

import re

import pytest
from playwright.sync_api import expect

from tests.billing.conftest import local_stripe, portal  # noqa: F401 - fixtures
from tests.browser.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop(portal, settings, live_server):  # noqa: F811
    """Our site knows its own address and may send forms on to the local Stripe."""
    settings.SITE_URL = live_server.url
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    policy = {**directives, "form-action": [*directives["form-action"], portal.stripe.address]}
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": policy}
    return portal


@pytest.fixture
def owner(window, shop, alice):
    page = window(hosts=(shop.stripe.address,))
    sign_in(page, alice.email)
    page.goto("/billing")
    return page


def test_a_plan_is_bought_changed_cancelled_and_resumed(owner, shop, look):
    look(owner, "billing-plans")
    owner.locator("article", has_text="Starter").get_by_role("button", name="Subscribe").click()
    owner.get_by_role("button", name="Pay with a card that is declined").click()
    expect(owner.get_by_text("Your card was declined.")).to_be_visible()
    owner.get_by_role("button", name="Pay with a good card").click()
    expect(owner.get_by_text("waiting for the payment provider")).to_be_visible()
    look(owner, "billing-waiting")
    assert shop.plan == "free"

    shop.events_arrive()
    owner.goto("/billing")
    expect(owner.locator("article", has_text="yours")).to_contain_text("Starter")
    look(owner, "billing-subscribed")

    owner.locator("article", has_text="Pro").get_by_role("link", name="See the change").click()
    expect(owner.get_by_role("row", name="To pay now")).to_contain_text(re.compile(r"\$\d+\.\d\d"))
    look(owner, "billing-change")
    owner.get_by_role("button", name="Change the plan").click()
    shop.events_arrive()
    owner.goto("/billing")
    expect(owner.locator("article", has_text="yours")).to_contain_text("Pro")

    owner.get_by_role("button", name="Cancel at the end of the period").click()
    expect(owner.get_by_text("The plan is cancelled and ends on")).to_be_visible()
    look(owner, "billing-cancelled")
    owner.get_by_role("button", name="Go on with the plan").click()
    expect(owner.get_by_text("The plan is cancelled and ends on")).to_have_count(0)
    shop.events_arrive()
    assert shop.plan == "pro"
    assert not shop.account.is_ending


def test_a_plan_is_bought_without_script(window, shop, alice):
    page = window(java_script_enabled=False, hosts=(shop.stripe.address,))
    sign_in(page, alice.email)
    page.goto("/billing")

    page.locator("article", has_text="Starter").get_by_role("button", name="Subscribe").click()
    page.get_by_role("button", name="Pay with a good card").click()
    shop.events_arrive()
    page.goto("/billing")

    expect(page.locator("article", has_text="yours")).to_contain_text("Starter")


def test_a_card_that_fails_is_told_and_mended(owner, shop, look):
    shop.subscribe()
    owner.goto("/billing")

    owner.get_by_role("button", name="Card, address and tax ids").click()
    owner.get_by_role("button", name="Use a card that is declined").click()
    owner.get_by_role("button", name="Let a month pass at Stripe").click()
    owner.get_by_role("link", name="Back").click()
    shop.events_arrive()
    owner.reload()
    expect(owner.get_by_text("The last payment failed.")).to_be_visible()
    look(owner, "billing-payment-failed")

    owner.get_by_role("button", name="Card, address and tax ids").click()
    owner.get_by_role("button", name="Use a good card").click()
    owner.get_by_role("button", name="Pay open invoices").click()
    owner.get_by_role("link", name="Back").click()
    shop.events_arrive()
    owner.reload()
    expect(owner.get_by_text("The last payment failed.")).to_have_count(0)

    owner.get_by_role("link", name="Invoices").click()
    expect(owner.locator("table").first.get_by_role("row")).to_have_count(3)
    look(owner, "billing-invoices")


def test_leaving_the_checkout_and_going_back_change_nothing(owner, shop):
    subscribe = owner.locator("article", has_text="Starter").get_by_role("button", name="Subscribe")
    subscribe.click()
    owner.get_by_role("button", name="Leave without paying").click()
    expect(owner.get_by_role("heading", name="Plans")).to_be_visible()
    subscribe.click()
    expect(owner.get_by_role("button", name="Pay with a good card")).to_be_visible()
    owner.go_back()

    expect(owner.get_by_role("heading", name="Plans")).to_be_visible()
    shop.events_arrive()
    assert shop.plan == "free"
