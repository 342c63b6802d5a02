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
from functools import cache

from django.conf import settings
from django.db import models, transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.db.models.lookups import LessThan
from django.utils import timezone

from accounts import audit, mail, sealing
from accounts.models import Organization
from ocr import leases, queue, safe_http, signing, webhooks
from ocr.leases import Claim, Due
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
    excerpt: str = ""

    @property
    def is_delivered(self) -> bool:
        return not self.reason


def send_next() -> bool:
    """Claim the delivery that has been due longest and attempt it. False: there was none."""
    claimed = leases.claim(_first_due(), seconds=_lease_seconds())
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


@cache
def _first_due() -> Due:
    return Due.of(_due())


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
    outcome = _post(delivery, int(started.timestamp()))
    attempt = WebhookAttempt(
        organization_id=delivery.organization_id,
        delivery=delivery,
        number=delivery.attempts,
        status_code=outcome.status_code,
        reason=outcome.reason[:300],
        excerpt=outcome.excerpt,
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


def headers(delivery: WebhookDelivery, timestamp: int) -> dict[str, str]:
    """What goes along with the body, signed with the secrets that are live now.

    Args:
        timestamp: Of the attempt, in seconds since 1970.

    Raises:
        CannotBeOpened
    """
    secrets, event = webhooks.live_secrets(delivery.organization), delivery.event
    return {
        **signing.headers(secrets, event_id=event.public_id, timestamp=timestamp, body=event.body.encode()),
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
    }


def _post(delivery: WebhookDelivery, timestamp: int) -> Outcome:
    try:
        sent = headers(delivery, timestamp)
        receipt = safe_http.post(delivery.url, delivery.event.body.encode(), sent, policy=webhooks.policy())
    except (UrlRefused, sealing.CannotBeOpened) as error:
        return Outcome(None, str(error).removeprefix(COMMON_BEGINNING))
    excerpt = _excerpt(receipt.beginning)
    if 200 <= receipt.status < 300:
        return Outcome(receipt.status, "", excerpt=excerpt)
    if 300 <= receipt.status < 400:
        reason = "The receiver redirects; redirects are not followed. Give its final address."
        return Outcome(receipt.status, reason, excerpt=excerpt)
    retry_after = _retry_after(receipt.headers.get("retry-after", ""))
    return Outcome(receipt.status, f"The receiver answered {receipt.status}.", retry_after, excerpt)


def _excerpt(beginning: bytes) -> str:
    """Text of an answer that may be anything; no database takes a zero character."""
    text = beginning.decode(errors="replace")
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)


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
        audit.record(delivery.organization, "webhook.disabled", by=audit.SYSTEM, subject=delivery.url)
        _mail(delivery.organization, "ocr/mail/webhook_off.txt", url=delivery.url)


def _mail_once_a_day(delivery: WebhookDelivery) -> None:
    now = timezone.now()
    silent = Q(mailed_at=None) | Q(mailed_at__lt=now - timedelta(days=1))
    if not WebhookEndpoint.objects.filter(silent, organization_id=delivery.organization_id).update(mailed_at=now):
        return
    _mail(delivery.organization, "ocr/mail/webhook_failed.txt", delivery=delivery, attempts=MAX_ATTEMPTS)


def _mail(organization: Organization, template: str, **words: object) -> None:
    """To the owners, after commit; a mail server that is away takes nothing along."""
    owners = mail.owners_of(organization)
    _after_commit(lambda: mail.to(owners, template, **words))


def _after_commit(act: Callable[[], None]) -> None:
    transaction.on_commit(act, robust=True)


def _lease_seconds() -> float:
    """Longer than an attempt can take."""
    return float(settings.WEBHOOK_TIMEOUT_SECONDS) + 5
