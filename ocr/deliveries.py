"""Sends webhooks: claimed by a lease, attempted ten times at most, each attempt written down.

At least once: a process that dies between the receiver's answer and our note of it makes the next one
send again, with the same `webhook-id`, by which receivers tell repeats.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.db.models.lookups import LessThan
from django.utils import timezone

from accounts.models import Organization
from ocr import leases, queue, safe_http, sealing, signing, webhooks
from ocr.leases import Claim
from ocr.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ocr.web_address import UrlRefused

log = logging.getLogger("spocr.deliveries")

# Between one attempt and the next; the first goes out at once.
PAUSES_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MAX_ATTEMPTS = len(PAUSES_SECONDS) + 1
LONGEST_RETRY_AFTER = 86_400
# A slow receiver may hold so many senders, not all.
AT_ONCE_FOR_ONE = 2
GONE = 410
RING_AGAIN_SECONDS = 5
USER_AGENT = "spocr-webhooks/1.0"
# What safe_http says about a failed request begins so; in the log it goes without saying.
COMMON_BEGINNING = "The URL could not be fetched: "


@dataclass(frozen=True)
class Outcome:
    """How one attempt went; `status_code` None: there was no answer. `reason` is empty when it was delivered."""

    status_code: int | None
    reason: str
    retry_after_seconds: int = 0

    @property
    def is_delivered(self) -> bool:
        return not self.reason


def send_next() -> bool:
    """Claim the delivery that has been due longest and attempt it. False: there was none."""
    claimed = leases.claim(_due(), seconds=_lease_seconds())
    if claimed is None:
        return False
    found = WebhookDelivery.objects.select_related("event", "organization")
    delivery = found.filter(id=claimed.id, worker=claimed.token).first()
    if delivery is not None:
        _attempt(delivery, claimed)
    return True


def sweep() -> None:
    """Ring for what is due and was not rung for; undo what a clock that stepped back left ahead."""
    waiting = WebhookDelivery.objects.filter(status=WebhookDelivery.Status.PENDING)
    leases.pull_back(waiting, "lease_until", seconds=_lease_seconds())
    leases.pull_back(waiting, "next_at", seconds=LONGEST_RETRY_AFTER)
    if queue.is_in_use():
        late = _due().filter(next_at__lt=Now() - timedelta(seconds=RING_AGAIN_SECONDS))
        queue.ring_for_deliveries(late[: queue.MOST_AGAIN].count(), is_again=True)


def next_attempt_at(delivery: WebhookDelivery) -> datetime | None:
    """When it is tried again; None when it is not."""
    return delivery.next_at if delivery.status == WebhookDelivery.Status.PENDING else None


def _due() -> "models.QuerySet[WebhookDelivery]":
    waiting = WebhookDelivery.objects.filter(status=WebhookDelivery.Status.PENDING)
    being_sent = (
        waiting.filter(organization=OuterRef("organization"), lease_until__gt=Now())
        .order_by()
        .values("organization")
        .annotate(number=Count("id"))
        .values("number")
    )
    due = waiting.filter(Q(lease_until=None) | leases.is_passed(), next_at__lte=Now())
    return due.filter(LessThan(Coalesce(Subquery(being_sent), 0), AT_ONCE_FOR_ONE)).order_by("next_at", "id")


def _attempt(delivery: WebhookDelivery, claimed: Claim) -> None:
    started, clock = timezone.now(), time.monotonic()
    outcome = _post(delivery)
    attempt = WebhookAttempt(
        organization_id=delivery.organization_id,
        delivery=delivery,
        number=delivery.attempts,
        status_code=outcome.status_code,
        reason=outcome.reason[:300],
        started_at=started,
        milliseconds=int((time.monotonic() - clock) * 1000),
    )
    with transaction.atomic():
        ours = WebhookDelivery.objects.filter(
            id=claimed.id, worker=claimed.token, status=WebhookDelivery.Status.PENDING
        )
        if not _note(ours, delivery, outcome):
            return
        attempt.save()


def _note(ours: "models.QuerySet[WebhookDelivery]", delivery: WebhookDelivery, outcome: Outcome) -> int:
    """Write down how an attempt ended and what follows; 0 when somebody else has the delivery now."""
    over = {"worker": "", "lease_until": None}
    if outcome.is_delivered:
        return ours.update(status=WebhookDelivery.Status.DELIVERED, finished_at=Now(), **over)
    if outcome.status_code == GONE:
        noted = ours.update(status=WebhookDelivery.Status.FAILED, finished_at=Now(), **over)
        if noted and not delivery.is_for_upload:
            _switch_off(delivery)
        return noted
    if delivery.attempts >= MAX_ATTEMPTS:
        noted = ours.update(status=WebhookDelivery.Status.FAILED, finished_at=Now(), **over)
        if noted:
            _mail_once_a_day(delivery)
        return noted
    pause = max(PAUSES_SECONDS[delivery.attempts - 1], outcome.retry_after_seconds)
    return ours.update(next_at=Now() + timedelta(seconds=pause), **over)


def _post(delivery: WebhookDelivery) -> Outcome:
    body = delivery.event.body.encode()
    try:
        secrets = webhooks.live_secrets(delivery.organization)
        headers = {
            **signing.headers(secrets, event_id=delivery.event.public_id, timestamp=int(time.time()), body=body),
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
        }
        receipt = safe_http.post(delivery.url, body, headers, policy=webhooks.policy())
    except (UrlRefused, sealing.CannotBeOpened) as error:
        return Outcome(None, str(error).removeprefix(COMMON_BEGINNING))
    if 200 <= receipt.status < 300:
        return Outcome(receipt.status, "")
    if 300 <= receipt.status < 400:
        return Outcome(receipt.status, "The receiver redirects; redirects are not followed. Give its final address.")
    retry_after = _retry_after(receipt.headers.get("retry-after", ""))
    return Outcome(receipt.status, f"The receiver answered {receipt.status}.", retry_after)


def _retry_after(header: str) -> int:
    """Seconds that a Retry-After header asks for, a day at most; 0 when it is not understood."""
    if header.isascii() and header.isdecimal():
        return min(int(header[:9]), LONGEST_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return 0
    if until.tzinfo is None:
        return 0
    return min(max(int((until - timezone.now()).total_seconds()), 0), LONGEST_RETRY_AFTER)


def _switch_off(delivery: WebhookDelivery) -> None:
    endpoints = WebhookEndpoint.objects.filter(
        organization_id=delivery.organization_id, url=delivery.url, disabled_at=None
    )
    if endpoints.update(disabled_at=timezone.now(), disabled_reason="The receiver answered 410 Gone."):
        webhooks.give_up_standing(delivery.organization)
        _mail(
            delivery.organization,
            "Your webhook was switched off",
            f"{delivery.url} answered 410 Gone, which means that it wants no more events. "
            "The webhook is switched off.\n"
            "\nTo switch it on again, set it once more: PUT /webhook.\n",
        )


def _mail_once_a_day(delivery: WebhookDelivery) -> None:
    now = timezone.now()
    silent = Q(mailed_at=None) | Q(mailed_at__lt=now - timedelta(days=1))
    if not WebhookEndpoint.objects.filter(silent, organization_id=delivery.organization_id).update(mailed_at=now):
        return
    _mail(
        delivery.organization,
        "A webhook could not be delivered",
        f"{MAX_ATTEMPTS} attempts over three days to deliver {delivery.event.public_id} ({delivery.event.type}) "
        f"to {delivery.url} have failed; it is not tried again by itself.\n\n"
        f"What went wrong each time: GET /webhooks/deliveries/{delivery.public_id}\n"
        f"Once the receiver works: POST /webhooks/deliveries/{delivery.public_id}/redeliver\n\n"
        "Further failures within a day are not mailed.\n",
    )


def _mail(organization: Organization, subject: str, text: str) -> None:
    """To the owners, after commit; a mail server that is away takes nothing along."""
    owners = organization.memberships.filter(role="owner").values_list("user__email", flat=True)
    recipients = list(owners)

    def send() -> None:
        for recipient in recipients:
            send_mail(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject, text, None, [recipient])

    _after_commit(send)


def _after_commit(act: Callable[[], None]) -> None:
    transaction.on_commit(act, robust=True)


def _lease_seconds() -> float:
    """Longer than an attempt can take."""
    return float(settings.WEBHOOK_TIMEOUT_SECONDS) + 5
