"""The gateway against a real Stripe test account: runs with STRIPE_TEST_KEY=sk_test_…, else skipped.

STRIPE_TEST_KEY=sk_test_… pytest tests/billing/test_stripe_itself.py --allow-hosts=api.stripe.com
"""

import os
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from billing import catalog, gateway, plans

KEY = os.environ.get("STRIPE_TEST_KEY", "")
pytestmark = pytest.mark.skipif(not KEY, reason="needs STRIPE_TEST_KEY, a test key of an account at Stripe")


@pytest.fixture
def customer(settings) -> str:
    assert KEY.startswith("sk_test_"), "never a live key"
    settings.STRIPE_SECRET_KEY, settings.STRIPE_ADDRESS = KEY, ""
    list(catalog.sync(plans.table(settings.PLANS_FILE)))
    return gateway.create_customer(organization=f"org_{uuid.uuid4().hex}", name="Test", email="test@example.org")


def test_syncing_a_second_time_makes_nothing(customer, settings):
    assert list(catalog.sync(plans.table(settings.PLANS_FILE))) == []


@pytest.mark.parametrize("currency", ["usd", "jpy", "krw"])
def test_a_checkout_begins_in_every_currency(customer, currency):
    address = gateway.checkout(
        customer=customer,
        organization="org_test",
        plan="starter",
        currency=currency,
        back="https://example.org/billing",
    )

    assert address.startswith("https://checkout.stripe.com/")


def test_a_meter_event_sent_twice_is_accepted_twice_and_the_meter_can_be_asked(customer):
    now, identifier = timezone.now(), str(uuid.uuid4())
    for _ in range(2):
        gateway.report(customer=customer, units=3, identifier=identifier, at=now)

    minute = now.replace(second=0, microsecond=0)
    assert gateway.metered(customer=customer, start=minute, end=minute + timedelta(minutes=1)) in (0, 3)
