"""Celery's way into our own functions."""

from celery import shared_task

from ocr import deliveries, schedules, work, worker


@shared_task  # type: ignore[untyped-decorator]
def run_schedule(name: str) -> bool:
    """Run one schedule if its period is not yet claimed; True when it ran."""
    return schedules.run(name)


@shared_task  # type: ignore[untyped-decorator]
def run_job() -> bool:
    """Claim the next job and bring it to its end; True when there was one."""
    return work.run_next()


@shared_task  # type: ignore[untyped-decorator]
def send_webhook() -> bool:
    """Attempt the delivery that has been due longest; True when there was one."""
    return deliveries.send_next()


@shared_task  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Bring back what dead workers held, ring again for what waits."""
    worker.sweep()
