"""The one door to Stripe: our words go in, our values come out. No other module knows its package.

Never called inside a database transaction. Without a key there is no gateway: `is_on` says so.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.errors import Conflict, Invalid, Unavailable

METER_EVENT = "spocr_further_scan"
FURTHER_SCAN = "spocr_further_scan"
# Connecting, reading: a page must not wait longer; what failed is asked again later.
TIMEOUT_SECONDS = (3.05, 10.0)


class PaymentsOff(Conflict):
    """This installation takes no payments."""

    code = "payments_off"
    message = "Billing is switched off on this site. Ask its operator for another plan."


class PaymentsDown(Unavailable):
    """Stripe did not answer, or not well; nothing is known to have changed."""

    code = "payments_down"
    message = "Our payment provider does not answer. Nothing was changed; try again in a few minutes."


class OutcomeUnknown(PaymentsDown):
    """The request may have been carried out."""


class PaymentRefused(Conflict):
    """Stripe refused what was asked, such as a payment by a declined card."""

    code = "payment_refused"


class MeterRefused(Invalid):
    """Stripe will never take this meter event."""

    code = "meter_refused"


class ForgedEvent(Invalid):
    """The signature of an event is wrong, missing or too old."""

    code = "forged_event"
    message = "The signature of this event is not valid. Check the secret of the webhook endpoint."


@dataclass(frozen=True, slots=True)
class Subscription:
    """What Stripe holds of one subscription now.

    Attributes:
        plan: Id of the flat price's plan; "free" where only further scans are paid.
        kept_plan: A larger plan that is paid for until `kept_until`, after a change to a smaller one.
        organization: Public id of ours.
    """

    id: str
    customer: str
    status: str
    plan: str
    currency: str
    anchor_at: datetime
    period_end_at: datetime
    is_ending: bool
    flat_item: str
    kept_plan: str
    kept_until: datetime | None
    organization: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """One bill; amounts in minor units."""

    number: str
    created_at: datetime
    status: str
    total: int
    amount_paid: int
    currency: str
    page: str
    pdf: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change of plan costs now: lines of (words, amount), and their sum, in minor units."""

    lines: tuple[tuple[str, int], ...]
    total: int
    currency: str


@dataclass(frozen=True, slots=True)
class Event:
    """A verified event of either kind: what changed, never how."""

    id: str
    type: str
    customer: str
    object_id: str
    payload: dict[str, Any]


def is_on() -> bool:
    """Whether this installation takes payments."""
    return bool(settings.STRIPE_SECRET_KEY) and settings.EDITION != "self_hosted"


def api() -> stripe.StripeClient:
    """The client for the present settings.

    Raises:
        PaymentsOff
    """
    if not is_on():
        raise PaymentsOff
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_ADDRESS)


@cache
def _client(key: str, address: str) -> stripe.StripeClient:
    if address and not key.startswith("sk_test_"):
        raise ImproperlyConfigured("SPOCR_STRIPE_ADDRESS would send a live key elsewhere. Unset it.")
    http = stripe.RequestsClient(timeout=TIMEOUT_SECONDS)
    if not address:
        return stripe.StripeClient(key, http_client=http, max_network_retries=2)
    everywhere: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), address)
    return stripe.StripeClient(key, http_client=http, max_network_retries=0, base_addresses=everywhere)


@contextmanager
def translated() -> Iterator[None]:
    """Stripe's errors in our words."""
    try:
        yield
    except stripe.APIConnectionError as error:
        raise OutcomeUnknown from error
    except stripe.CardError as error:
        raise PaymentRefused(f"The card was declined: {error.user_message}. Use another card.") from error
    except stripe.InvalidRequestError as error:
        raise PaymentRefused(f"The payment provider refused this: {error.user_message}") from error
    except stripe.StripeError as error:
        raise PaymentsDown from error


# -- Checkout, portal and changes -------------------------------------------------------


def create_customer(*, organization: str, name: str, email: str, language: str = "") -> str:
    """A customer for an organization, whose invoices are in their language; asking twice makes one."""
    params: Any = {"name": name, "email": email, "metadata": {"organization": organization}}
    if language:
        params["preferred_locales"] = [language]
    # Another owner, or one who changed their name, asks for something else: Stripe refuses that under the same key.
    asked = hashlib.sha256(json.dumps(params).encode()).hexdigest()
    with translated():
        made = api().v1.customers.create(params, {"idempotency_key": f"customer-{asked}"})
    return made.id


