"""An organization that pays by image, and its ledger in figures."""

from collections.abc import Iterator

import pytest
from django.db.models import Sum

from accounts.models import Organization
from billing import catalog, plans
from billing.models import BillableUnit, BillingAccount, UsageCounter, UsageDay, UsageRecord
from billing.usage import Payer
from tests.fakes.stripe import server, webhooks
from tests.fakes.stripe.server import LocalStripe

ADDRESS = "203.0.113.9"


@pytest.fixture
def payer(organization) -> Payer:
    return Payer(organization, ADDRESS)


@pytest.fixture
def account(organization) -> BillingAccount:
    """Pay-per-image is on: 5 cents a scan, at most 50 cents a month."""
    return BillingAccount.objects.create(
        organization=organization, currency="usd", is_pay_per_image=True, cap_amount=50
    )


@pytest.fixture
def local_stripe(settings) -> Iterator[LocalStripe]:
    """The local Stripe, with our products, prices and meter in it."""
    with server.running() as stripe:
        settings.STRIPE_SECRET_KEY = "sk_test_local"
        settings.STRIPE_ADDRESS = stripe.address
        settings.STRIPE_WEBHOOK_SECRET = webhooks.SECRET
        settings.STRIPE_METER_WEBHOOK_SECRET = webhooks.METER_SECRET
        list(catalog.sync(plans.table(settings.PLANS_FILE)))
        yield stripe


@pytest.fixture
def portal(local_stripe, organization, alice):
    from tests.billing.stripe_cast import Portal

    return Portal(local_stripe, organization, alice)


def total(rows, field: str) -> int:
    return rows.aggregate(total=Sum(field))["total"] or 0


def demand_agreement(organization: Organization) -> None:
    """Records, counters, daily sums and the outbox tell the same story, to the unit."""
    records = UsageRecord.objects.filter(organization=organization, kind="scan")
    settled, reserved = records.filter(status="settled"), records.filter(status="reserved")
    counters = UsageCounter.objects.filter(holder=f"organization:{organization.id}", kind="scan")
    days = UsageDay.objects.filter(organization=organization, kind="scan")
    overage = total(settled, "overage_units")

    assert total(counters, "used") == total(settled, "units") + total(reserved, "units")
    assert total(counters, "included_used") + overage == total(settled, "units")
    assert total(counters, "overage") == overage
    assert total(BillableUnit.objects.filter(organization=organization), "units") == overage
    assert total(days, "charged_units") == total(settled, "units")
    assert total(days, "overage_units") == overage
    assert total(days, "free_units") == total(records.filter(status="released"), "units")
