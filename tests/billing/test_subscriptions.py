"""Plans are bought, changed, cancelled and lost, against the local Stripe."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from accounts.errors import Conflict, Invalid
from accounts.models import Organization
from billing import catalog, events, gateway, plans, subscriptions
from billing.gateway import PaymentRefused, PaymentsDown, PaymentsOff
from billing.models import BillingAccount
from billing.subscriptions import AlreadySubscribed, NotSubscribed


def test_syncing_twice_makes_everything_once(local_stripe, settings):
    assert list(catalog.sync(plans.table(settings.PLANS_FILE))) == []

    prices = local_stripe.state.table("price").values()
    assert {price["lookup_key"] for price in prices} == {"spocr_starter_month", "spocr_pro_month", "spocr_further_scan"}
    starter = next(price for price in prices if price["lookup_key"] == "spocr_starter_month")
    assert (starter["unit_amount"], starter["currency_options"]["krw"]["unit_amount"]) == (1900, 27000)


def test_a_new_amount_takes_over_the_lookup_key(local_stripe, settings, tmp_path):
    changed = tmp_path / "plans.toml"
    changed.write_text(settings.PLANS_FILE.read_text().replace("usd = 1900", "usd = 2100"))

    made = list(catalog.sync(plans.table(changed)))

    assert made == ["Made a price for Starter: 2100 usd, 2900 jpy, 27000 krw."]


def test_a_checkout_gives_the_plan_and_nothing_before_it_is_paid(portal):
    page = portal.checkout("starter")
    assert portal.plan == "free"

    assert "declined" in portal.click(page, card="declined")
    portal.events_arrive()
    assert portal.plan == "free"

    portal.click(page, card="good")
    portal.events_arrive()
    assert portal.plan == "starter"
    assert (portal.account.status, portal.account.currency) == ("active", "usd")


@pytest.mark.parametrize(("currency", "amount"), [("usd", 1900), ("jpy", 2900), ("krw", 27000)])
def test_amounts_are_minor_units_of_each_currency(portal, currency, amount):
    portal.subscribe("starter", currency=currency)

    invoice = gateway.invoices(portal.account.customer_id)[0]
    assert (invoice.total, invoice.amount_paid, invoice.currency) == (amount, amount, currency)


def test_stripe_speaks_the_language_of_whoever_pays(portal):
    portal.owner.language = "ja"

    portal.checkout("starter", currency="jpy")

    (customer,) = portal.stripe.state.table("customer").values()
    (session,) = portal.stripe.state.table("checkout.session").values()
    assert (customer["preferred_locales"], session["locale"]) == (["ja"], "ja")


def test_a_second_subscription_is_refused(portal):
    portal.subscribe("starter")

    with pytest.raises(AlreadySubscribed):
        portal.checkout("pro")


def test_a_checkout_finished_twice_is_one_subscription(portal):
    page = portal.checkout("starter")

    portal.click(page, card="good")
    portal.click(page, card="good")
    portal.events_arrive(times=2)

    assert len(portal.stripe.state.table("subscription")) == 1
    assert portal.plan == "starter"


def test_of_two_checkouts_side_by_side_only_the_later_can_be_paid(portal):
    first, second = portal.checkout("starter"), portal.checkout("pro")
    portal.click(first, card="good")
    portal.click(second, card="good")
    portal.events_arrive()

    assert len(portal.stripe.state.table("subscription")) == 1
    assert portal.plan == "pro"


def test_a_checkout_that_was_paid_while_another_began_closes_that_one(portal, monkeypatch):
    """The first is paid after the second has looked for subscriptions."""
    first = portal.checkout("starter")
    make = gateway.checkout

    def pay_first(**wanted):
        portal.click(first, card="good")
        return make(**wanted)

    monkeypatch.setattr(gateway, "checkout", pay_first)
    with pytest.raises(AlreadySubscribed):
        portal.checkout("pro")

    sessions = portal.stripe.state.table("checkout.session").values()
    assert [session["status"] for session in sessions] == ["complete", "expired"]
    assert portal.plan == "starter"


def test_without_closing_the_first_both_would_be_paid(portal, monkeypatch, caplog):
    """Negative control; the portal says so, and the older one decides."""
    monkeypatch.setattr(gateway, "close_checkouts", lambda *_, **__: None)
    first, second = portal.checkout("starter"), portal.checkout("pro")
    portal.click(first, card="good")
    portal.click(second, card="good")
    portal.events_arrive()

    assert portal.plan == "starter"
    assert "2 live subscriptions" in caplog.text


def test_a_larger_plan_is_paid_for_the_rest_of_the_period(portal):
    portal.subscribe("starter")
    start = datetime.fromtimestamp(portal.subscription["billing_cycle_anchor"], tz=portal.account.anchor_at.tzinfo)
    middle = start + (portal.account.period_end_at - start) / 2
    with time_machine.travel(middle, tick=False):
        shown = subscriptions.preview_change(portal.organization, "pro").preview
        subscriptions.change_plan(portal.organization, "pro")

        invoice = gateway.invoices(portal.account.customer_id)[0]
    assert shown.lines == (("Unused time on Starter", -950), ("Remaining time on Pro", 2450))
    assert shown.total == invoice.total == 1500
    assert portal.plan == "pro"


def test_a_smaller_plan_begins_with_the_next_period(portal):
    portal.subscribe("pro")
    assert subscriptions.preview_change(portal.organization, "starter").preview is None

    subscriptions.change_plan(portal.organization, "starter")

    end = portal.account.period_end_at
    assert portal.plan == "pro"
    assert len(gateway.invoices(portal.account.customer_id)) == 1
    with time_machine.travel(end + timedelta(minutes=1), tick=False):
        gateway.subscription(portal.account.subscription_id)
        portal.events_arrive()
        assert portal.plan == "starter"
        assert gateway.invoices(portal.account.customer_id)[0].total == 1900


def test_going_back_to_the_larger_plan_before_it_ends_costs_nothing(portal):
    portal.subscribe("pro")
    subscriptions.change_plan(portal.organization, "starter")

    subscriptions.change_plan(portal.organization, "pro")

    assert portal.plan == "pro"
    assert portal.account.kept_until is None
    assert len(gateway.invoices(portal.account.customer_id)) == 1


def test_cancelling_keeps_the_plan_until_the_period_ends(portal):
    portal.subscribe("starter")
    assert subscriptions.set_ending(portal.organization, is_ending=True).is_ending
    assert portal.plan == "starter"

    with time_machine.travel(portal.account.period_end_at + timedelta(minutes=1), tick=False):
        gateway.subscription(portal.account.subscription_id)
        portal.events_arrive()

    assert portal.plan == "free"


def test_a_cancelled_plan_can_be_resumed(portal):
    portal.subscribe("starter")
    subscriptions.set_ending(portal.organization, is_ending=True)

    assert not subscriptions.set_ending(portal.organization, is_ending=False).is_ending


def test_a_declined_card_changes_nothing(portal):
    portal.subscribe("starter")
    portal.stripe.state.cards[portal.account.customer_id] = "declined"

    with pytest.raises(PaymentRefused, match="declined"):
        subscriptions.change_plan(portal.organization, "pro")

    assert portal.plan == "starter"


def test_a_card_declined_at_renewal_leaves_two_weeks_and_three_reminders(portal):
    portal.subscribe("starter")
    portal.stripe.state.cards[portal.account.customer_id] = "declined"
    with time_machine.travel(portal.account.period_end_at + timedelta(minutes=1), tick=False) as clock:
        gateway.subscription(portal.account.subscription_id)
        portal.events_arrive()
        for _ in range(15):
            assert portal.plan == "starter"
            subscriptions.remind_and_end_grace()
            clock.shift(timedelta(days=1))
        assert portal.plan == "free"
        assert [message.to for message in mail.outbox] == [["alice@example.org"]] * 3

        portal.stripe.state.cards[portal.account.customer_id] = "good"
        invoice = next(row for row in portal.stripe.state.table("invoice").values() if row["status"] == "open")
        portal.stripe.state.collect(portal.subscription, invoice)
        portal.events_arrive()
        assert portal.plan == "starter"
        assert portal.account.past_due_since is None


def test_a_mail_server_that_is_away_loses_no_reminder_and_ends_other_plans_all_the_same(portal, charlie, settings):
    portal.subscribe("starter")
    portal.stripe.state.cards[portal.account.customer_id] = "declined"
    unpaid = charlie.organizations.get()
    long_ago = timezone.now() - timedelta(days=30)
    Organization.objects.filter(id=unpaid.id).update(plan="pro")
    BillingAccount.objects.create(organization=unpaid, status="past_due", plan="pro", past_due_since=long_ago)
    smtp, kept = "django.core.mail.backends.smtp.EmailBackend", settings.EMAIL_BACKEND
    with time_machine.travel(portal.account.period_end_at + timedelta(minutes=1), tick=False):
        gateway.subscription(portal.account.subscription_id)
        portal.events_arrive()
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = smtp, "127.0.0.1", 1
        assert subscriptions.remind_and_end_grace() == 1

        settings.EMAIL_BACKEND = kept
        subscriptions.remind_and_end_grace()

    unpaid.refresh_from_db()
    assert unpaid.plan == "free"
    assert sorted(message.to for message in mail.outbox) == [["alice@example.org"], ["charlie@example.org"]]


def test_a_subscription_deleted_at_stripe_ends_the_plan(portal):
    portal.subscribe("starter")
    portal.allow_spending()
    portal.stripe.state.end(portal.subscription)

    portal.events_arrive()

    assert portal.plan == "free"
    assert not portal.account.is_pay_per_image


def test_a_subscription_deleted_whose_event_is_lost_ends_with_the_daily_sweep(portal):
    portal.subscribe("starter")
    portal.stripe.state.end(portal.subscription)
    portal.events_arrive(lost=("customer.subscription.deleted",))
    assert portal.plan == "starter"

    subscriptions.refresh_all()

    assert portal.plan == "free"


def test_further_scans_alone_need_no_plan(portal):
    portal.subscribe("free")

    portal.allow_spending(cap_amount=500)

    assert portal.plan == "free"
    assert portal.account.is_pay_per_image


def test_a_free_organization_that_pays_by_image_may_go_on_to_a_plan(portal):
    portal.subscribe("free")

    subscriptions.change_plan(portal.organization, "starter")

    assert portal.plan == "starter"


def test_pay_per_image_needs_a_card_and_a_cap(portal):
    with pytest.raises(NotSubscribed, match="needs a card"):
        subscriptions.set_spending(portal.organization, is_on=True, cap_amount=500)
    with pytest.raises(Invalid, match="above 0"):
        subscriptions.set_spending(portal.organization, is_on=True, cap_amount=0)


def test_a_plan_of_staff_cannot_be_bought(portal):
    with pytest.raises(Invalid, match="given by our staff"):
        portal.checkout("enterprise")


def test_staff_give_a_plan_but_not_against_a_subscription(portal):
    subscriptions.assign_plan(portal.organization, "enterprise")
    assert portal.plan == "enterprise"
    subscriptions.refresh(portal.organization)
    subscriptions.remind_and_end_grace()
    assert portal.plan == "enterprise"

    portal.subscribe("starter")
    with pytest.raises(Conflict, match="decides about this plan"):
        subscriptions.assign_plan(portal.organization, "enterprise")


def test_a_plan_that_staff_give_after_a_subscription_ended_stays(portal):
    portal.subscribe("starter")
    portal.stripe.state.end(portal.subscription)
    portal.events_arrive()

    subscriptions.assign_plan(portal.organization, "enterprise")
    subscriptions.refresh_all()
    subscriptions.remind_and_end_grace()

    assert portal.plan == "enterprise"


def test_a_customer_that_stripe_does_not_know_stops_no_other(portal, charlie, caplog):
    portal.subscribe("starter")
    other = charlie.organizations.get()
    BillingAccount.objects.create(organization=other, customer_id="cus_gone", status="active", subscription_id="sub_x")
    portal.stripe.state.end(portal.subscription)

    assert subscriptions.refresh_all() == 1

    assert portal.plan == "free"
    assert "could not be fetched" in caplog.text


def test_who_is_past_due_may_still_cancel(portal):
    portal.subscribe("starter")
    portal.subscription["status"] = "past_due"

    assert subscriptions.set_ending(portal.organization, is_ending=True).is_ending
    with pytest.raises(PaymentRefused, match="overdue"):
        subscriptions.change_plan(portal.organization, "pro")


def test_without_a_key_nothing_can_be_bought_and_everything_else_goes_on(organization, alice):
    with pytest.raises(PaymentsOff):
        subscriptions.start_checkout(organization, alice, plan_id="starter", currency="usd")

    assert subscriptions.refresh_all() == 0
    assert events.process_due() == 0


def test_stripe_being_away_is_said_and_changes_nothing(portal):
    portal.subscribe("starter")
    portal.stripe.is_down = True

    with pytest.raises(PaymentsDown, match="Nothing was changed"):
        subscriptions.change_plan(portal.organization, "pro")

    assert portal.plan == "starter"


def test_the_tax_ids_of_a_customer_are_shown(portal):
    portal.subscribe("starter")

    portal.click(subscriptions.open_portal(portal.organization), tax_id="DE123456789")

    assert gateway.tax_ids(portal.account.customer_id) == ["DE123456789"]


def test_an_account_made_twice_at_once_is_one_customer(portal):
    portal.checkout("starter")
    BillingAccount.objects.update(customer_id="")
    portal.checkout("starter")

    assert len(portal.stripe.state.table("customer")) == 1
    assert portal.account.anchor_at is None or portal.account.anchor_at <= timezone.now()


def test_another_owner_may_go_on_where_the_first_ones_answer_was_lost(portal, bob):
    portal.stripe.drops_answers = True
    with pytest.raises(PaymentsDown):
        portal.checkout("starter")
    portal.stripe.drops_answers = False

    assert subscriptions.start_checkout(portal.organization, bob, plan_id="starter", currency="usd")
