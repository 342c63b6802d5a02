"""What is printed about uploads, jobs and webhooks. Every key stands here or in `ocr/events.py`."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.models import Organization
from billing import terms, usage
from billing.models import Kind
from billing.usage import Payer
from ocr import deliveries, events, outlook
from ocr.events import milliseconds
from ocr.models import Job, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from ocr.uploads import Accepted

Json = dict[str, Any]


def accepted(path: str, files: Sequence[Accepted], *, ended: Sequence[Job] | None = None) -> Json:
    """The answer of POST /upload; `ended`: of those that were waited for."""
    states = {job.id: job.status for job in ended or ()}
    entries = [_entry(file, job, states) for file in files for job in file.jobs]
    body: Json = {"path": path, "jobs": entries}
    return body if ended is None else {**body, "results": [events.job(job) for job in ended]}


def _entry(file: Accepted, job: Job, states: dict[int, str]) -> Json:
    entry: Json = {
        "uniqueKey": job.row.row_key,
        "originalName": file.name,
        "jobId": job.public_id,
        "status": states.get(job.id, Job.Status.PENDING),
    }
    if len(file.jobs) > 1:
        entry["page"] = job.row.page
    if file.is_repeated or job.row.is_duplicate:
        entry["duplicate"] = True
    if file.has_more_pages:
        entry["hasMorePages"] = True
    return entry


def job(job: Job) -> Json:
    """The answer of GET /jobs/{jobId}."""
    expected = outlook.of(job)
    return {
        **events.job(job),
        "queuePosition": expected.position,
        "expectedAt": milliseconds(expected.expected_at),
    }


def listing(found: Sequence[Job], *, limit: int) -> Json:
    """The answer of GET /jobs; results stand in each job's own answer."""
    page = found[:limit]
    return {
        "jobs": [{name: value for name, value in events.job(job).items() if name != "result"} for job in page],
        "nextCursor": page[-1].public_id if len(found) > limit else None,
    }


def amount(organization: Organization) -> Json:
    """The answer of GET /amount."""
    now = timezone.now()
    holds = terms.of(organization, now)
    payer = Payer(organization, "")
    used, limit = usage.used(payer, Kind.SCAN), holds.plan.scans_a_month
    included = {
        "used": used if limit is None else min(used, limit),
        "limit": limit,
        "remaining": None if limit is None else max(limit - used, 0),
    }
    none = {"used": 0, "limit": 0, "remaining": 0}
    is_free = holds.plan.id == "free"
    start, end = milliseconds(holds.cycle.start), milliseconds(holds.cycle.end)
    return {
        "free": {**(included if is_free else none), "cycleStart": start, "cycleEnd": end},
        "flatfee": {
            "enabled": not is_free,
            **(none if is_free else included),
            "nextBillingAt": None if is_free else end,
        },
        "balance": usage.remaining(payer, Kind.SCAN),
        "currency": "scans",
        "perCallCost": 1,
    }


def webhook(endpoint: WebhookEndpoint, *, secret: str = "") -> Json:
    """The answer of GET and PUT /webhook; a secret is shown when it is new, and never again."""
    body: Json = {
        "url": endpoint.url,
        "events": endpoint.events,
        "active": endpoint.disabled_at is None,
        "disabledReason": endpoint.disabled_reason or None,
        "createdAt": milliseconds(endpoint.created_at),
        "formerSecretUntil": milliseconds(endpoint.former_until),
    }
    return {**body, "secret": secret} if secret else body


def delivery(one: WebhookDelivery) -> Json:
    """The answer of GET /webhooks/deliveries/{id}: with every attempt, and the body that is sent."""
    return {
        **delivery_line(one),
        "attempts": [_attempt(attempt) for attempt in sorted(one.log.all(), key=lambda attempt: attempt.id)],
        "body": one.event.body,
    }


def delivery_line(one: WebhookDelivery) -> Json:
    """One line of GET /webhooks/deliveries."""
    return {
        "id": one.public_id,
        "eventId": one.event.public_id,
        "type": one.event.type,
        "url": one.url,
        "status": one.status,
        "attemptCount": one.attempts,
        "nextAttemptAt": milliseconds(deliveries.next_attempt_at(one)),
        "createdAt": milliseconds(one.created_at),
        "finishedAt": milliseconds(one.finished_at),
    }


def delivery_listing(found: Sequence[WebhookDelivery], *, limit: int) -> Json:
    """The answer of GET /webhooks/deliveries."""
    page = found[:limit]
    return {
        "deliveries": [delivery_line(one) for one in page],
        "nextCursor": page[-1].public_id if len(found) > limit else None,
    }


def _attempt(attempt: WebhookAttempt) -> Json:
    return {
        "number": attempt.number,
        "statusCode": attempt.status_code,
        "reason": attempt.reason or None,
        "startedAt": milliseconds(attempt.started_at),
        "milliseconds": attempt.milliseconds,
    }
