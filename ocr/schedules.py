"""What happens by the clock: one static table, run by the worker or by Celery beat.

Each run is claimed by a unique row, so that any number of schedulers do no harm.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from billing import usage
from ocr.models import RateWindow, ScheduledRun

log = logging.getLogger("spocr.schedules")
KEEP_RUNS_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class Schedule:
    """An act without arguments and how often it runs."""

    every_seconds: int
    act: Callable[[], object]


def forget_expired_sessions() -> None:
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


def forget_old_windows() -> None:
    """Delete passed rate windows and old runs."""
    RateWindow.objects.filter(minute__lt=int(time.time() // 60) - 60).delete()
    for name, schedule in SCHEDULES.items():
        oldest = int((time.time() - KEEP_RUNS_SECONDS) // schedule.every_seconds)
        ScheduledRun.objects.filter(name=name, slot__lt=oldest).delete()


SCHEDULES = {
    "release_stale_usage": Schedule(300, usage.release_stale),
    "forget_old_windows": Schedule(3600, forget_old_windows),
    "forget_expired_sessions": Schedule(86_400, forget_expired_sessions),
}


def run_due() -> list[str]:
    """Run what is due and nobody else has claimed; returns the names that ran."""
    return [name for name in SCHEDULES if run(name)]


def run(name: str) -> bool:
    """Run one schedule if its present period is not yet claimed. A failure is logged; the next period tries again."""
    schedule = SCHEDULES[name]
    if not _claim(name, int(time.time() // schedule.every_seconds)):
        return False
    try:
        schedule.act()
    except Exception:
        log.exception("The scheduled act %s failed", name)
    return True


def _claim(name: str, slot: int) -> bool:
    if ScheduledRun.objects.filter(name=name, slot=slot).exists():
        return False
    try:
        with transaction.atomic():
            ScheduledRun.objects.create(name=name, slot=slot)
    except IntegrityError:
        return False
    return True
