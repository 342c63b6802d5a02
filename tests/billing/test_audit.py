"""Every change of plan and money stands in the audit log: who, from where, what before and after."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing import subscriptions
from billing.models import BillingAccount

pytestmark = pytest.mark.django_db
HERE = "198.51.100.21"


@pytest.fixture
def browser(alice) -> Client:
    browser = Client(REMOTE_ADDR=HERE)
    browser.force_login(alice)
    return browser


def events(organization, actor: str | None = "alice@example.org") -> list[tuple[str, str | None, dict]]:
    found = organization.audit_events.filter(action__startswith="billing.", actor=actor).order_by("id")
    return list(found.values_list("action", "address", "details"))


def test_what_an_owner_does_about_the_plan_is_one_event_each(portal, browser):
    browser.post(reverse("billing_checkout"), {"plan": "starter", "currency": "usd"})
    portal.subscribe()
    began = len(events(portal.organization))

    browser.post(reverse("billing_change_now"), {"plan": "pro"})
    browser.post(reverse("billing_spending"), {"is_on": "on", "cap": "20"})
    browser.post(reverse("billing_cancel"))
    browser.post(reverse("billing_resume"))

    assert events(portal.organization)[0] == ("billing.checkout_started", HERE, {"plan": "starter"})
    assert events(portal.organization)[began:] == [
        ("billing.plan_changed", HERE, {"before": "starter", "after": "pro"}),
        ("billing.spending_changed", HERE, {"is_on": True, "cap_amount": 2000}),
        ("billing.cancelled", HERE, {"plan": "pro"}),
        ("billing.resumed", HERE, {"plan": "pro"}),
    ]


def test_what_follows_from_stripe_is_written_once_however_often_it_is_fetched(portal):
    portal.subscribe()
    for _ in range(3):
        subscriptions.refresh(portal.organization)

    assert events(portal.organization, "the service") == [
        ("billing.plan_in_force", None, {"before": "free", "after": "starter"})
    ]


def test_a_plan_that_is_no_longer_paid_ends_with_an_event(organization):
    organization.plan = "pro"
    organization.save()
    BillingAccount.objects.create(
        organization=organization,
        customer_id="cus_1",
        status="past_due",
        plan="pro",
        past_due_since=timezone.now() - subscriptions.GRACE,
    )

    assert subscriptions.remind_and_end_grace() == 1
    assert subscriptions.remind_and_end_grace() == 0
    assert events(organization, "the service") == [("billing.plan_in_force", None, {"before": "pro", "after": "free"})]


def test_what_is_refused_leaves_no_event(organization, browser):
    browser.post(reverse("billing_spending"), {"is_on": "on", "cap": "20"})
    browser.post(reverse("billing_change_now"), {"plan": "pro"})

    assert events(organization) == []
