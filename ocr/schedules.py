"""What happens by the clock: one static table, run by the worker or by Celery beat.

Each run is claimed by a unique row, so that any number of schedulers do no harm.
"""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import patience
from billing import schedule as billing
from billing import usage
from ocr import files, jobs, pdfs, probing, request_log, retention, webhooks
from ocr.api import idempotency
from ocr.models import RateWindow, ScheduledRun

log = logging.getLogger("spocr.schedules")
KEEP_RUNS_SECONDS = 7 * 86_400


def forget_expired_sessions() -> None:
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def forget_old_windows() -> None:
    """Delete passed rate windows and old runs."""
    RateWindow.objects.filter(minute__lt=int(time.time() // 60) - 60).delete()
    for name, seconds in settings.SCHEDULE_SECONDS.items():
        oldest = int((time.time() - KEEP_RUNS_SECONDS) // seconds)
        ScheduledRun.objects.filter(name=name, slot__lt=oldest).delete()


# By the names of settings.SCHEDULE_SECONDS, which says how often.
ACTS: dict[str, Callable[[], object]] = {
    "release_stale_usage": usage.release_stale,
    "forget_old_windows": forget_old_windows,
    "forget_expired_sessions": forget_expired_sessions,
    **billing.ACTS,
    "delete_due_organizations": retention.delete_due_organizations,
    "sweep_retention": retention.sweep,
    "sweep_orphan_files": files.sweep_orphans,
    "forget_expired_pdfs": pdfs.forget_expired,
    "release_orphan_jobs": jobs.release_orphans,
    "forget_old_events": webhooks.forget_old_events,
    "forget_old_payloads": webhooks.forget_old_payloads,
    "announce_thresholds": webhooks.announce_thresholds,
    "forget_old_answers": idempotency.forget_old_answers,
    "forget_old_requests": request_log.forget_old,
    "probe": probing.run,
    "sum_up_probes": probing.sum_up,
}


class Clock:
    """Runs what is due, each second: a period that it has seen claimed is not asked for again."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def run_due(self) -> list[str]:
        """Run what is due and nobody else has claimed; returns the names that ran."""
        ran = []
        for name in ACTS:
            slot = _slot(name)
            if self._seen.get(name) != slot:
                ran += [name] * run(name)
                self._seen[name] = slot  # not where the database is away: then it is asked again
        return ran


def run(name: str) -> bool:
    """Run one schedule if its present period is not yet claimed. A failure is logged; the next period tries again."""
    if not _claim(name, _slot(name)):
        return False
    try:
        with patience.for_long():
            ACTS[name]()
    except Exception:
        log.exception("The scheduled act %s failed", name)
    return True


def _slot(name: str) -> int:
    """The number of the schedule's present period."""
    return int(time.time() // settings.SCHEDULE_SECONDS[name])


def _claim(name: str, slot: int) -> bool:
    if ScheduledRun.objects.filter(name=name, slot=slot).exists():
        return False
    try:
        with transaction.atomic():
            ScheduledRun.objects.create(name=name, slot=slot)
    except IntegrityError:
        return False
    return True