def checkout(*, customer: str, organization: str, plan: str, currency: str, back: str, language: str = "auto") -> str:
    """A page of Stripe where the customer subscribes; its address. Plan "free": further scans alone."""
    prices = _prices()
    flat: list[Any] = [{"price": prices[_lookup(plan)], "quantity": 1}] if plan != "free" else []
    params: Any = {
        "mode": "subscription",
        "customer": customer,
        "client_reference_id": organization,
        "currency": currency,
        "line_items": [*flat, {"price": prices[FURTHER_SCAN]}],
        "locale": language,
        "metadata": {"organization": organization},
        "subscription_data": {"metadata": {"organization": organization}},
        "tax_id_collection": {"enabled": True},
        "customer_update": {"name": "auto", "address": "auto"},
        "success_url": f"{back}?checkout=done",
        "cancel_url": f"{back}?checkout=left",
    }
    with translated():
        page = api().v1.checkout.sessions.create(params)
        close_checkouts(customer, but=page.id)
        return str(page.url)


def close_checkouts(customer: str, *, but: str = "") -> None:
    """Close every open page of a checkout: of two that lie open side by side, both could be paid."""
    with translated():
        for page in api().v1.checkout.sessions.list({"customer": customer, "status": "open", "limit": 100}).data:
            # One that was paid or ran out meanwhile cannot be closed any more.
            with suppress(stripe.InvalidRequestError):
                if page.id != but:
                    api().v1.checkout.sessions.expire(page.id)


def portal(*, customer: str, back: str) -> str:
    """A page of Stripe for card, tax ids, address and invoices; its address."""
    with translated():
        return api().v1.billing_portal.sessions.create({"customer": customer, "return_url": back}).url


def subscription(subscription_id: str) -> Subscription:
    """What Stripe holds now."""
    with translated():
        return _subscription(api().v1.subscriptions.retrieve(subscription_id))


def subscriptions_of(customer: str) -> list[Subscription]:
    """Every subscription of a customer, ended ones too, newest first."""
    with translated():
        found = api().v1.subscriptions.list({"customer": customer, "status": "all", "limit": 100})
        return [_subscription(each) for each in found.data]


def preview(held: Subscription, plan: str) -> Preview:
    """What a change to a larger plan costs for the rest of the period."""
    params: Any = {
        "customer": held.customer,
        "subscription": held.id,
        "subscription_details": {"items": [_item(held, plan)], "proration_behavior": "always_invoice"},
    }
    with translated():
        made = api().v1.invoices.create_preview(params)
    lines = tuple((line.description or "", line.amount) for line in made.lines.data)
    return Preview(lines, made.total, made.currency)


def change(held: Subscription, plan: str, *, is_prorated: bool, kept: str = "", kept_until: int = 0) -> Subscription:
    """Change the plan. Prorated: the difference is paid at once. Else the next period costs what it costs.

    Args:
        kept: A larger plan that is already paid for, and until when (seconds since 1970).

    Raises:
        PaymentRefused: The card was declined; nothing has changed.
    """
    params: Any = {
        "items": [_item(held, plan)],
        "proration_behavior": "always_invoice" if is_prorated else "none",
        "metadata": {"kept_plan": kept, "kept_until": str(kept_until) if kept else ""},
    }
    if is_prorated:
        params["payment_behavior"] = "error_if_incomplete"
    with translated():
        return _subscription(api().v1.subscriptions.update(held.id, params))


def set_ending(subscription_id: str, *, is_ending: bool) -> Subscription:
    """Cancel at the end of the period, or take that back."""
    with translated():
        changed = api().v1.subscriptions.update(subscription_id, {"cancel_at_period_end": is_ending})
        return _subscription(changed)


def cancel(subscription_id: str) -> None:
    """End a subscription at once. What the meter holds is billed, nothing is given back."""
    with translated():
        api().v1.subscriptions.cancel(subscription_id, {"invoice_now": True, "prorate": False})


def invoices(customer: str, *, limit: int = 24) -> list[Invoice]:
    """The customer's invoices, newest first."""
    with translated():
        found = api().v1.invoices.list({"customer": customer, "limit": limit})
    return [
        Invoice(
            number=each.number or each.id or "",
            created_at=_time(each.created),
            status=each.status or "draft",
            total=each.total,
            amount_paid=each.amount_paid,
            currency=each.currency,
            page=each.hosted_invoice_url or "",
            pdf=each.invoice_pdf or "",
        )
        for each in found.data
    ]


def tax_ids(customer: str) -> list[str]:
    """The customer's tax ids, as they stand on its invoices."""
    with translated():
        return [each.value for each in api().v1.customers.tax_ids.list(customer, {"limit": 10}).data]


# -- The meter --------------------------------------------------------------------------


