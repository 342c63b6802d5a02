"""Staff look at an organization, in a browser that reports every breach of the security policy."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts import api_keys
from accounts.models import Organization
from ocr.models import Job
from tests.browser.conftest import PHONE, WIDE, fits
from tests.conftest import PASSWORD, person
from tests.staff.conftest import SECRET, code
from tests.tenant_rows import fill

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sam(db):
    sam = person("sam@example.org")
    type(sam).objects.filter(id=sam.id).update(is_staff=True)
    TOTP.activate(sam, SECRET)
    return sam


def sign_in(page: Page, email: str) -> None:
    cache.clear()
    page.goto("/staff/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In", exact=True).click()
    page.locator("input[name=code]").fill(code())
    page.get_by_role("button", name="Sign In", exact=True).click()
    page.wait_for_url("**/staff/accounts/organization/")


def test_an_organization_is_found_given_a_plan_suspended_and_resumed(page, look, sam, alice, organization):
    fill(organization, alice)
    sign_in(page, sam.email)
    look(page, "staff-organizations")

    page.locator("#changelist-search input[name=q]").fill("alice@example.org")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Alice's Books").click()
    look(page, "staff-organization")
    page.get_by_label("Assign the plan").select_option("pro")
    page.get_by_role("button", name="Assign the plan").click()
    expect(page.get_by_text("The plan is assigned.")).to_be_visible()
    page.get_by_label("Reason").fill("Stolen card")
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    look(page, "staff-organization-suspended")
    assert Organization.objects.get(id=organization.id).suspended_at
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Suspend")).to_be_visible()

    actions = organization.audit_events.filter(actor="sam@example.org (staff)").values_list("action", flat=True)
    assert set(actions) == {
        *("support.viewed", "billing.plan_assigned", "organization.suspended", "organization.resumed")
    }


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wide", {"viewport": WIDE}),
        ("dark", {"viewport": WIDE, "color_scheme": "dark"}),
        ("phone", {"viewport": PHONE}),
    ],
)
def test_every_table_is_drawn(window, look, sam, organization, name, options):
    alice = organization.memberships.get().user
    fill(organization, alice)
    key, _ = api_keys.create(organization, name="shop", created_by=alice)
    page = window(**options)
    sign_in(page, sam.email)

    job = Job.objects.get()
    for address in (
        *("accounts/organization/", "accounts/user/", "accounts/apikey/", "accounts/auditevent/", "ocr/job/"),
        *("ocr/webhookdelivery/", "billing/usagerecord/", "billing/stripeevent/", "plans/"),
        *(f"accounts/apikey/{key.id}/change/", f"ocr/job/{job.id}/change/", f"accounts/user/{alice.id}/change/"),
    ):
        page.goto(f"/staff/{address}")
        look(page, f"staff-{address.strip('/').replace('/', '-')}-{name}")
        assert page.locator("#content").is_visible()
        assert fits(page)
