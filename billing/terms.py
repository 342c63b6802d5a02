"""On which terms an organization reads now: plan, cycle, price of further scans and their cap."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from accounts.models import Organization
from accounts.prepared import Prepared
from billing import cycles, plans
from billing.cycles import Cycle
from billing.models import BillingAccount
from billing.plans import Plan

SELF_HOSTED = "self_hosted"
_of_organization = Prepared(lambda: BillingAccount.objects.filter(organization=0))


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for scans at one moment.

    Attributes:
        cycle: The month in which included scans and the cap count.
        is_pay_per_image: Scans past the included ones are read and billed.
        unit_price: Of a further scan, in minor units of the currency.
        cap_amount: The most that further scans may cost in the cycle, in minor units.
    """

    plan: Plan
    cycle: Cycle
    currency: str
    is_pay_per_image: bool
    unit_price: int
    cap_amount: int

    @property
    def cap_units(self) -> int:
        """Further scans that the cap pays for."""
        if not self.is_pay_per_image:
            return 0
        return self.cap_amount // self.unit_price


def of(organization: Organization, now: datetime) -> Terms:
    """The terms of an organization at `now`.

    Raises:
        UnknownPlan: Its plan was taken out of the plan table.
    """
    account = account_of(organization)
    plan = plans.get(settings.PLANS_FILE, plan_id(organization, account, now))
    currency = (account.currency if account else "") or settings.BILLING_CURRENCY
    price = plan.further_scan_price.get(currency, 0)
    return Terms(
        plan=plan,
        cycle=cycles.at((account and account.anchor_at) or organization.created_at, now),
        currency=currency,
        is_pay_per_image=bool(account and price and may_go_on(account)),
        unit_price=price,
        cap_amount=account.cap_amount if account else 0,
    )


def plan_of(organization: Organization | None) -> Plan:
    """The plan that staff or a subscription gave; a visitor reads on the free one."""
    if settings.EDITION == SELF_HOSTED:
        return plans.get(settings.PLANS_FILE, SELF_HOSTED)
    return plans.get(settings.PLANS_FILE, organization.plan if organization else "free")


def plan_id(organization: Organization, account: BillingAccount | None, now: datetime) -> str:
    """The plan in force, to the second: one that was paid until `kept_until` ends by itself."""
    if settings.EDITION == SELF_HOSTED:
        return SELF_HOSTED
    is_over = account and account.kept_until and now >= account.kept_until
    if account and is_over and organization.plan == account.kept_plan:
        return account.plan or "free"
    return organization.plan


def may_go_on(account: BillingAccount) -> bool:
    """Whether scans past the included ones may be billed: switched on, and no payment is overdue.

    Without a subscription at Stripe this is an agreement that staff made.
    """
    healthy = {BillingAccount.Status.NONE, BillingAccount.Status.ACTIVE, BillingAccount.Status.TRIALING}
    return account.is_pay_per_image and account.status in healthy


def account_of(organization: Organization) -> BillingAccount | None:
    """The organization's billing account, freshly read: with each scan, so it is not put together anew each time."""
    return _of_organization.get(organization.id)