def report(*, customer: str, units: int, identifier: str, at: datetime) -> None:
    """Tell the meter of billed scans; the same identifier again changes nothing.

    Raises:
        OutcomeUnknown: It may or may not be counted.
        PaymentsDown: It is not counted.
        MeterRefused: It never will be.
    """
    event: Any = {
        "event_name": METER_EVENT,
        "identifier": identifier,
        "timestamp": int(at.timestamp()),
        "payload": {"stripe_customer_id": customer, "value": str(units)},
    }
    try:
        api().v1.billing.meter_events.create(event, {"idempotency_key": identifier})
    except stripe.APIConnectionError as error:
        raise OutcomeUnknown from error
    except stripe.InvalidRequestError as error:
        if "already exists with identifier" not in str(error):
            raise MeterRefused(str(error.user_message or error)) from error
    except stripe.StripeError as error:
        # A server error may come after the event was taken.
        raise (OutcomeUnknown if (error.http_status or 0) >= 500 else PaymentsDown) from error


def metered(*, customer: str, start: datetime, end: datetime) -> int:
    """What the meter holds for a customer in whole minutes from `start` up to `end`."""
    window: Any = {
        "customer": customer,
        "start_time": int(start.timestamp()),
        "end_time": int(end.timestamp()),
        "limit": 100,
    }
    with translated():
        found = api().v1.billing.meters.event_summaries.list(meter_id(), window)
        return round(sum(each.aggregated_value for each in found.auto_paging_iter()))


def meter_id() -> str:
    """The meter that `stripe_sync` made.

    Raises:
        PaymentRefused: There is none yet.
    """
    with translated():
        for meter in api().v1.billing.meters.list({"status": "active", "limit": 100}).auto_paging_iter():
            if meter.event_name == METER_EVENT:
                return meter.id
    raise PaymentRefused("Stripe has no meter of ours yet. Run: manage.py stripe_sync")


# -- Events -----------------------------------------------------------------------------


def read_event(body: bytes, signature: str) -> Event:
    """A snapshot event whose signature is right and younger than five minutes.

    Raises:
        ForgedEvent
    """
    _demand_secret(settings.STRIPE_WEBHOOK_SECRET)
    try:
        event = api().construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET)
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise ForgedEvent from error
    payload = event.to_dict()
    changed = payload["data"]["object"]
    customer = changed["id"] if changed.get("object") == "customer" else changed.get("customer") or ""
    return Event(event.id, event.type, str(customer), str(changed.get("id") or ""), payload)


def read_meter_event(body: bytes, signature: str) -> Event:
    """A thin event about the meter.

    Raises:
        ForgedEvent
    """
    _demand_secret(settings.STRIPE_METER_WEBHOOK_SECRET)
    try:
        notice: Any = api().parse_event_notification(body, signature, settings.STRIPE_METER_WEBHOOK_SECRET)
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise ForgedEvent from error
    related = getattr(notice, "related_object", None)
    return Event(notice.id, notice.type, "", related.id if related else "", json.loads(body))


def fetch_meter_problem(event_id: str) -> dict[str, Any]:
    """The whole of a thin event: which meter events were refused and why."""
    with translated():
        return dict(api().v2.core.events.retrieve(event_id).to_dict())


def _demand_secret(secret: str) -> None:
    if not secret or not is_on():
        raise PaymentsOff


def _subscription(held: Any) -> Subscription:
    items = held["items"].data
    flat = next((item for item in items if item.price.recurring.usage_type == "licensed"), None)
    about = held.metadata.to_dict() if held.metadata else {}
    kept_until = about.get("kept_until") or ""
    return Subscription(
        id=held.id,
        customer=held.customer,
        status=held.status,
        plan=flat.price.metadata["plan"] if flat else "free",
        currency=held.currency,
        anchor_at=_time(held.billing_cycle_anchor),
        period_end_at=_time(max(item.current_period_end for item in items)),
        is_ending=bool(held.cancel_at_period_end),
        flat_item=flat.id if flat else "",
        kept_plan=about.get("kept_plan") or "",
        kept_until=_time(int(kept_until)) if kept_until else None,
        organization=about.get("organization") or "",
    )


def _item(held: Subscription, plan: str) -> dict[str, Any]:
    if plan == "free":
        return {"id": held.flat_item, "deleted": True}
    item: dict[str, Any] = {"price": _prices()[_lookup(plan)], "quantity": 1}
    return {**item, "id": held.flat_item} if held.flat_item else item


def _prices() -> dict[str, str]:
    """Our active prices at Stripe: lookup key to id."""
    with translated():
        found = api().v1.prices.list({"active": True, "limit": 100})
        ours = {price.lookup_key: price.id for price in found.auto_paging_iter() if price.lookup_key}
    if FURTHER_SCAN not in ours:
        raise PaymentRefused("Stripe has no prices of ours yet. Run: manage.py stripe_sync")
    return ours


def _lookup(plan: str) -> str:
    return f"spocr_{plan}_month"


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
