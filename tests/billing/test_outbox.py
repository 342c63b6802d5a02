"""Billed scans reach the meter once each, whatever fails on the way."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from billing import gateway, outbox, reconciliation, subscriptions, usage
from billing.models import BillableUnit, Kind, MeterBatch, Reconciliation
from billing.usage import Payer

START = datetime(2026, 11, 3, 10, 20, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def paying(clock, portal):
    """Subscribed to further scans; the included hundred are used."""
    portal.subscribe("free")
    portal.allow_spending()
    portal.scan(100)
    return portal


def retry(clock, **after: float) -> int:
    clock.shift(timedelta(**after))
    MeterBatch.objects.update(next_at=timezone.now())
    return outbox.send_due()


def blind_resend(batch: MeterBatch) -> bool:
    """What the sender must not do: the same event again, however long ago."""
    return True


def test_units_of_an_hour_are_one_event(paying, clock):
    for units in (1, 2, 3):
        paying.scan(units)
    assert outbox.send_due() == 0

    assert retry(clock, hours=1) == 1

    assert paying.metered() == 6
    assert MeterBatch.objects.get().units == 6
    paying.demand_agreement()


def test_sending_again_changes_nothing(paying, clock):
    paying.scan(2)
    retry(clock, hours=1)

    assert retry(clock, hours=1) == 0

    assert paying.metered() == 2


def test_a_time_out_after_stripe_took_the_event_is_counted_once(paying, clock):
    paying.scan(4)
    paying.stripe.drops_answers = True
    assert retry(clock, hours=1) == 0
    assert MeterBatch.objects.get().status == "unknown"
    assert paying.metered() == 4

    paying.stripe.drops_answers = False
    assert retry(clock, minutes=5) == 1

    paying.demand_agreement()


def test_a_time_out_that_lasts_a_day_is_resolved_by_asking(paying, clock):
    paying.scan(4)
    paying.stripe.drops_answers = True
    retry(clock, hours=1)
    paying.stripe.drops_answers = False
    posts = len([call for call in paying.stripe.calls if call[1].endswith("meter_events")])

    retry(clock, hours=26)

    assert len([call for call in paying.stripe.calls if call[1].endswith("meter_events")]) == posts
    paying.demand_agreement()


def test_sending_blindly_after_a_day_would_count_twice(paying, clock, monkeypatch):
    """Negative control of the test above."""
    paying.scan(4)
    paying.stripe.drops_answers = True
    retry(clock, hours=1)
    paying.stripe.drops_answers = False
    paying.stripe._answers.clear()  # idempotency keys live a day, too
    monkeypatch.setattr(outbox, "_ask_the_meter", blind_resend)

    retry(clock, hours=26)

    assert paying.metered() == 8
    assert [row.difference for row in reconciliation.compare_all()] == [4]


def test_stripe_down_for_26_hours_loses_and_doubles_nothing(paying, clock):
    paying.stripe.is_down = True
    for _ in range(26):
        paying.scan(3)
        retry(clock, hours=1)
    assert outbox.oldest_unsent_seconds() >= 25 * 3600
    assert paying.metered() == 0

    paying.stripe.is_down = False
    for _ in range(3):
        retry(clock, minutes=30)

    assert paying.metered() == 78
    paying.demand_agreement()


def test_an_answer_lost_before_an_outage_of_26_hours_is_not_counted_twice(paying, clock):
    paying.scan(3)
    paying.stripe.drops_answers = True
    retry(clock, hours=1)
    paying.stripe.drops_answers, paying.stripe.is_down = False, True
    for _ in range(26):
        paying.scan(1)
        retry(clock, hours=1)
    paying.stripe.is_down = False
    paying.stripe._answers.clear()

    for _ in range(3):
        retry(clock, minutes=30)

    paying.demand_agreement()


def test_a_process_killed_between_ledger_and_outbox_leaves_neither(paying, monkeypatch):
    def die(*_):
        raise KeyboardInterrupt

    record = usage.reserve(Payer(paying.organization, "203.0.113.9"), Kind.SCAN)
    monkeypatch.setattr("billing.charges._bill", die)
    with pytest.raises(KeyboardInterrupt):
        usage.settle(record, units=1)
    monkeypatch.undo()

    record.refresh_from_db()
    assert (record.status, BillableUnit.objects.count()) == ("reserved", 0)
    assert usage.settle(record, units=1)
    assert BillableUnit.objects.get().units == 1


def test_a_process_killed_after_stripe_took_the_event_sends_it_once(paying, clock, monkeypatch):
    paying.scan(5)
    clock.shift(timedelta(hours=1))
    report = gateway.report

    def take_and_die(**event):
        report(**event)
        raise KeyboardInterrupt

    monkeypatch.setattr(gateway, "report", take_and_die)
    with pytest.raises(KeyboardInterrupt):
        outbox.send_due()
    monkeypatch.undo()

    retry(clock, minutes=5)

    paying.demand_agreement()


def test_noting_the_send_only_afterwards_would_lose_track(paying, clock):
    """Negative control: a batch taken by Stripe and not noted as tried, a day later, is sent twice."""
    paying.scan(5)
    retry(clock, hours=1)
    MeterBatch.objects.update(status="pending", first_tried_at=None)
    paying.stripe._answers.clear()

    retry(clock, hours=26)

    assert paying.metered() == 10


def test_units_of_a_closed_cycle_go_to_the_next_invoice_and_are_not_lost(paying, clock):
    paying.stripe.is_down = True
    clock.move_to(paying.account.period_end_at - timedelta(minutes=30))
    # Another hundred are included in each cycle; this one's are used.
    paying.scan(7)
    clock.shift(timedelta(hours=5))
    paying.stripe.is_down = False

    outbox.send_due()

    assert MeterBatch.objects.get().reported_as_at == timezone.now()
    paying.demand_agreement()


def test_units_of_a_cycle_that_just_ended_are_sent_at_once_and_in_it(paying, clock):
    end = paying.account.period_end_at
    clock.move_to(end - timedelta(minutes=1))
    paying.scan(7)
    clock.shift(timedelta(minutes=2))

    assert outbox.send_due() == 1

    assert MeterBatch.objects.get().reported_as_at < end
    invoice = gateway.invoices(paying.account.customer_id)[0]
    assert invoice.total == 0  # The local Stripe finalizes at once; the real one waits an hour.


def test_a_plan_changed_in_mid_cycle_bills_to_the_unit(paying, clock):
    paying.scan(5)
    clock.shift(timedelta(days=10))
    subscriptions.change_plan(paying.organization, "starter")
    paying.scan(300)
    paying.scan(2)
    clock.shift(timedelta(days=1))
    subscriptions.change_plan(paying.organization, "pro")
    paying.scan(700)
    paying.scan(4)

    retry(clock, hours=1)

    assert paying.metered() == 5 + 2 + 4
    paying.demand_agreement()


def test_what_stripe_will_never_take_is_shown_and_stops_nothing(paying, clock):
    paying.scan(1)
    retry(clock, hours=1)
    paying.stripe.state.table("billing.meter").clear()
    MeterBatch.objects.update(status="pending", attempts=0, units=0, first_tried_at=None)

    outbox.send_due()

    assert MeterBatch.objects.exclude(status="confirmed").count() <= 1


def test_a_difference_is_reported_to_staff(paying, clock, caplog):
    paying.scan(4)
    retry(clock, hours=1)
    paying.stripe.state.meter_events.clear()

    (row,) = reconciliation.compare_all()

    assert (row.ledger_units, row.reported_units, row.meter_units, row.difference) == (4, 4, 0, -4)
    assert list(reconciliation.differences()) == [row]
    assert "the meter holds 0" in caplog.text


def test_units_that_were_never_sent_are_a_difference(paying, clock):
    paying.scan(4)
    clock.shift(timedelta(hours=3))

    (row,) = reconciliation.compare_all()

    assert (row.ledger_units, row.meter_units) == (4, 0)
    outbox.send_due()
    assert reconciliation.compare_all() == []
    assert Reconciliation.objects.count() == 2


def test_two_senders_never_talk_about_one_customer_at_a_time(paying, clock):
    paying.scan(1)
    clock.shift(timedelta(hours=1))
    outbox.collect()
    paying.scan(1)
    clock.shift(timedelta(hours=1))
    outbox.collect()
    first, second = MeterBatch.objects.order_by("id")

    assert outbox._claim(first)
    assert not outbox._claim(second)
    clock.shift(timedelta(minutes=3))
    assert outbox._claim(second)


def test_without_stripe_nothing_is_sent_and_nothing_is_lost(payer, account, organization):
    usage.settle(usage.reserve(payer, Kind.SCAN, units=103), units=103)

    assert outbox.send_due() == 0
    assert BillableUnit.objects.get().units == 3


def test_units_that_waited_for_36_days_are_told_at_the_present_time(paying, clock):
    paying.scan(7)

    assert retry(clock, days=36) == 1

    assert MeterBatch.objects.get().reported_as_at == timezone.now()
    paying.demand_agreement()


def test_told_at_their_own_time_stripe_would_refuse_them(paying, clock, monkeypatch):
    """Negative control of the test above."""
    paying.scan(7)
    monkeypatch.setattr(outbox, "_reported_as", lambda batch, _: batch.occurred_at)

    assert retry(clock, days=36) == 0

    assert MeterBatch.objects.get().status == "stuck"
    assert [row.difference for row in reconciliation.compare_all()] == [-7]


@pytest.fixture
def tried_before_the_end(paying, clock) -> datetime:
    """Seven units were tried in vain while their cycle was open, which it is no longer; the cycle's end."""
    end = paying.account.period_end_at
    clock.move_to(end - timedelta(minutes=90))
    paying.scan(7)
    paying.stripe.is_down = True
    retry(clock, minutes=65)
    assert MeterBatch.objects.get().reported_as_at < end
    paying.stripe.is_down = False
    clock.shift(timedelta(hours=5))
    return end


def test_a_try_before_its_cycle_closed_is_repeated_on_the_next_invoice(paying, clock, tried_before_the_end):
    assert retry(clock, minutes=1) == 0  # whether Stripe took it is not yet known for sure
    assert paying.metered() == 0

    assert retry(clock, hours=24) == 1

    assert MeterBatch.objects.get().reported_as_at > tried_before_the_end
    paying.demand_agreement()


def test_repeated_at_once_it_would_be_on_no_invoice(paying, clock, tried_before_the_end, monkeypatch):
    """Negative control of the test above."""
    monkeypatch.setattr(outbox, "_is_closed", lambda *_: False)

    assert retry(clock, minutes=1) == 1

    assert MeterBatch.objects.get().reported_as_at < tried_before_the_end
