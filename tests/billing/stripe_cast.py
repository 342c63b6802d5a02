"""A portal with its local Stripe, and the acts of people there."""

from dataclasses import dataclass
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.test import Client

from accounts.models import Organization, User
from billing import events, outbox, reconciliation, subscriptions, usage
from billing.models import BillableUnit, BillingAccount, Kind, MeterBatch
from billing.usage import Payer
from tests.billing.conftest import total
from tests.fakes.stripe import webhooks
from tests.fakes.stripe.server import LocalStripe


@dataclass
class Portal:
    """The organization's owner in front of our pages and Stripe's."""

    stripe: LocalStripe
    organization: Organization
    owner: User

    @property
    def account(self) -> BillingAccount:
        return BillingAccount.objects.get(organization=self.organization)

    @property
    def plan(self) -> str:
        self.organization.refresh_from_db()
        return self.organization.plan

    @property
    def subscription(self) -> dict:
        return list(self.stripe.state.table("subscription").values())[-1]

    def subscribe(self, plan: str = "starter", *, currency: str = "usd") -> None:
        """Check out with a good card; the events arrive."""
        self.click(self.checkout(plan, currency=currency), card="good")
        self.events_arrive()

    def checkout(self, plan: str, *, currency: str = "usd") -> str:
        return subscriptions.start_checkout(self.organization, self.owner, plan_id=plan, currency=currency)

    def click(self, address: str, **form: str) -> str:
        """Press a button on a page of Stripe; returns what stands on the page."""
        body = "&".join(f"{name}={value}" for name, value in form.items())
        # Where Stripe sends the customer back to, no portal listens in a test.
        with no_redirect(Request(address, body.encode())) as answer:
            return answer.read().decode()

    def events_arrive(self, **switches) -> list[int]:
        statuses = webhooks.deliver(self.stripe.state, post_event, **switches)
        events.process_due()
        return statuses

    def scan(self, units: int) -> None:
        payer = Payer(Organization.objects.get(id=self.organization.id), "203.0.113.9")
        usage.settle(usage.reserve(payer, Kind.SCAN, units=units), units=units)

    def allow_spending(self, cap_amount: int = 100_000) -> None:
        subscriptions.set_spending(self.organization, is_on=True, cap_amount=cap_amount)

    def metered(self) -> int:
        return self.stripe.state.metered(self.account.customer_id, 0, 2**40)

    def demand_agreement(self) -> None:
        """The ledger, the outbox and the meter say the same number, and nothing waits."""
        billed = total(BillableUnit.objects.filter(organization=self.organization), "units")
        sent = MeterBatch.objects.filter(organization=self.organization)
        assert self.metered() == billed
        assert total(sent.filter(status="confirmed"), "units") == billed
        assert not sent.exclude(status="confirmed").exists()
        assert outbox.oldest_unsent_seconds() == 0
        assert reconciliation.compare_all() == []


def post_event(path: str, body: bytes, signature: str) -> int:
    answer = Client().post(path, body, content_type="application/json", headers={"Stripe-Signature": signature})
    return answer.status_code


def no_redirect(request: Request):
    class Stay(HTTPRedirectHandler):
        def http_error_303(self, request, answer, code, message, headers):
            return answer

    return build_opener(Stay).open(request, timeout=10)
