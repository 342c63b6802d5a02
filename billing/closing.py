"""What becomes of a subscription when its organization is closed: nobody goes on paying for what is deleted."""

import logging

from accounts import audit
from accounts.audit import Actor
from accounts.errors import SpocrError
from accounts.models import Organization
from billing import gateway, subscriptions
from billing.gateway import PaymentRefused
from billing.models import BillingAccount

log = logging.getLogger("spocr.billing")


def has_subscription(organization: Organization) -> bool:
    """Whether a subscription is running, or running out."""
    return BillingAccount.objects.filter(organization=organization, status__in=subscriptions.LIVE).exists()


def end(organization: Organization, *, by: Actor = audit.SYSTEM) -> bool:
    """Let the subscription of a closed organization end with its period. False: there is none to end.

    Raises:
        PaymentsDown: Stripe does not answer; `end_all` tries again by the clock.
    """
    account = BillingAccount.objects.filter(organization=organization, status__in=subscriptions.LIVE).first()
    if account is None or account.is_ending or not gateway.is_on():
        return False
    subscriptions.set_ending(organization, is_ending=True, by=by)
    return True


def end_all() -> int:
    """End what is still running of organizations that wait for their deletion; returns how many."""
    closed = Organization.objects.exclude(deletion_due_at=None).filter(
        billing_account__status__in=subscriptions.LIVE, billing_account__is_ending=False
    )
    return sum(_try_to_end(organization) for organization in closed)


def cancel_now(organization: Organization) -> None:
    """Cancel what still runs at Stripe, whatever we know of it: the organization is about to be deleted.

    Raises:
        PaymentsDown: Nothing may be deleted yet, or nobody could end the subscription any more.
    """
    account = BillingAccount.objects.filter(organization=organization).exclude(customer_id="").first()
    if account is None:
        return
    if not gateway.is_on():
        log.error("Payments are off: end the subscriptions of customer %s at Stripe by hand", account.customer_id)
        return
    try:
        for held in gateway.subscriptions_of(account.customer_id):
            if held.status in subscriptions.LIVE:
                gateway.cancel(held.id)
        gateway.close_checkouts(account.customer_id)
    except PaymentRefused as problem:
        # Stripe knows no such customer any more: it charges nobody.
        log.error("Customer %s could not be asked for subscriptions: %s", account.customer_id, problem)


def _try_to_end(organization: Organization) -> bool:
    try:
        return end(organization)
    except SpocrError as problem:
        log.warning("The subscription of %s could not be ended: %s", organization.public_id, problem)
        return False
