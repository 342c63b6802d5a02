"""What happens with every job, in as few statements as the database needs: one on PostgreSQL.

Taking a job is claiming it, marking its row and reading both with all that belongs to them. Ending a
good one is storing its result, charging for it and closing it. `jobs` says when either may happen.
"""

from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from accounts import unsynced
from accounts.prepared import Prepared
from billing import chained, usage
from billing.chained import AFTER, ALWAYS, Step
from ocr import leases, rows
from ocr.events import Found
from ocr.leases import Due
from ocr.models import Job, Row
from ocr.webhooks import NO_ENDPOINT_IN_USE

IN_ORDER = ("priority", "next_at", "id")
_MARK = f"UPDATE ocr_row SET status = '{Row.Status.PROCESSING}'"  # noqa: S608


def take() -> Job | None:
    """Claim the job that is next, and mark its row; it comes with row, sheet, file, organization and reservation."""
    if _due().is_empty():
        return None
    token = leases.new_token()
    also = f", status = '{Job.Status.PROCESSING}', started_at = {leases.now_sql()}"
    sql, parameters = leases.claiming(
        _due(), token, settings.JOB_LEASE_SECONDS, also=also, returning="id, row_id"
    )  # fmt: skip
    job = (_take_as_one if connection.vendor == "postgresql" else _take_in_turn)(sql, parameters)
    if job is not None:
        job.status, job.worker = Job.Status.PROCESSING, token
    return job


def finish_included(job: Job, found: Found, *, without_endpoint: bool = False) -> bool:
    """Store what was read and charge for it, where nobody is to be told and the plan includes the page.

    It waits for no disk: where a power cut takes it back, result and charge go together, and the page is read again.

    False, and nothing has changed: it does not, or the job is no longer ours.

    Args:
        without_endpoint: Change nothing either where the organization has a webhook, which may have to be told.
    """
    if job.usage is None:
        return False
    settling = usage.settling_included(job.usage, 1)
    recording = rows.recording(job.row, found.values, image=found.image, warnings=found.warnings)
    if not settling:
        return False
    with unsynced.unsynced():
        return bool(chained.run([_held(job, without_endpoint), *settling, recording, _ending(job)]))


def _take_as_one(sql: str, parameters: list[Any]) -> Job | None:
    marked = f"{_MARK} FROM taken WHERE ocr_row.id = taken.row_id"
    job = _just_taken.get(*parameters, before=f"WITH taken AS ({sql}), marked AS ({marked})")
    if job is not None:
        job.attempts += 1  # what is read together with the claim is as it was before
    return job


def _take_in_turn(sql: str, parameters: list[Any]) -> Job | None:
    with unsynced.unsynced(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        if (taken := cursor.fetchone()) is None:
            return None
        cursor.execute(f"{_MARK} WHERE id = %s", [taken[1]])
        return _whole.get(taken[0])


def _held(job: Job, without_endpoint: bool) -> Step:
    """Lock the job, if the claim still holds."""
    lock = "FOR UPDATE" if connection.features.has_select_for_update else ""
    also, parameters = (NO_ENDPOINT_IN_USE, [job.organization_id]) if without_endpoint else (ALWAYS, [])
    return Step(
        f"SELECT id FROM ocr_job WHERE id = %s AND worker = %s AND status = 'processing' AND {also} "  # noqa: S608
        f"AND {unsynced.condition()} AND {AFTER} {lock}",
        [job.id, job.worker, *parameters],
    )


def _ending(job: Job) -> Step:
    return Step(
        f"UPDATE ocr_job SET status = '{Job.Status.DONE}', finished_at = {leases.now_sql()}, worker = '', "  # noqa: S608
        f"lease_until = NULL WHERE id = %s AND {AFTER} RETURNING id",
        [job.id],
    )


def _with_relatives(which: Any) -> "models.QuerySet[Job]":
    return Job.objects.select_related("row__sheet", "row__file", "organization", "usage").filter(which)


_whole = Prepared(lambda: _with_relatives(Q(id=0)))
_just_taken = Prepared(lambda: _with_relatives(Q(id=RawSQL("SELECT id FROM taken", []))))


@cache
def _due() -> Due:
    waiting = Job.objects.filter(status=Job.Status.PENDING, next_at__lte=Now())
    return Due.of(waiting.order_by(*IN_ORDER))
