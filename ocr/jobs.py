"""The life of a job: claimed, finished or failed, each exactly once; swept, cancelled, tried again.

The table is the queue of record in every mode. Whoever claims a job gets a token; each later step
names it, and changes nothing when the lease was lost meanwhile. What a job costs is settled or
released in the very transaction that ends it.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from accounts.errors import Conflict, NotFound, SpocrError
from accounts.models import Organization
from accounts.prepared import Prepared
from billing import usage
from billing.models import Kind, UsageRecord
from billing.usage import Payer
from ocr import events, job_steps, leases, pool, queue, reading, rows, webhooks
from ocr.images import UnreadableDocument
from ocr.leases import Claim
from ocr.models import Job, Row
from ocr.storage import StorageAway

log = logging.getLogger("spocr.jobs")

MAX_ATTEMPTS = 3
FIRST, LAST, SUSPECT = 10, 40, 90
# So many waiting jobs of one organization, and its next ones go behind those of others.
JOBS_A_LEVEL = 25
RETRY_SECONDS = (5, 30)
BUSY_SECONDS, AWAY_SECONDS = 2, 10
RING_AGAIN_SECONDS = 5
SUBJECT = "job_"
# What programs ask again and again until their page is read.
_one = Prepared(
    lambda: Job.objects.select_related("organization", "row__sheet", "row__file").filter(organization=0, public_id="")
)
GAVE_UP = "The page ended the worker that read it, three times. Save the page again and upload it anew."
TOO_LATE = "The page was not read before its deadline. Try it again: POST /jobs/{id}/retry."
CANCELLED = "The job was cancelled."


class JobRunning(Conflict):
    """Only a failed job can be tried again, only an unfinished one cancelled."""

    code = "conflict"


class ReservationLost(RuntimeError):
    """A job ended whose reservation was no longer held: a bug, never to be papered over."""


def claim() -> Job | None:
    """Take the job that is next; its row, sheet, file and organization come with it. None: nothing may start."""
    return job_steps.take()


def renew(claims: Iterable[Claim]) -> None:
    """Keep what is being worked on."""
    for held in claims:
        leases.renew(_held(held), seconds=settings.JOB_LEASE_SECONDS)


def finish(job: Job, found: events.Found) -> bool:
    """Store what was read, charge for it and tell about it, all or nothing. False: the job is no longer ours."""
    if not job.webhook_url and _finish_untold(job, found):
        return True
    with transaction.atomic():
        if not _end(_held(_claim_of(job)), Job.Status.DONE):
            return False
        rows.record(job.row, found.values, image=found.image, warnings=found.warnings)
        if job.usage is None or not usage.settle(job.usage, units=1):
            raise ReservationLost(job.public_id)
        _tell(job, "ocr.completed")
    return True


def _finish_untold(job: Job, found: events.Found) -> bool:
    """The short way: nearly every page. False: somebody is to be told, or it is not that simple."""
    if job_steps.finish_included(job, found, without_endpoint=True):
        return True
    return not webhooks.is_wanted(job.organization, "ocr.completed") and job_steps.finish_included(job, found)


def fail(job: Job, error: Exception) -> bool:
    """Note a failed attempt: another one later, or the end. False: the job is no longer ours."""
    held = _held(_claim_of(job))
    if isinstance(error, pool.EngineBusy | StorageAway):  # the page has not been looked at
        seconds = AWAY_SECONDS if isinstance(error, StorageAway) else BUSY_SECONDS
        return _again(held, job, seconds, attempts=leases.uncount())
    if _may_try_again(error) and job.attempts < MAX_ATTEMPTS:
        # Behind all others: a page that ends engines must not hold up theirs.
        return _again(held, job, RETRY_SECONDS[job.attempts - 1], priority=SUSPECT)
    code, message = reason_of(error)
    return _give_up(held, code, message) == 1


def put_back(claims: Iterable[Claim]) -> int:
    """Give up claims at once, so that nobody has to wait for their leases: this process ends."""
    count = 0
    for held in claims:
        job = Job.objects.select_related("row").filter(id=held.id, worker=held.token).first()
        count += job is not None and _again(_held(held), job, 0, attempts=leases.uncount())
    return count


def sweep() -> None:
    """Bring back what workers lost, end what is too late. Harmless at any moment, any number of times."""
    waiting = Job.objects.filter(status=Job.Status.PENDING)
    running = Job.objects.filter(status=Job.Status.PROCESSING)
    leases.pull_back(running, "lease_until", seconds=settings.JOB_LEASE_SECONDS)
    leases.pull_back(waiting, "next_at", seconds=max(RETRY_SECONDS))
    lost = running.filter(leases.is_passed())
    _give_up(lost.filter(attempts__gte=MAX_ATTEMPTS), "ocr_engine_error", GAVE_UP)
    for job in lost.select_related("row"):
        _again(_held(_claim_of(job)).filter(leases.is_passed()), job, 0)
    late = Job.objects.filter(status__in=[Job.Status.PENDING, Job.Status.PROCESSING])
    _give_up(late.filter(leases.is_passed("deadline_at")), "timeout", TOO_LATE)
    if queue.is_in_use():
        forgotten = waiting.filter(next_at__lt=Now() - timedelta(seconds=RING_AGAIN_SECONDS))
        queue.ring(forgotten[: queue.MOST_AGAIN].count(), is_again=True)


def release_orphans() -> int:
    """Give back what was reserved for jobs that were removed, with their sheet, before they ended."""
    alive = Job.objects.filter(usage=OuterRef("pk"), status__in=[Job.Status.PENDING, Job.Status.PROCESSING])
    orphans = UsageRecord.objects.filter(
        ~Exists(alive), status=UsageRecord.Status.RESERVED, subject__startswith=SUBJECT
    )
    return sum(usage.release(record) for record in orphans.iterator())


def cancel(organization: Organization, public_id: str) -> Job:
    """End a job that has not ended, free of charge.

    Raises:
        NotFound, JobRunning: It has ended already.
    """
    job = get(organization, public_id)
    unfinished = Q(status__in=[Job.Status.PENDING, Job.Status.PROCESSING])
    if not _give_up(organization.jobs.filter(unfinished, id=job.id), "cancelled", CANCELLED):
        raise JobRunning("The job has ended already; there is nothing to cancel.")
    return get(organization, public_id)


def retry(payer: Payer, public_id: str) -> Job:
    """Read a failed job's stored page once more; it is reserved and charged like a new one.

    Raises:
        NotFound, JobRunning: It has not failed.
        CapReached
    """
    organization = _organization_of(payer)
    job = get(organization, public_id)
    if job.status != Job.Status.FAILED:
        raise JobRunning("Only a failed job can be tried again; this one has not failed.")
    if job.row.file_id is None:
        raise JobRunning("The job's image is no longer stored. Upload it again.")
    with transaction.atomic():
        record = usage.reserve(payer, Kind.SCAN, subject=f"{job.public_id}.{job.retries + 1}")
        failed = organization.jobs.filter(id=job.id, status=Job.Status.FAILED, retries=job.retries)
        is_ours = failed.update(
            **_fresh(),
            usage=record,
            retries=job.retries + 1,
            priority=priority_behind(waiting_of(organization)),
            finished_at=None,
        )
        if not is_ours:
            raise JobRunning("The job is being tried again already.")
        rows.mark(job.row, Row.Status.PENDING)
        transaction.on_commit(lambda: queue.ring(1))
    return get(organization, public_id)


def get(organization: Organization, public_id: str) -> Job:
    """One job with its row, sheet and file.

    Raises:
        NotFound: No such job in this organization.
    """
    job = _one.get(organization.id, public_id)
    if job is None:
        raise NotFound("There is no such job. It may have been removed with its sheet.")
    return job


def waiting_of(organization: Organization) -> int:
    """How many of its jobs wait."""
    return organization.jobs.filter(status=Job.Status.PENDING).count()


def priority_behind(waiting: int) -> int:
    """Where a job queues behind so many of the same organization: the more there are, the later."""
    return min(FIRST + waiting // JOBS_A_LEVEL, LAST)


def listed(organization: Organization, *, status: str, after: str, limit: int) -> list[Job]:
    """Jobs, newest first.

    Args:
        status: Only those; "" for all.
        after: Id of the last one of the page before; "" for the first page.
    """
    found = organization.jobs.select_related("organization", "row__sheet", "row__file").order_by("-id")
    if status:
        found = found.filter(status=status)
    if after:
        found = found.filter(id__lt=get(organization, after).id)
    return list(found[:limit])


def ended(jobs: Iterable[Job]) -> list[Job]:
    """Those of the jobs that have ended, as they are now."""
    found = Job.objects.select_related("organization", "row__sheet", "row__file").order_by("id")
    finished = [Job.Status.DONE, Job.Status.FAILED]
    return list(found.filter(id__in={job.id for job in jobs}, status__in=finished))


def reason_of(error: Exception) -> tuple[str, str]:
    """Code and sentence of a failed job."""
    if isinstance(error, reading.NoText):
        return "no_text", str(error)
    if isinstance(error, UnreadableDocument | reading.FileTooLarge | reading.NoSuchPage):
        return "invalid_image", str(error)
    if isinstance(error, pool.EngineTimeout):
        return "timeout", str(error)
    sentence = str(error) if isinstance(error, SpocrError) else pool.EngineFailed.message
    return "ocr_engine_error", sentence


def _may_try_again(error: Exception) -> bool:
    return reason_of(error)[0] in ("timeout", "ocr_engine_error")


def _held(claimed: Claim) -> "models.QuerySet[Job]":
    return Job.objects.filter(id=claimed.id, worker=claimed.token, status=Job.Status.PROCESSING)


def _claim_of(job: Job) -> Claim:
    return Claim(job.id, job.worker)


def _end(jobs: "models.QuerySet[Job]", status: Job.Status, **why: str) -> int:
    return jobs.update(status=status, finished_at=Now(), worker="", lease_until=None, **why)


def _give_up(jobs: "models.QuerySet[Job]", code: str, message: str) -> int:
    """Fail each of these jobs that still is as the query says; refund it, tell about it."""
    return sum(_give_up_one(jobs.filter(id=id_), code, message) for id_ in list(jobs.values_list("id", flat=True)))


def _give_up_one(jobs: "models.QuerySet[Job]", code: str, message: str) -> int:
    with transaction.atomic():
        job = jobs.select_related("usage", "row", "organization").first()
        if job is None or not _end(jobs, Job.Status.FAILED, error_code=code, error_message=message):
            return 0
        rows.mark(job.row, Row.Status.FAILED)
        if job.usage is not None:
            usage.release(job.usage, reason=code)
        _tell(job, "ocr.failed")
    return 1


def _again(held: "models.QuerySet[Job]", job: Job, seconds: float, **changes: Any) -> bool:
    """Let somebody claim it again, so many seconds from now."""
    with transaction.atomic():
        # SQLite compares texts, and a sum has more decimals than the clock: it is past a millisecond later.
        next_at = Now() + timedelta(seconds=seconds) if seconds else Now()
        if not held.update(status=Job.Status.PENDING, worker="", lease_until=None, next_at=next_at, **changes):
            return False
        rows.mark(job.row, Row.Status.PENDING)
    return True


def _fresh() -> dict[str, Any]:
    return {
        "status": Job.Status.PENDING,
        "attempts": 0,
        "next_at": Now(),
        "deadline_at": Now() + timedelta(seconds=settings.JOB_DEADLINE_SECONDS),
        "error_code": "",
        "error_message": "",
    }


def _tell(job: Job, kind: str) -> None:
    """Write the event of a job that has just ended, if anybody wants to know."""
    webhooks.emit(
        job.organization,
        kind,
        lambda: events.job(get(job.organization, job.public_id)),
        upload_url=job.webhook_url,
    )


def _organization_of(payer: Payer) -> Organization:
    if payer.organization is None:
        raise NotFound("Jobs belong to organizations.")
    return payer.organization
