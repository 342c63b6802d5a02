"""Stripe's events: forged ones are refused, doubled and reordered ones change nothing, replays are harmless."""

import json
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from billing import events, gateway, subscriptions
from billing.models import BillingAccount, MeterBatch, StripeEvent
from tests.billing.stripe_cast import post_event
from tests.fakes.stripe import calls, webhooks
from tests.fakes.stripe.webhooks import METER_SECRET, SECRET, signature


def state_of(portal) -> dict:
    account = BillingAccount.objects.get(organization=portal.organization)
    fields = ("subscription_id", "status", "plan", "kept_plan", "is_ending", "currency")
    return {"organization": portal.plan, **{name: getattr(account, name) for name in fields}}


def event(**fields) -> bytes:
    changed = {"id": "sub_x", "object": "subscription", "customer": "cus_unknown"}
    return json.dumps(
        {
            "id": "evt_1",
            "object": "event",
            "type": "customer.subscription.updated",
            "data": {"object": changed},
            "created": 1,
            "livemode": False,
            **fields,
        }
    ).encode()


@pytest.mark.parametrize(
    "signed",
    [
        "",
        "t=1,v1=00",
        signature(event(), "whsec_wrong"),
        signature(event(id="evt_2"), SECRET),
        signature(event(), METER_SECRET),
    ],
    ids=["none", "made up", "another secret", "another body", "the other endpoint's secret"],
)
def test_a_forged_event_is_refused_and_not_stored(local_stripe, db, signed):
    assert post_event("/stripe/events", event(), signed) == 400
    assert StripeEvent.objects.count() == 0


def test_an_event_signed_ten_minutes_ago_is_refused(local_stripe, db):
    assert post_event("/stripe/events", event(), signature(event(), SECRET, at=time.time() - 600)) == 400
    assert StripeEvent.objects.count() == 0


def test_a_true_event_is_stored_once(local_stripe, db):
    for _ in range(3):
        assert post_event("/stripe/events", event(), signature(event(), SECRET)) == 200

    assert StripeEvent.objects.count() == 1
    assert events.process_due() == 1
    assert events.process_due() == 0


def test_without_a_secret_there_is_no_such_page(local_stripe, db, settings):
    settings.STRIPE_WEBHOOK_SECRET = ""

    assert post_event("/stripe/events", event(), signature(event(), SECRET)) == 404


def history(portal) -> None:
    """Many events, whose contents contradict each other."""
    portal.click(portal.checkout("pro"), card="good")
    subscriptions.refresh(portal.organization)
    subscriptions.change_plan(portal.organization, "starter")
    subscriptions.set_ending(portal.organization, is_ending=True)
    subscriptions.set_ending(portal.organization, is_ending=False)


@pytest.mark.parametrize("switches", [{"times": 2}, {"is_reversed": True}, {"times": 3, "is_reversed": True}])
def test_doubled_and_reordered_events_end_in_the_state_of_stripe(portal, switches):
    history(portal)
    true_state = state_of(portal)
    BillingAccount.objects.update(status="none", plan="", subscription_id="stale")

    portal.events_arrive(**switches)

    assert state_of(portal) == true_state
    assert true_state["status"] == "active"


def test_taking_over_the_content_of_events_would_end_elsewhere(portal):
    """Negative control: the same events hold contradicting contents, so their order would decide."""
    history(portal)
    true_state = state_of(portal)
    contents = [each["data"]["object"] for each in portal.stripe.state.events if "subscription.u" in each["type"]]

    for content in reversed(contents):
        BillingAccount.objects.update(plan=content["items"]["data"][0]["price"]["metadata"]["plan"])
        BillingAccount.objects.update(is_ending=content["cancel_at_period_end"], kept_plan="")

    assert state_of(portal) != true_state


def overtaken(portal, monkeypatch) -> None:
    """Fetch the subscription; while the answer is under way, it changes and somebody else fetches it, too."""
    fetch, is_first = gateway.subscriptions_of, [True]

    def fetch_slowly(customer):
        held = fetch(customer)
        if is_first:
            is_first.clear()
            portal.stripe.state.end(portal.subscription)
            subscriptions.refresh(portal.organization)
        return held

    monkeypatch.setattr(gateway, "subscriptions_of", fetch_slowly)
    subscriptions.refresh(portal.organization)


