"""Plans of customers: bought, changed, cancelled; and what follows from what Stripe holds.

Acts ask Stripe and then take over what it holds, by `refresh`; nothing here is granted by an act itself.
A change to a smaller plan costs and refunds nothing: the larger one stays until the period ends.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit, mail
from accounts.audit import Actor
from accounts.errors import Conflict, Invalid, SpocrError
from accounts.models import Organization, User
from billing import gateway, plans
from billing.gateway import PaymentRefused, PaymentsDown, Preview, Subscription
from billing.models import BillingAccount
from billing.plans import Plan

log = logging.getLogger("spocr.billing")
Status = BillingAccount.Status
# A declined card: so long the plan stays, and reminders go out on these days.
GRACE = timedelta(days=14)
REMINDERS = (timedelta(0), timedelta(days=5), timedelta(days=10))
LIVE = {Status.ACTIVE, Status.TRIALING, Status.PAST_DUE, Status.UNPAID, Status.PAUSED, Status.INCOMPLETE}
PAID = {Status.ACTIVE, Status.TRIALING}
MAX_CAP_AMOUNT = 1_000_000_000
# Somebody else fetched meanwhile: so often it is tried again.
FETCHES = 5


class AlreadySubscribed(Conflict):
    """A second subscription would be paid twice."""

    code = "already_subscribed"
    message = "There is a subscription already. Change its plan instead of buying a second one."


class NotSubscribed(Conflict):
    """There is nothing to change."""

    code = "not_subscribed"
    message = "There is no subscription to change. Choose a plan first."


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of plan means: a preview of what is paid now, or None where it begins with the next period."""

    plan: Plan
    preview: Preview | None
    account: BillingAccount


def account_for(organization: Organization) -> BillingAccount:
    """The organization's billing account, made on first need."""
    return BillingAccount.objects.get_or_create(organization=organization)[0]


def start_checkout(
    organization: Organization, person: User, *, plan_id: str, currency: str, address: str | None = None
) -> str:
    """Begin to subscribe; returns the address of Stripe's page. "free": only further scans are paid.

    Raises:
        PaymentsOff, PaymentsDown, AlreadySubscribed, Invalid
        Conflict: The organization is about to be deleted.
    """
    _demand_sold(plan_id, currency)
    if organization.deletion_due_at:
        raise Conflict("This organization is about to be deleted. Keep it first, then subscribe.")
    account = account_for(organization)
    customer = account.customer_id or _become_customer(account, person)
    _demand_unsubscribed(organization, customer)
    page = gateway.checkout(
        customer=customer,
        organization=organization.public_id,
        plan=plan_id,
        currency=account.currency or currency,
        back=_billing_page(),
        language=person.language or "auto",
    )
    # Another page may have been paid until this one closed it.
    _demand_unsubscribed(organization, customer)
    by = Actor.of(person, address)
    audit.record(organization, "billing.checkout_started", by=by, details={"plan": plan_id})
    return page


def open_portal(organization: Organization) -> str:
    """Stripe's page for card, address, tax ids and invoices."""
    account = account_for(organization)
    if not account.customer_id:
        raise NotSubscribed
    return gateway.portal(customer=account.customer_id, back=_billing_page())


def preview_change(organization: Organization, plan_id: str) -> Change:
    """What `change_plan` would do."""
    account, held = _held(organization)
    plan = _demand_sold(plan_id, account.currency)
    if _is_upgrade(held, plan):
        return Change(plan, gateway.preview(held, plan_id), account)
    return Change(plan, None, account)


def change_plan(organization: Organization, plan_id: str, *, by: Actor = audit.SYSTEM) -> BillingAccount:
    """Change to another sold plan: a larger one at once, with the difference paid; a smaller one next period.

    Raises:
        NotSubscribed, PaymentRefused, PaymentsDown
    """
    account, held = _held(organization)
    plan = _demand_sold(plan_id, account.currency)
    now = timezone.now()
    kept_until = held.kept_until if held.kept_until and held.kept_until > now else None
    if plan_id == held.plan:
        raise Invalid(f"The plan is {plan.name} already.")
    if kept_until and plan_id == held.kept_plan:
        gateway.change(held, plan_id, is_prorated=False)
    elif _is_upgrade(held, plan):
        gateway.change(held, plan_id, is_prorated=True)
    else:
        kept = held.kept_plan if kept_until else held.plan
        gateway.change(held, plan_id, is_prorated=False, kept=kept, kept_until=int(held.period_end_at.timestamp()))
    audit.record(organization, "billing.plan_changed", by=by, details={"before": held.plan, "after": plan_id})
    return refresh(organization)


