"""Webhooks: where an organization is told, what it is told about, and the log of it. `deliveries` sends.

An event and its deliveries are rows of the transaction in which the thing happened: what was not
committed is never told, and what was is told at least once.
"""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import audit, sealing
from accounts.audit import Actor
from accounts.errors import NotFound, WrongValue
from accounts.models import Organization
from accounts.prepared import Prepared
from billing import notices
from ocr import queue, safe_http, signing
from ocr.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from ocr.web_address import UrlRefused

Json = dict[str, Any]

API_VERSION = "2026-11-01"
EVENTS = ("ocr.completed", "ocr.failed", "item.created", "item.updated", "usage.threshold")
TEST = "webhook.test"
KEEP_EVENTS = timedelta(days=30)
FORMER_SECRET_LIVES = timedelta(hours=24)
PAUSED = "Paused by hand."
UNUSABLE = "Must be whsec_ and the base64 of 24 to 64 random bytes. Leave it out and one is made."


def configure(
    organization: Organization, url: str, events: Sequence[str], secret: str = "", *, by: Actor = audit.SYSTEM
) -> tuple[WebhookEndpoint, str]:
    """Set or change the webhook; it is switched on. The second value is a secret that nobody has been told, else "".

    Args:
        url: https, on a public host.
        secret: The caller's own; "" keeps the present one or makes the first.

    Raises:
        WrongValue: One of them cannot be used.
    """
    demand_address(url)
    if unknown := sorted(set(events) - {*EVENTS, TEST}):
        raise WrongValue("events", f"There is no event {unknown[0][:80]!r}. Choose from: {', '.join(EVENTS)}.")
    if secret and not signing.is_secret(secret):
        raise WrongValue("secret", UNUSABLE)
    with transaction.atomic():
        endpoint, first_secret = _endpoint_of(organization)
        if secret:
            _replace_secret(endpoint, secret, is_first=bool(first_secret))
        elif not endpoint.url:  # an upload's own webhookUrl may have made a secret that nobody has seen
            first_secret = sealing.unseal(endpoint.sealed_secret)
        action = "webhook.changed" if endpoint.url else "webhook.created"
        endpoint.url, endpoint.events = url, list(dict.fromkeys(events))
        endpoint.disabled_at, endpoint.disabled_reason = None, ""
        endpoint.save()
        details = {"events": endpoint.events, "has_new_secret": bool(secret or first_secret)}
        audit.record(organization, action, by=by, subject=url, details=details)
    return endpoint, secret or first_secret


def get(organization: Organization) -> WebhookEndpoint:
    """The webhook.

    Raises:
        NotFound: None is set.
    """
    endpoint = WebhookEndpoint.objects.filter(organization=organization).exclude(url="").first()
    if endpoint is None:
        raise NotFound("There is no webhook yet. Set one: PUT /webhook.")
    return endpoint


def remove(organization: Organization, *, by: Actor = audit.SYSTEM) -> None:
    """Tell nothing any more; what was on its way is given up.

    Raises:
        NotFound: None is set.
    """
    endpoint = get(organization)
    with transaction.atomic():
        WebhookEndpoint.objects.filter(id=endpoint.id).update(url="", events=[])
        give_up_standing(organization)
        audit.record(organization, "webhook.removed", by=by, subject=endpoint.url)


def pause(organization: Organization, *, by: Actor) -> None:
    """Tell nothing until `resume`; what happens meanwhile is not told later, what is on its way still is.

    Raises:
        NotFound: None is set.
    """
    endpoint = get(organization)
    with transaction.atomic():
        active = WebhookEndpoint.objects.filter(id=endpoint.id, disabled_at=None)
        if active.update(disabled_at=timezone.now(), disabled_reason=PAUSED):
            audit.record(organization, "webhook.paused", by=by, subject=endpoint.url)


def resume(organization: Organization, *, by: Actor) -> None:
    """Tell again from now on.

    Raises:
        NotFound: None is set.
    """
    endpoint = get(organization)
    with transaction.atomic():
        switched_off = WebhookEndpoint.objects.filter(id=endpoint.id, disabled_at__isnull=False)
        if switched_off.update(disabled_at=None, disabled_reason=""):
            audit.record(organization, "webhook.resumed", by=by, subject=endpoint.url)