def test_an_answer_that_was_overtaken_is_not_taken_over(portal, monkeypatch):
    portal.subscribe("starter")

    overtaken(portal, monkeypatch)

    assert (portal.account.status, portal.plan) == ("canceled", "free")


def test_taking_over_whatever_comes_last_would_give_a_plan_that_nobody_pays(portal, monkeypatch):
    """Negative control: the same, when an account never notices that somebody else has written."""
    portal.subscribe("starter")
    apply = subscriptions.apply

    def apply_blindly(account, held):
        account.refresh_from_db()
        return apply(account, held)

    monkeypatch.setattr(subscriptions, "apply", apply_blindly)

    overtaken(portal, monkeypatch)

    assert portal.plan == "starter"


def test_an_event_stored_before_an_outage_of_26_hours_is_still_processed(portal, clock):
    portal.click(portal.checkout("starter"), card="good")
    webhooks.deliver(portal.stripe.state, post_event)
    portal.stripe.is_down = True
    until = timezone.now() + timedelta(hours=26)
    while timezone.now() < until:
        events.process_due()
        clock.shift(timedelta(minutes=20))
    assert portal.plan == "free"

    portal.stripe.is_down = False
    clock.shift(timedelta(hours=2))
    events.process_due()

    assert portal.plan == "starter"
    assert not StripeEvent.objects.filter(processed_at=None).exists()


def test_every_stored_event_can_be_replayed(portal):
    history(portal)
    portal.events_arrive()
    true_state = state_of(portal)

    for stored in StripeEvent.objects.order_by("-id"):
        events.replay(stored)

    assert state_of(portal) == true_state


def test_an_event_that_cannot_be_processed_waits_and_does_not_stop_the_others(portal):
    history(portal)
    webhooks.deliver(portal.stripe.state, post_event)
    portal.stripe.is_down = True
    events.process_due()
    waiting = StripeEvent.objects.filter(processed_at=None)
    assert {"invoice.paid", "customer.subscription.created"} <= set(waiting.values_list("type", flat=True))

    portal.stripe.is_down = False
    waiting.update(next_at="2026-01-01T00:00:00Z")
    events.process_due()
    assert not waiting.exists()
    assert portal.plan == "pro"


def test_a_process_that_dies_before_noting_an_event_processes_it_again(portal, monkeypatch):
    history(portal)
    webhooks.deliver(portal.stripe.state, post_event)

    def die(stored):
        raise KeyboardInterrupt

    monkeypatch.setattr(events, "replay", die)
    with pytest.raises(KeyboardInterrupt):
        events.process_due()
    monkeypatch.undo()
    StripeEvent.objects.update(next_at="2026-01-01T00:00:00Z")

    assert events.process_due() == StripeEvent.objects.count()
    assert portal.plan == "pro"


def test_a_customer_deleted_at_stripe_has_no_plan(portal):
    portal.subscribe("starter")
    customer = portal.stripe.state.table("customer").pop(portal.account.customer_id)
    portal.stripe.state.emit("customer.deleted", customer)

    portal.events_arrive()

    assert (portal.plan, portal.account.customer_id) == ("free", "")


def test_what_the_meter_refuses_afterwards_is_shown_to_staff(portal):
    portal.subscribe("starter")
    batch = MeterBatch.objects.create(
        organization=portal.organization, units=3, occurred_at="2026-11-20T00:00:00Z", status="confirmed"
    )
    with portal.stripe.state.lock:
        payload = {"stripe_customer_id": "cus_gone", "value": "3"}
        params = {"event_name": "spocr_further_scan", "identifier": str(batch.identifier), "payload": payload}
        calls.create_meter_event(portal.stripe.state, params)

    assert portal.events_arrive() == [200]

    batch.refresh_from_db()
    assert batch.status == "stuck"
    assert "meter_event_customer_not_found" in batch.problem


def test_a_thin_event_at_the_other_door_is_refused(local_stripe, db):
    body = json.dumps({"id": "evt_9", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found"}).encode()

    assert post_event("/stripe/events", body, signature(body, SECRET)) == 400