def set_ending(organization: Organization, *, is_ending: bool, by: Actor = audit.SYSTEM) -> BillingAccount:
    """Cancel at the end of the period, or resume before it."""
    account = refresh(organization)
    if account.status not in LIVE:
        raise NotSubscribed
    gateway.set_ending(account.subscription_id, is_ending=is_ending)
    action = "billing.cancelled" if is_ending else "billing.resumed"
    audit.record(organization, action, by=by, details={"plan": account.plan})
    return refresh(organization)


def set_spending(
    organization: Organization, *, is_on: bool, cap_amount: int, by: Actor = audit.SYSTEM
) -> BillingAccount:
    """Switch pay-per-image and set the most that further scans may cost in a cycle, in minor units.

    Raises:
        NotSubscribed: Without a card; begin with a checkout.
        Invalid: An impossible cap.
    """
    if not 0 <= cap_amount <= MAX_CAP_AMOUNT:
        raise Invalid(f"The cap must lie between 0 and {MAX_CAP_AMOUNT} in minor units.", field="cap")
    if is_on and cap_amount == 0:
        raise Invalid("Set a cap above 0: without one, no further scan would be read.", field="cap")
    account = account_for(organization)
    if is_on and account.status not in PAID:
        raise NotSubscribed("Pay-per-image needs a card. Add one first, then switch it on.")
    with transaction.atomic():
        BillingAccount.objects.filter(id=account.id).update(is_pay_per_image=is_on, cap_amount=cap_amount)
        details = {"is_on": is_on, "cap_amount": cap_amount}
        audit.record(organization, "billing.spending_changed", by=by, details=details)
    account.refresh_from_db()
    return account


def assign_plan(organization: Organization, plan_id: str, *, by: Actor = audit.SYSTEM) -> None:
    """Give an organization a plan without payment: an act of staff.

    Raises:
        UnknownPlan
        Conflict: A live subscription decides already.
    """
    plans.get(settings.PLANS_FILE, plan_id)
    account = BillingAccount.objects.filter(organization=organization).first()
    if account and account.status in LIVE:
        raise Conflict("A subscription at Stripe decides about this plan. Cancel it there first.")
    with transaction.atomic():
        Organization.objects.filter(id=organization.id).update(plan=plan_id)
        details = {"before": organization.plan, "after": plan_id}
        audit.record(organization, "billing.plan_assigned", by=by, details=details)
    organization.plan = plan_id


def refresh(organization: Organization) -> BillingAccount:
    """Fetch the organization's subscription from Stripe and take over what it holds now.

    Raises:
        PaymentsDown: Stripe does not answer, or others fetched at the same time again and again.
    """
    for _ in range(FETCHES):
        account = account_for(organization)
        if not account.customer_id:
            return account
        held = _decisive(account.customer_id)
        if applied := apply(account, held):
            return applied
    raise PaymentsDown


@transaction.atomic
def apply(account: BillingAccount, held: Subscription | None) -> BillingAccount | None:
    """Write down what Stripe holds, and give the organization the plan that follows from it.

    Args:
        account: As it was read before `held` was fetched.

    Returns:
        None, with nothing changed, where somebody has written since: what they fetched may be newer.
    """
    known = account.fetched_at
    account = BillingAccount.objects.select_for_update().select_related("organization").get(id=account.id)
    if account.fetched_at != known:
        return None
    was_live = account.status in LIVE
    _copy(account, held)
    if account.status == Status.PAST_DUE:
        account.past_due_since = account.past_due_since or timezone.now()
    else:
        account.past_due_since, account.reminders = None, 0
    account.fetched_at = timezone.now()
    account.save()
    # Where no subscription decides, nor did before, the plan is what staff gave.
    if was_live or account.status in LIVE:
        _put_in_force(account.organization, entitled_plan(account))
    return account


def entitled_plan(account: BillingAccount) -> str:
    """The plan that an account pays for at this moment; one that is past due keeps it for the grace period."""
    now = timezone.now()
    in_grace = account.past_due_since is not None and now < account.past_due_since + GRACE
    if account.status not in PAID and not (account.status == Status.PAST_DUE and in_grace):
        return "free"
    is_kept = account.kept_until is not None and now < account.kept_until
    return account.kept_plan if is_kept else account.plan


def remind_and_end_grace() -> int:
    """Remind owners of failed payments, and end what is no longer paid; returns how many plans changed."""
    changed = 0
    subscribed = BillingAccount.objects.filter(status__in=LIVE).select_related("organization")
    for account in subscribed.iterator():
        if account.status == Status.PAST_DUE:
            _remind(account)
        changed += _put_in_force(account.organization, entitled_plan(account))
    return changed


