"""Celery's way into our own functions."""

from celery import shared_task

from ocr import schedules


@shared_task  # type: ignore[untyped-decorator]
def run_schedule(name: str) -> bool:
    """Run one schedule if its period is not yet claimed; True when it ran."""
    return schedules.run(name)
