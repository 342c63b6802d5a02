"""Celery's way into our own functions."""

import time

from celery import shared_task

from ocr import deliveries, schedules, work, worker

# Shorter than anybody minds whose webhook waits for the same thread.
GO_ON_SECONDS = 1.0


@shared_task  # type: ignore[untyped-decorator]
def run_schedule(name: str) -> bool:
    """Run one schedule if its period is not yet claimed; True when it ran."""
    return schedules.run(name)


@shared_task  # type: ignore[untyped-decorator]
def run_job() -> bool:
    """Claim the next job and bring it to its end, and further ones while they are short; True when there was one.

    A message costs more than a short job. Those of the further ones find nothing to do, at no cost to a job.
    """
    until, has_worked = time.monotonic() + GO_ON_SECONDS, False
    while work.run_next():
        has_worked = True
        if time.monotonic() > until:
            break
    return has_worked


@shared_task  # type: ignore[untyped-decorator]
def send_webhook() -> bool:
    """Attempt the delivery that has been due longest; True when there was one."""
    return deliveries.send_next()


@shared_task  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Bring back what dead workers held, ring again for what waits."""
    worker.sweep()
