"""Who closes an organization pays nothing more for it."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts import organizations
from accounts.errors import Conflict
from accounts.models import Organization
from billing import closing, gateway
from billing.gateway import PaymentsDown
from billing.models import BillingAccount
from ocr import retention


def close(portal) -> None:
    organizations.close(portal.organization, typed_name=portal.organization.name, by=portal.owner, address="192.0.2.7")


def due(portal) -> None:
    Organization.objects.filter(id=portal.organization.id).update(deletion_due_at=timezone.now() - timedelta(hours=1))
    portal.organization.refresh_from_db()


def invoices_after_a_year(portal, customer: str) -> int:
    with time_machine.travel(timezone.now() + timedelta(days=366), tick=False):
        return len(gateway.invoices(customer, limit=50))


def test_closing_on_the_page_ends_the_subscription_with_its_period(signed_in, portal):
    portal.subscribe("starter")
    asked = signed_in.get(reverse("organization_close")).content.decode()
    assert "The subscription ends with its period" in asked

    signed_in.post(reverse("organization_close"), {"typed_name": portal.organization.name})

    assert portal.account.is_ending
    assert portal.plan == "starter"
    portal.organization.refresh_from_db()
    assert portal.organization.deletion_due_at is not None


def test_whoever_keeps_the_organization_is_told_how_to_go_on(signed_in, portal):
    portal.subscribe("starter")
    signed_in.post(reverse("organization_close"), {"typed_name": portal.organization.name})

    shown = signed_in.post(reverse("organization_reopen"), follow=True).content.decode()

    assert "Under Billing you can go on with it" in shown
    signed_in.post(reverse("billing_resume"))
    assert not portal.account.is_ending


def test_without_a_subscription_nothing_is_said_about_one(signed_in, portal):
    assert "subscription" not in signed_in.get(reverse("organization_close")).content.decode()


def test_closing_while_stripe_is_away_ends_the_subscription_by_the_clock(signed_in, portal):
    portal.subscribe("starter")
    portal.stripe.is_down = True
    assert signed_in.post(reverse("organization_close"), {"typed_name": portal.organization.name}).status_code == 302
    assert closing.end_all() == 0

    portal.stripe.is_down = False

    assert closing.end_all() == 1
    assert portal.account.is_ending
    assert closing.end_all() == 0


def test_a_closed_organization_buys_nothing(portal):
    close(portal)
    portal.organization.refresh_from_db()

    with pytest.raises(Conflict, match="about to be deleted"):
        portal.checkout("starter")


def test_organizations_that_stay_keep_their_subscription(portal):
    portal.subscribe("starter")

    assert closing.end_all() == 0
    assert not portal.account.is_ending


def test_a_deleted_organization_is_never_charged_again(portal):
    portal.subscribe("starter")
    customer = portal.account.customer_id
    due(portal)

    assert retention.delete_due_organizations() == 1

    assert portal.subscription["status"] == "canceled"
    assert invoices_after_a_year(portal, customer) == 1


def test_deleting_the_rows_alone_would_go_on_charging(portal, monkeypatch):
    """Negative control: Stripe knows nothing of our rows."""
    monkeypatch.setattr(closing, "cancel_now", lambda organization: None)
    portal.subscribe("starter")
    customer = portal.account.customer_id
    due(portal)

    assert retention.delete_due_organizations() == 1

    assert invoices_after_a_year(portal, customer) == 13


def test_nothing_is_deleted_before_the_subscription_has_ended(portal):
    portal.subscribe("starter")
    due(portal)
    portal.stripe.is_down = True
    with pytest.raises(PaymentsDown):
        closing.cancel_now(portal.organization)
    assert retention.delete_due_organizations() == 0
    assert BillingAccount.objects.exists()

    portal.stripe.is_down = False

    assert retention.delete_due_organizations() == 1
    assert not Organization.objects.filter(id=portal.organization.id).exists()


def test_scans_that_the_meter_holds_are_on_the_last_invoice(portal):
    portal.subscribe("starter")
    portal.stripe.state.meter_events.append(
        {
            "payload": {"stripe_customer_id": portal.account.customer_id, "value": "7"},
            "timestamp": int(timezone.now().timestamp()),
        }
    )

    closing.cancel_now(portal.organization)

    assert [invoice.total for invoice in gateway.invoices(portal.account.customer_id)] == [35, 1900]


def test_a_customer_that_stripe_no_longer_knows_holds_no_deletion_up(portal, caplog):
    BillingAccount.objects.create(organization=portal.organization, customer_id="cus_gone", status="active")
    due(portal)

    assert retention.delete_due_organizations() == 1
    assert "cus_gone could not be asked" in caplog.text


def test_where_payments_were_switched_off_the_operator_is_told(portal, settings, caplog):
    portal.subscribe("starter")
    settings.STRIPE_SECRET_KEY = ""
    due(portal)

    assert retention.delete_due_organizations() == 1
    assert "at Stripe by hand" in caplog.text
