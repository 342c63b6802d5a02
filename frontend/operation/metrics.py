"""Prometheus metrics: what all processes counted, and what the database and the engine host say now."""

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.errors import SpocrError
from billing.models import UsageRecord
from ocr import pool, reading
from ocr.models import Job


def scrape() -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(Present())
    return generate_latest(registry)


class Present(Collector):
    """Gauges taken at the moment of the scrape; each is one indexed query."""

    def collect(self) -> Iterator[Metric]:
        yield from _jobs()
        yield from _usage()
        yield from _engines()


def _jobs() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("spocr_jobs", "Jobs that are not finished, by status.", labels=("status",))
    unfinished = Job.objects.filter(status__in=(Job.Status.PENDING, Job.Status.PROCESSING))
    counts = dict(unfinished.values_list("status").annotate(Count("id")).order_by())
    for status in (Job.Status.PENDING, Job.Status.PROCESSING):
        jobs.add_metric([status.value], counts.get(status.value, 0))
    yield jobs
    oldest = unfinished.filter(status=Job.Status.PENDING).aggregate(at=Min("created_at"))["at"]
    age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("spocr_oldest_pending_job_seconds", "Age of the oldest waiting job.", value=age)


def _usage() -> Iterator[Metric]:
    records = UsageRecord.objects.filter(status=UsageRecord.Status.RESERVED)
    yield GaugeMetricFamily("spocr_usage_reserved", "Reservations that are not settled.", value=records.count())


def _engines() -> Iterator[Metric]:
    try:
        status = pool.status(reading.engine_host())
    except (SpocrError, OSError):
        yield GaugeMetricFamily("spocr_engines_up", "Whether the engine host answers.", value=0)
        return
    processes, free = len(status["processes"]), int(status["free"])
    yield GaugeMetricFamily("spocr_engines_up", "Whether the engine host answers.", value=1)
    yield GaugeMetricFamily("spocr_engine_slots", "Engine processes.", value=processes)
    yield GaugeMetricFamily("spocr_engine_slots_busy", "Engine processes at work.", value=processes - free)
    yield GaugeMetricFamily("spocr_engine_waiting", "Pages that wait for an engine.", value=int(status["waiting"]))
