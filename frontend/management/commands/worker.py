"""The embedded background worker."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from frontend.operation import ending, memory, starting, telemetry
from ocr import worker


class Command(BaseCommand):
    """Run jobs, webhooks and what is due by the clock, until told to stop."""

    help = "Run background work until stopped. With CELERY_BROKER_URL, Celery's worker and beat can do this instead."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            starting.demand()
        except starting.CannotStart as error:
            raise CommandError(str(error)) from error
        telemetry.begin("worker")
        stopping = ending.told()
        memory.settle()
        worker.run(stopping)
        telemetry.flush()
        # Threads may still be waiting for an engine; their jobs are others' already.
        self.stdout.flush()
        os._exit(0)
