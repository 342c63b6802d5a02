"""Stripe's events: stored first, each once; then processed by fetching what changed, however often they come.

An event says only that something changed. Its own content is never taken over, because events come
doubled, late and out of order.
"""

import logging
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Organization
from billing import gateway, subscriptions
from billing.gateway import Event
from billing.models import BillingAccount, MeterBatch, StripeEvent

log = logging.getLogger("spocr.billing")
KEEP = timedelta(days=90)
# Each try waits two minutes longer than the last: the sixtieth comes after two and a half days.
RETRY_AFTER = timedelta(minutes=2)
MAX_ATTEMPTS = 60
SUBSCRIPTION_CHANGES = ("checkout.session.", "customer.subscription.", "invoice.", "customer.updated", "charge.")
METER_PROBLEMS = ("v1.billing.meter.error_report_triggered", "v1.billing.meter.no_meter_found")


def receive(event: Event, *, is_thin: bool = False) -> bool:
    """Store a verified event; False: it came before."""
    try:
        with transaction.atomic():
            StripeEvent.objects.create(
                event_id=event.id,
                type=event.type,
                is_thin=is_thin,
                customer_id=event.customer,
                object_id=event.object_id,
                payload=event.payload,
            )
    except IntegrityError:
        return False
    return True


def process_due() -> int:
    """Process what is stored and not yet processed; returns how many. Failures are tried again later."""
    now = timezone.now()
    waiting = StripeEvent.objects.filter(processed_at=None, next_at__lte=now, attempts__lt=MAX_ATTEMPTS)
    return sum(_try(event) for event in waiting.order_by("id"))


def replay(event: StripeEvent) -> None:
    """Process an event (again). Harmless at any time."""
    if event.is_thin:
        _note_meter_problem(event)
        return
    if event.type == "customer.deleted":
        _forget_customer(event)
        return
    account = BillingAccount.objects.filter(customer_id=event.customer_id).select_related("organization").first()
    if account is None or not event.customer_id:
        log.info("The event %s is about no customer of ours", event.event_id)
        return
    if event.type.startswith(SUBSCRIPTION_CHANGES):
        subscriptions.refresh(account.organization)


def replay_now(event: StripeEvent) -> None:
    """Process an event at the wish of staff, and note that it is processed."""
    replay(event)
    StripeEvent.objects.filter(id=event.id).update(processed_at=timezone.now(), problem="")


def forget_old() -> int:
    """Delete processed events after ninety days."""
    old = StripeEvent.objects.filter(received_at__lt=timezone.now() - KEEP).exclude(processed_at=None)
    return old.delete()[0]


def _try(event: StripeEvent) -> bool:
    stored = StripeEvent.objects.filter(id=event.id)
    attempts = event.attempts + 1
    # Claims it as well: a second process sees another number of attempts.
    if not stored.filter(attempts=event.attempts, processed_at=None).update(
        attempts=attempts, next_at=timezone.now() + RETRY_AFTER * attempts
    ):
        return False
    try:
        replay(event)
    except Exception as problem:  # noqa: BLE001 - one bad event must not stop those behind it
        log.warning("The event %s could not be processed: %s", event.event_id, problem)
        stored.update(problem=str(problem)[:2000])
        return False
    stored.update(processed_at=timezone.now(), problem="")
    return True


def _forget_customer(event: StripeEvent) -> None:
    """Somebody deleted the customer at Stripe: no subscription is left."""
    account = BillingAccount.objects.filter(customer_id=event.object_id).first()
    # False: somebody is fetching; the customer is gone all the same.
    while account and not subscriptions.apply(account, None):
        account.refresh_from_db()
    if account:
        BillingAccount.objects.filter(id=account.id).update(customer_id="")


def _note_meter_problem(event: StripeEvent) -> None:
    """Show staff which units the meter took and later refused: without this they were lost in silence."""
    report = gateway.fetch_meter_problem(event.event_id)
    problem = str(report.get("data") or report)[:2000]
    log.error("Stripe's meter reports problems: %s", problem)
    for identifier in _identifiers(report):
        MeterBatch.objects.filter(identifier=identifier).update(status=MeterBatch.Status.STUCK, problem=problem)
    StripeEvent.objects.filter(id=event.id).update(payload=report)


def _identifiers(report: dict[str, object]) -> list[str]:
    """The identifiers of refused events that a report names as samples."""
    data = report.get("data")
    kinds = ((data.get("reason") or {}).get("error_types") or []) if isinstance(data, dict) else []
    samples = [sample for kind in kinds for sample in kind.get("sample_errors") or []]
    return [sample["request"]["identifier"] for sample in samples if (sample.get("request") or {}).get("identifier")]


def organization_of(event: StripeEvent) -> Organization | None:
    """Whom an event is about, for the page of staff."""
    account = BillingAccount.objects.filter(customer_id=event.customer_id).select_related("organization").first()
    return account.organization if account and event.customer_id else None
