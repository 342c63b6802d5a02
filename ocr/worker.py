"""The worker of one machine: threads that take jobs and webhooks from the tables, and the clock."""

import logging
import os
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from accounts import patience
from ocr import deliveries, jobs, schedules, work

log = logging.getLogger("spocr.worker")

POLL_SECONDS = 0.2
CLOCK_SECONDS = 1.0
SWEEP_SECONDS = 5.0
AFTER_FAULT_SECONDS = 1.0
SENDERS = 4


def run(stopping: threading.Event) -> None:
    """Work until told to stop; then give every claim back at once, and leave what is under way to its end.

    The threads are daemons: what they still read belongs to whoever claims it next.
    """
    patience.begin_serving()
    work.begin()
    jobs_turn, deliveries_turn = Turn(), Turn()
    acts = [(work.run_next, jobs_turn)] * threads() + [(deliveries.send_next, deliveries_turn)] * SENDERS
    for number, (act, turn) in enumerate(acts):
        threading.Thread(target=_repeat, args=(act, turn, stopping), name=f"worker-{number}", daemon=True).start()
    sweep_seconds = min(SWEEP_SECONDS, settings.JOB_LEASE_SECONDS)
    threading.Thread(target=_every, args=(sweep_seconds, sweep, stopping), name="sweep", daemon=True).start()
    if connection.vendor == "sqlite":
        threading.Thread(target=_every, args=(CLOCK_SECONDS, tidy, stopping), name="tidy", daemon=True).start()
    _every(CLOCK_SECONDS, schedules.Clock().run_due, stopping)
    work.put_back_all()


def threads() -> int:
    """How many jobs run side by side: one more than cores, so that the next page waits at the engines' door."""
    return settings.WORKER_THREADS or len(os.sched_getaffinity(0)) + 1


def sweep() -> None:
    """Every sweep there is. Harmless at any moment, any number of times at once."""
    jobs.sweep()
    deliveries.sweep()


def tidy() -> None:
    """Bring what SQLite's log holds into its file, here, so that no request has to: that waits for the disk."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


class Turn:
    """Of the threads that have nothing to do, one looks into the table for all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0

    def is_due(self) -> bool:
        """It is time to look again; whoever asks now looks."""
        with self._lock:
            now = time.monotonic()
            if now < self._next:
                return False
            self._next = now + POLL_SECONDS
            return True


def _repeat(act: Callable[[], bool], turn: Turn, stopping: threading.Event) -> None:
    """Call `act` again and again; wait where there was nothing to do, or the database is away."""
    has_worked = False
    while not stopping.is_set():
        try:
            has_worked = (has_worked or turn.is_due()) and act()
            pause = 0.0 if has_worked else POLL_SECONDS
        except Exception as error:  # noqa: BLE001 - the worker outlives whatever its acts meet
            _note(act, error)
            has_worked, pause = False, AFTER_FAULT_SECONDS
        if pause:
            stopping.wait(pause)


def _every(seconds: float, act: Callable[[], object], stopping: threading.Event) -> None:
    """Call `act` every so many seconds, whatever happens to it."""
    while not stopping.wait(seconds):
        try:
            close_old_connections()
            act()
        except Exception as error:  # noqa: BLE001 - the worker outlives whatever its acts meet
            _note(act, error)


def _note(act: Callable[[], object], error: Exception) -> None:
    """Say what went wrong, and let the next call open a connection of its own."""
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("The database does not answer (%s); trying again", act.__name__)
    else:
        log.error("%s failed; trying again", act.__name__, exc_info=error)
    connection.close()
