"""The embedded background worker."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from ocr import schedules

POLL_SECONDS = 1.0


class Command(BaseCommand):
    """Run what is due, until told to stop."""

    help = "Run scheduled work until stopped. With CELERY_BROKER_URL, Celery's worker and beat do this instead."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            close_old_connections()
            schedules.run_due()
            stopping.wait(POLL_SECONDS)
