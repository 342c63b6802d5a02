"""Whatever happens in whatever order, the ledger adds up and no cap is passed."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from accounts import organizations
from billing import caps, usage
from billing.models import BillableUnit, BillingAccount, Kind, UsageCounter, UsageRecord
from billing.usage import CapReached, Payer
from tests.billing.conftest import demand_agreement, total
from tests.conftest import person

PRICE = 5


class Ledger(RuleBasedStateMachine):
    """One organization; a second count of what was promised, kept by hand."""

    def __init__(self) -> None:
        super().__init__()
        UsageRecord.objects.all().delete()
        UsageCounter.objects.all().delete()
        BillableUnit.objects.all().delete()
        owner = person(f"owner-{timezone.now().timestamp()}@example.org")
        self.organization = organizations.create(owner)
        BillingAccount.objects.create(
            organization=self.organization, currency="usd", is_pay_per_image=True, cap_amount=300
        )
        self.open: list[UsageRecord] = []
        self.now = timezone.now()
        # Not time_machine: Hypothesis needs the true clock.
        self.clock = patch.object(timezone, "now", lambda: self.now)
        self.clock.start()

    def teardown(self) -> None:
        self.clock.stop()

    @property
    def payer(self) -> Payer:
        return Payer(self.organization, "203.0.113.9")

    @rule(units=st.integers(1, 90))
    def reserve(self, units):
        self._reserve(units)

    @rule(too_many=st.integers(0, 1))
    def reserve_the_rest(self, too_many):
        self._reserve(max(usage.remaining(self.payer, Kind.SCAN) + too_many, 1))

    @rule()
    def settle_everything(self):
        while self.open:
            record = self.open.pop()
            assert usage.settle(record, units=record.units)

    def _reserve(self, units):
        room = usage.remaining(self.payer, Kind.SCAN)
        try:
            self.open.append(usage.reserve(self.payer, Kind.SCAN, units=units))
        except CapReached as refusal:
            assert units > room == refusal.details["processable"]
        else:
            assert units <= room

    @precondition(lambda self: self.open)
    @rule(data=st.data(), share=st.floats(0, 1))
    def settle(self, data, share):
        record = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
        assert usage.settle(record, units=round(record.units * share))
        assert not usage.settle(record, units=record.units)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def release(self, data):
        record = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
        assert usage.release(record)
        assert not usage.release(record)

    @rule(plan=st.sampled_from(["free", "starter"]))
    def change_plan(self, plan):
        self.organization.plan = plan
        self.organization.save()

    @rule(is_on=st.booleans(), cap=st.integers(0, 400))
    def switch_pay_per_image(self, is_on, cap):
        BillingAccount.objects.update(is_pay_per_image=is_on, cap_amount=cap)

    @rule(days=st.integers(1, 40))
    def time_passes(self, days):
        self.now += timedelta(days=days)

    @invariant()
    def the_ledger_adds_up(self):
        demand_agreement(self.organization)

    @invariant()
    def nobody_is_billed_more_than_any_cap_that_was_set(self):
        assert all(sum_of <= 400 for sum_of in self._billed_by_period().values())

    def _billed_by_period(self):
        units = BillableUnit.objects.all()
        return {
            period: total(units.filter(period=period), "units") * PRICE
            for period in units.values_list("period", flat=True).distinct()
        }


def run(machine) -> None:
    settings_of_run = settings(
        max_examples=10,
        stateful_step_count=20,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
    )
    run_state_machine_as_test(machine, settings=settings_of_run)


def test_the_ledger_adds_up_after_any_history(db):
    run(Ledger)


def test_the_machine_notices_a_cap_that_leaks(db, monkeypatch):
    """Negative control: one unit too many passes."""
    exact = caps._room_for
    monkeypatch.setattr(caps, "_room_for", lambda cap, units: exact(cap, max(units - 1, 0)))

    with pytest.raises(AssertionError):
        run(Ledger)


def test_the_machine_notices_a_billed_scan_that_is_lost(db, monkeypatch):
    """Negative control: the outbox row is not written."""
    monkeypatch.setattr("billing.charges._bill", lambda *_: None)

    with pytest.raises(AssertionError):
        run(Ledger)
