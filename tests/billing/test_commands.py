"""What staff type: plans without payment, the plan table at Stripe, events again."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from billing import subscriptions
from billing.models import BillingAccount, StripeEvent
from config import billing_checks
from tests.billing.stripe_cast import post_event
from tests.fakes.stripe import webhooks


def test_staff_assign_a_plan(organization, capsys):
    call_command("assign_plan", organization.public_id, "enterprise")

    organization.refresh_from_db()
    assert organization.plan == "enterprise"
    assert "is on the plan enterprise now" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "plan", "words"), [("org_x", "pro", "no organization"), (None, "gold", "no plan 'gold'")]
)
def test_what_does_not_exist_is_said(organization, name, plan, words):
    with pytest.raises(CommandError, match=words):
        call_command("assign_plan", name or organization.public_id, plan)


def test_syncing_needs_a_key():
    with pytest.raises(CommandError, match="STRIPE_SECRET_KEY"):
        call_command("stripe_sync")


def test_syncing_again_says_that_everything_is_there(local_stripe, capsys):
    call_command("stripe_sync")

    assert capsys.readouterr().out == "Stripe holds everything already.\n"


def test_an_event_is_replayed_by_its_id(portal, capsys):
    portal.click(portal.checkout("starter"), card="good")
    webhooks.deliver(portal.stripe.state, post_event)
    event = StripeEvent.objects.get(type="invoice.paid")

    call_command("stripe_replay", event.event_id)

    assert portal.plan == "starter"
    assert capsys.readouterr().out == f"invoice.paid {event.event_id}: done\n"


def test_an_event_that_was_never_stored_is_said(db):
    with pytest.raises(CommandError, match="evt_x"):
        call_command("stripe_replay", "evt_x")


@pytest.mark.parametrize(
    ("key", "address", "ids"),
    [
        ("", "", []),
        ("sk_test_x", "", []),
        ("sk_test_x", "http://127.0.0.1:12111", []),
        ("sk_live_x", "http://127.0.0.1:12111", ["spocr.E010"]),
        ("sk_test_x", "http://stripe.example.com", ["spocr.E010"]),
        ("", "http://127.0.0.1:12111", ["spocr.E010"]),
    ],
)
def test_a_key_never_goes_elsewhere(settings, key, address, ids):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_ADDRESS = key, address

    assert [problem.id for problem in billing_checks.check_stripe_address()] == ids


def test_a_live_key_at_another_address_is_never_used(settings, organization, alice):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_ADDRESS = "sk_live_x", "http://127.0.0.1:1"
    with pytest.raises(ImproperlyConfigured, match="live key elsewhere"):
        subscriptions.start_checkout(organization, alice, plan_id="starter", currency="usd")
    assert BillingAccount.objects.get().customer_id == ""


def test_missing_secrets_of_the_endpoints_are_named(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_x"

    (warning,) = billing_checks.check_stripe_secrets()

    assert "STRIPE_WEBHOOK_SECRET and STRIPE_METER_WEBHOOK_SECRET" in warning.msg