def give_up_standing(organization: Organization) -> None:
    """Cancel what is on its way to the organization's webhook."""
    waiting = organization.webhook_deliveries.filter(status=WebhookDelivery.Status.PENDING, is_for_upload=False)
    waiting.update(status=WebhookDelivery.Status.CANCELLED, finished_at=timezone.now())


def rotate(organization: Organization, *, by: Actor = audit.SYSTEM) -> tuple[WebhookEndpoint, str]:
    """Make a new secret. For 24 hours the former one signs as well, so that receivers can change over."""
    with transaction.atomic():
        endpoint, secret = _endpoint_of(organization)
        if not secret:
            secret = signing.new_secret()
            _replace_secret(endpoint, secret, is_first=False)
            endpoint.save()
        audit.record(organization, "webhook.rotated", by=by, subject=endpoint.url)
    return endpoint, secret


def live_secrets(organization: Organization) -> list[str]:
    """The secrets that sign now, the newest first. One is made where there was none.

    Raises:
        CannotBeOpened
    """
    endpoint, _ = _endpoint_of(organization)
    live = [endpoint.sealed_secret]
    if endpoint.former_until and endpoint.former_until > timezone.now():
        live.append(endpoint.sealed_former_secret)
    return [sealing.unseal(sealed) for sealed in live]


def demand_address(url: str, *, field: str = "url") -> None:
    """Refuse an address that nothing would be sent to.

    Raises:
        WrongValue: Not https, not a plain URL, or no public host at this moment.
    """
    try:
        safe_http.demand_reachable(url, policy(), https_only=not settings.WEBHOOK_ALLOW_HTTP)
    except UrlRefused as error:
        raise WrongValue(field, str(error)) from error


def policy() -> safe_http.Policy:
    """What a webhook may be sent to, and how long its receiver may take."""
    return safe_http.Policy(
        allowed_networks=settings.WEBHOOK_ALLOWED_NETWORKS,
        allowed_ports=frozenset({80, 443, 8443}),
        total_timeout_seconds=settings.WEBHOOK_TIMEOUT_SECONDS,
        max_redirects=0,
    )


def emit(organization: Organization, kind: str, data: Callable[[], Json], *, upload_url: str = "") -> None:
    """Tell that something happened; part of the transaction in which it does.

    Args:
        data: Makes the body's `data`; not called when nobody wants to know.
        upload_url: An address that is told, whatever the organization's webhook is.
    """
    standing = _listening(organization, kind)
    if standing or upload_url:
        _write(organization, kind, data(), standing=standing, for_upload=[upload_url] if upload_url else [])


def is_wanted(organization: Organization, kind: str) -> bool:
    """Whether the organization's webhook hears such events: asked once before many of them."""
    return bool(_listening(organization, kind))


def send_test(organization: Organization) -> WebhookDelivery:
    """Send a `webhook.test` event now, whichever events are chosen.

    Raises:
        NotFound: No webhook is set.
    """
    endpoint = get(organization)
    sent = _write(organization, TEST, {"message": "It works."}, standing=[endpoint.url], for_upload=[])
    return sent[0]


def redeliver(organization: Organization, public_id: str) -> WebhookDelivery:
    """Send an event once more, with the same id and bytes, as a delivery of its own.

    Raises:
        NotFound: No such delivery in this organization, or its payload is no longer kept.
    """
    former = delivery(organization, public_id)
    if not former.event.body:
        raise NotFound("The payload of this delivery is kept no longer, as your organization has chosen.")
    with transaction.atomic():
        again = organization.webhook_deliveries.create(
            event=former.event, url=former.url, is_for_upload=former.is_for_upload
        )
        _ring_after_commit(1)
    return delivery(organization, again.public_id)


def delivery(organization: Organization, public_id: str) -> WebhookDelivery:
    """One delivery with its event and its attempts.

    Raises:
        NotFound
    """
    found = organization.webhook_deliveries.select_related("event").prefetch_related("log")
    if (one := found.filter(public_id=public_id).first()) is None:
        raise NotFound("There is no such delivery. Deliveries are kept for 30 days.")
    return one


