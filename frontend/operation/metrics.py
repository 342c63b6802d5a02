"""Prometheus metrics: what all processes counted, and what the database and the engine host say now."""

from collections.abc import Iterator

from django.db.models import Count, Min, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.errors import SpocrError
from billing import outbox
from billing.models import BillableUnit, MeterBatch, UsageDay, UsageRecord
from ocr import pool, reading
from ocr.models import Job, WebhookDelivery


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
        yield from _webhooks()
        yield from _usage()
        yield from _meter()
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


def _webhooks() -> Iterator[Metric]:
    due = WebhookDelivery.objects.filter(status=WebhookDelivery.Status.PENDING)
    waiting = GaugeMetricFamily("spocr_webhooks_waiting", "Webhooks that no receiver has taken yet.", value=due.count())
    yield waiting
    oldest = due.filter(attempts=0).aggregate(at=Min("next_at"))["at"]
    age = max((timezone.now() - oldest).total_seconds(), 0.0) if oldest else 0.0
    yield GaugeMetricFamily("spocr_oldest_untried_webhook_seconds", "Age of the oldest never attempted.", value=age)


def _meter() -> Iterator[Metric]:
    loose = BillableUnit.objects.filter(organization__billing_account__customer_id__startswith="cus", batch=None)
    units = loose.aggregate(units=Sum("units"))["units"] or 0
    batches = MeterBatch.objects.exclude(status=MeterBatch.Status.CONFIRMED)
    units += batches.aggregate(units=Sum("units"))["units"] or 0
    yield GaugeMetricFamily("spocr_meter_units_unsent", "Billed units that Stripe does not hold for sure.", value=units)
    age = outbox.oldest_unsent_seconds()
    yield GaugeMetricFamily("spocr_oldest_unsent_meter_unit_seconds", "Age of the oldest of them.", value=age)
    stuck = batches.filter(status=MeterBatch.Status.STUCK).count()
    yield GaugeMetricFamily("spocr_meter_batches_stuck", "Batches that a person must look at.", value=stuck)


def _usage() -> Iterator[Metric]:
    records = UsageRecord.objects.filter(status=UsageRecord.Status.RESERVED)
    yield GaugeMetricFamily("spocr_usage_reserved", "Reservations that are not settled.", value=records.count())
    today = UsageDay.objects.filter(day=timezone.now().date())
    refunds = GaugeMetricFamily(
        "spocr_refunded_units_today", "Units given back since midnight UTC.", labels=("reason",)
    )
    for reason, units in today.values_list("outcome").annotate(Sum("free_units")).filter(free_units__sum__gt=0):
        refunds.add_metric([reason], units)
    yield refunds


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
    busy = float(status.get("busy_seconds", 0.0))
    yield CounterMetricFamily("spocr_engine_busy_seconds", "Seconds that engines of this node have worked.", value=busy)
    yield GaugeMetricFamily("spocr_engine_waiting", "Pages that wait for an engine.", value=int(status["waiting"]))
