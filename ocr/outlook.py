"""How long a job will take: who starts before it, and how long pages took lately."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import tenancy
from accounts.prepared import planned_once
from ocr.models import Job

# Jobs that tell how long a page takes, and what is assumed before the first.
LATELY, USUAL_SECONDS = 50, 2.0
# Compared inside the database: a moment that was read is not always written as it stands there.
_BEFORE = (
    "SELECT count(*) FROM ocr_job AS other, ocr_job AS own WHERE own.id = %s AND other.status = 'pending' "
    "AND (other.priority, other.next_at, other.id) < (own.priority, own.next_at, own.id)"
)
_SECONDS = {
    "postgresql": "EXTRACT(EPOCH FROM finished_at - started_at)",
    # Days in floating point: 60 seconds come as 60.00001.
    "sqlite": "round((julianday(finished_at) - julianday(started_at)) * 86400, 3)",
}
_LATELY = (
    "SELECT avg(seconds) FROM (SELECT {seconds} AS seconds FROM ocr_job "
    "WHERE status = 'done' AND started_at IS NOT NULL ORDER BY finished_at DESC LIMIT %s) AS lately"
)


@dataclass(frozen=True)
class Outlook:
    """What can be told of a job that has not ended.

    Attributes:
        position: How many jobs, of whatever organization, will start before it; None when it has started.
        expected_at: When it will probably have ended; None when it has.
    """

    position: int | None = None
    expected_at: datetime | None = None


def of(job: Job) -> Outlook:
    """By the queue, how long the pages done last took, and how many engines this machine has."""
    if job.is_finished:
        return Outlook()
    before, seconds = _asked(job)
    now = timezone.now()
    if job.status == Job.Status.PENDING:
        engines = settings.ENGINE_PROCESSES or len(os.sched_getaffinity(0))
        return Outlook(before, now + timedelta(seconds=seconds * (1 + before / engines)))
    return Outlook(None, max((job.started_at or now) + timedelta(seconds=seconds), now))


def _asked(job: Job) -> tuple[int, float]:
    """How many wait before the job, and the seconds that a job takes."""
    lately = _LATELY.replace("{seconds}", _SECONDS[connection.vendor])
    # The queue is everybody's: what others wait for holds up this job, too.
    with tenancy.everyone(), planned_once() as cursor:
        cursor.execute(f"SELECT ({_BEFORE}), ({lately})", [job.id, LATELY])
        before, seconds = cursor.fetchone()
    return int(before), USUAL_SECONDS if seconds is None else float(seconds)
