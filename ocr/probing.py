"""Tries the main job each minute on a page of our own, so that the status page tells what was measured."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.errors import SpocrError
from ocr import reading
from ocr.models import Probe, ProbeDay
from ocr.reading import Options

log = logging.getLogger("spocr.probing")
KEEP_PROBES, KEEP_DAYS = timedelta(days=2), timedelta(days=90)


@dataclass(frozen=True)
class Figures:
    """Of some probes. Times are those of the probes that went well; None without any."""

    well: int
    failed: int
    p50_milliseconds: int | None
    p95_milliseconds: int | None

    @property
    def share(self) -> float | None:
        """Of the probes that went well; None without probes."""
        return self.well / (self.well + self.failed) if self.well + self.failed else None


def run() -> Probe:
    """Read the sample as a caller's page is read, and note how it went. It costs nobody anything."""
    started = time.perf_counter()
    try:
        with settings.PROBE_FILE.open("rb") as content:
            document = reading.read_free(content, Options(engine=1))
        is_well = any(page.lines for page in document.read_pages)
    except (SpocrError, OSError):
        log.warning("The probe failed", exc_info=True)
        is_well = False
    return Probe.objects.create(is_well=is_well, milliseconds=int((time.perf_counter() - started) * 1000))


def sum_up() -> None:
    """Sum each day that is over up, and forget what is old."""
    today = datetime.now(UTC).date()
    first = Probe.objects.order_by("at").values_list("at", flat=True).first()
    day = first.astimezone(UTC).date() if first else today
    while day < today:
        _sum_up_day(day)
        day += timedelta(days=1)
    Probe.objects.filter(at__lt=timezone.now() - KEEP_PROBES).delete()
    ProbeDay.objects.filter(day__lt=today - KEEP_DAYS).delete()


def last_day() -> Figures:
    """The probes of the last 24 hours."""
    return figures(list(Probe.objects.filter(at__gt=timezone.now() - timedelta(days=1))))


def days(count: int) -> list[tuple[date, Figures | None]]:
    """The last days, today last; None where nothing was measured."""
    today = datetime.now(UTC).date()
    known = {
        one.day: Figures(one.well, one.failed, one.p50_milliseconds, one.p95_milliseconds)
        for one in ProbeDay.objects.filter(day__gt=today - timedelta(days=count))
    }
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    now = figures(list(Probe.objects.filter(at__gte=midnight)))
    if now.share is not None:
        known[today] = now
    return [(day, known.get(day)) for day in (today - timedelta(days=back) for back in range(count - 1, -1, -1))]


def figures(probes: Sequence[Probe]) -> Figures:
    """Sum some probes up."""
    times = sorted(probe.milliseconds for probe in probes if probe.is_well)
    failed = len(probes) - len(times)
    return Figures(len(times), failed, _percentile(times, 50), _percentile(times, 95))


def _sum_up_day(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    probes = list(Probe.objects.filter(at__gte=midnight, at__lt=midnight + timedelta(days=1)))
    if not probes or ProbeDay.objects.filter(day=day).exists():
        return
    found = figures(probes)
    ProbeDay.objects.create(
        day=day,
        well=found.well,
        failed=found.failed,
        p50_milliseconds=found.p50_milliseconds or 0,
        p95_milliseconds=found.p95_milliseconds or 0,
    )


def _percentile(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest value that `percent` of all are not above (nearest rank)."""
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1] if ordered else None
