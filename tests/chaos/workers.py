"""Real worker processes: what `manage.py worker` runs, forked from a process that has imported it."""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from typing import Any

from django.db import connection

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.chaos.preloaded"])


class Workers:
    """So many worker processes on the database of this test.

    Args:
        settings: Values that differ from this installation's.
        switched_off: Dotted names of functions that do nothing in the workers: the protections under test.
    """

    def __init__(self, count: int, settings: dict[str, Any], switched_off: tuple[str, ...] = ()) -> None:
        self._arguments = (connection.settings_dict["NAME"], settings, switched_off)
        self.processes = [self._started() for _ in range(count)]
        self.kills = 0

    def kill_one(self) -> None:
        """SIGKILL one of them at random, and start another."""
        victim = random.choice(self.processes)
        victim.kill()
        victim.join()
        self.processes.remove(victim)
        self.processes.append(self._started())
        self.kills += 1

    def stop(self, number: int = signal.SIGKILL) -> list[float]:
        """End all; seconds that each took."""
        started, took = time.monotonic(), []
        for process in self.processes:
            os.kill(process.pid or 0, number)
        for process in self.processes:
            process.join(30)
            took.append(time.monotonic() - started)
        self.processes = []
        return took

    def _started(self) -> ForkServerProcess:
        process = _context.Process(target=_work, args=self._arguments, daemon=True)
        process.start()
        return process


def wait_until(condition: Callable[[], object], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def _work(database: str, changes: dict[str, Any], switched_off: tuple[str, ...]) -> None:
    from importlib import import_module

    from django.conf import settings
    from django.db import connections

    from ocr import worker

    connections.settings["default"]["NAME"] = database
    for name, value in changes.items():
        setattr(settings, name, value)
    for dotted in switched_off:
        module, _, name = dotted.rpartition(".")
        setattr(import_module(module), name, lambda *_, **__: None)
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    worker.run(stopping)
    os._exit(0)