def _put_in_force(organization: Organization, plan_id: str) -> bool:
    """Give the plan that a subscription pays for; False: it is in force already."""
    with transaction.atomic():
        changed = Organization.objects.filter(id=organization.id).exclude(plan=plan_id).update(plan=plan_id)
        if changed:
            details = {"before": organization.plan, "after": plan_id}
            audit.record(organization, "billing.plan_in_force", by=audit.SYSTEM, details=details)
    return bool(changed)


def refresh_all() -> int:
    """Fetch every subscription anew, for events that never came; returns how many."""
    if not gateway.is_on():
        return 0
    refreshed = 0
    for account in BillingAccount.objects.exclude(customer_id="").select_related("organization").iterator():
        try:
            refresh(account.organization)
            refreshed += 1
        except SpocrError as problem:
            log.warning("The subscription of %s could not be fetched: %s", account.organization, problem)
    return refreshed


def _decisive(customer: str) -> Subscription | None:
    """Of all subscriptions of a customer the one that counts: the oldest live one, else the newest."""
    held = gateway.subscriptions_of(customer)
    live = [each for each in held if each.status in LIVE]
    if len(live) > 1:
        log.error("Customer %s has %s live subscriptions; one must be refunded", customer, len(live))
    # The oldest live one: a doubled checkout does not take over.
    return live[-1] if live else (held[0] if held else None)


def _demand_unsubscribed(organization: Organization, customer: str) -> None:
    if any(held.status in LIVE for held in gateway.subscriptions_of(customer)):
        gateway.close_checkouts(customer)
        refresh(organization)
        raise AlreadySubscribed


def _become_customer(account: BillingAccount, person: User) -> str:
    organization = account.organization
    made = gateway.create_customer(
        organization=organization.public_id, name=organization.name, email=person.email, language=person.language
    )
    BillingAccount.objects.filter(id=account.id, customer_id="").update(customer_id=made)
    account.refresh_from_db()
    return account.customer_id


def _held(organization: Organization) -> tuple[BillingAccount, Subscription]:
    account = refresh(organization)
    if account.status not in LIVE or not account.subscription_id:
        raise NotSubscribed
    if account.status not in PAID:
        raise PaymentRefused("A payment is overdue. Pay the open invoice first, on the payment page.")
    return account, gateway.subscription(account.subscription_id)


def _demand_sold(plan_id: str, currency: str) -> Plan:
    plan = plans.get(settings.PLANS_FILE, plan_id)
    if not plan.is_sold and plan_id != "free":
        raise Invalid(f"The plan {plan.name} is given by our staff. Write to us.", field="plan")
    if currency and currency not in plan.further_scan_price:
        raise Invalid(f"There is no price in {currency.upper()}. Choose one of: usd, jpy, krw.", field="currency")
    return plan


def _is_upgrade(held: Subscription, plan: Plan) -> bool:
    """Whether it costs more than what is paid for until the period ends."""
    now = timezone.now()
    is_kept = held.kept_until is not None and now < held.kept_until
    paid_for = plans.get(settings.PLANS_FILE, held.kept_plan if is_kept else held.plan)
    return plan.price.get(held.currency, 0) > paid_for.price.get(held.currency, 0)


def _copy(account: BillingAccount, held: Subscription | None) -> None:
    if held is None:
        account.status, account.subscription_id, account.plan = Status.NONE, "", ""
        account.is_pay_per_image = False
        return
    account.subscription_id, account.status, account.plan = held.id, held.status, held.plan
    account.currency, account.anchor_at, account.period_end_at = held.currency, held.anchor_at, held.period_end_at
    account.kept_plan, account.kept_until, account.is_ending = held.kept_plan, held.kept_until, held.is_ending
    if held.status not in LIVE:
        account.is_pay_per_image = False


def _remind(account: BillingAccount) -> None:
    since = account.past_due_since or timezone.now()
    due = [delay for delay in REMINDERS[account.reminders :] if timezone.now() >= since + delay]
    reminders = BillingAccount.objects.filter(id=account.id)
    told = account.reminders + len(due)
    if not due or not reminders.filter(reminders=account.reminders).update(reminders=told):
        return
    try:
        mail.to_owners(
            account.organization, "billing/mail/payment_failed.txt", ends_at=since + GRACE, address=_billing_page()
        )
    except OSError as problem:
        # The mail server is away: the next run tries again, and nobody else's plan waits for it.
        log.warning("The owners of %s could not be reminded: %s", account.organization.public_id, problem)
        reminders.filter(reminders=told).update(reminders=account.reminders)


def _billing_page() -> str:
    return f"{settings.SITE_URL}/billing"