def listed(
    organization: Organization, *, status: str, after: str, limit: int, kind: str = "", target: str = ""
) -> list[WebhookDelivery]:
    """Deliveries, newest first.

    Args:
        status, kind: Of the delivery and of its event; "" for all.
        after: The last one of the page before, or "".
        target: webhook, or upload for the addresses that uploads name; "" for both.
    """
    found = organization.webhook_deliveries.select_related("event").order_by("-id")
    if status:
        found = found.filter(status=status)
    if kind:
        found = found.filter(event__type=kind)
    if target:
        found = found.filter(is_for_upload=target == "upload")
    if after:
        found = found.filter(id__lt=delivery(organization, after).id)
    return list(found[:limit])


def announce_thresholds() -> None:
    """Tell about the usage thresholds that billing has noted and nobody has been told of."""
    for notice in notices.unannounced():
        with transaction.atomic():
            if notices.mark_announced(notice):
                told = {"period": notice.period, "subject": notice.subject, "percent": notice.percent}
                amounts = {"used": notice.used, "limit": notice.limit}
                emit(notice.organization, "usage.threshold", lambda told=told | amounts: told)  # type: ignore[misc]


def forget_old_events() -> None:
    """Delete events past their time, with deliveries and attempts."""
    WebhookEvent.objects.filter(created_at__lt=timezone.now() - KEEP_EVENTS).delete()


def forget_old_payloads() -> None:
    """Empty the bodies, which hold results, that an organization keeps no longer and that are not on their way."""
    on_their_way = WebhookDelivery.objects.filter(event=OuterRef("id"), status=WebhookDelivery.Status.PENDING)
    chosen = Organization.objects.exclude(keep_results_days=None)
    for days in chosen.order_by().values_list("keep_results_days", flat=True).distinct():
        old = WebhookEvent.objects.filter(
            ~Exists(on_their_way),
            organization__keep_results_days=days,
            created_at__lt=timezone.now() - timedelta(days=days or 0),
        )
        old.exclude(body="").update(body="")


def _listening(organization: Organization, kind: str) -> list[str]:
    """The address of the webhook, if it hears events of this kind."""
    endpoint = _endpoint_in_use.get(organization.id, "")
    return [endpoint.url] if endpoint and kind in endpoint.events else []


_endpoint_in_use = Prepared(
    lambda: WebhookEndpoint.objects.filter(Q(organization_id=0), Q(disabled_at=None), ~Q(url=""))
)
# The same as a condition within another statement, whatever the endpoint hears; its parameter: the organization.
NO_ENDPOINT_IN_USE = (
    "NOT EXISTS (SELECT 1 FROM ocr_webhookendpoint WHERE organization_id = %s AND disabled_at IS NULL AND url <> '')"
)


def _write(
    organization: Organization, kind: str, data: Json, *, standing: list[str], for_upload: list[str]
) -> list[WebhookDelivery]:
    event = WebhookEvent(organization=organization, type=kind)
    about = {
        "id": event.public_id,
        "type": kind,
        "apiVersion": API_VERSION,
        "createdAt": int(event.created_at.timestamp() * 1000),
        "data": data,
    }
    event.body = json.dumps(about, ensure_ascii=False, separators=(",", ":"))
    with transaction.atomic():
        event.save()
        deliveries = [
            organization.webhook_deliveries.create(event=event, url=url, is_for_upload=url not in standing)
            for url in dict.fromkeys([*standing, *for_upload])
        ]
        _ring_after_commit(len(deliveries))
    return deliveries


def _ring_after_commit(count: int) -> None:
    transaction.on_commit(lambda: queue.ring_for_deliveries(count))


def _endpoint_of(organization: Organization) -> tuple[WebhookEndpoint, str]:
    """The organization's row; the second value is its secret if it was made just now."""
    secret = signing.new_secret()
    endpoint, is_new = WebhookEndpoint.objects.get_or_create(
        organization=organization, defaults={"sealed_secret": sealing.seal(secret)}
    )
    return endpoint, secret if is_new else ""


def _replace_secret(endpoint: WebhookEndpoint, secret: str, *, is_first: bool) -> None:
    if not is_first:
        endpoint.sealed_former_secret = endpoint.sealed_secret
        endpoint.former_until = timezone.now() + FORMER_SECRET_LIVES
    endpoint.sealed_secret = sealing.seal(secret)
