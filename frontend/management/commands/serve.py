"""One command that runs everything on one machine: engine host, portal, worker."""

import ctypes
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from frontend.demo import Demo, prepare
from frontend.operation import ending, starting
from frontend.operation.portal import GRACE_SECONDS, Portal
from ocr import pool, reading

READY_SECONDS = 30
RESTART_PAUSE_SECONDS = 1.0
PR_SET_PDEATHSIG = 1
# What libraries bring along and no page of ours asks for.
UNUSED = ["redoc", "rest_framework"]


class Part:
    """A child process that is kept running: a program, or what this process has loaded already."""

    def __init__(self, name: str, act: list[str] | Callable[[], None]) -> None:
        self.name = name
        self._act = act if callable(act) else partial(os.execv, act[0], act)
        self._process: ForkProcess | None = None
        self._started_at = 0.0

    def keep_running(self) -> None:
        """Start it, or start it again when it has ended; not more often than once a second."""
        if self._process and self._process.is_alive():
            return
        if time.monotonic() - self._started_at < RESTART_PAUSE_SECONDS:
            return
        if self._process:
            sys.stderr.write(f"{self.name} ended with {self._process.exitcode} and is started again\n")
        self._started_at = time.monotonic()
        connections.close_all()  # a connection has one owner
        self._process = get_context("fork").Process(target=self._run)
        self._process.start()

    def _run(self) -> None:
        _end_with_parent()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(settings.BASE_DIR)
        self._act()

    def stop(self) -> None:
        if self._process:
            self._process.terminate()

    def wait(self, seconds: float) -> None:
        if self._process is None:
            return
        self._process.join(max(seconds, 0.1))
        if self._process.is_alive():
            self._process.kill()


class Command(BaseCommand):
    """Prepare the database and start the parts; restart each that ends; stop them together."""

    help = "Run portal, background worker and engines on this machine until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="make a demo account and key, and print them")
        parser.add_argument("--local-stripe", action="store_true", help="run our own Stripe beside it; no money moves")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")

    def handle(self, *args: Any, demo: bool, host: str, local_stripe: bool, **options: Any) -> None:
        _demand_free_port(host)
        try:
            starting.demand(migrates=True)
        except starting.CannotStart as error:
            raise CommandError(str(error)) from error
        parts = [Part("The engine host", pool.command(reading.engine_host()))]
        parts += [Part("The local Stripe", _local_stripe())] if local_stripe else []
        for part in parts:
            part.keep_running()  # engines load while the database is prepared
        try:
            _bring_up_to_date()
            _collect_static_files()
            portal = Portal(host, settings.PORT)
            parts.append(Part("The portal", portal.run))
            parts[-1].keep_running()  # it loads while the demo is prepared
            account = prepare() if demo else None
            if local_stripe:
                call_command("stripe_sync")
            self._supervise(parts, account)
        finally:
            _stop(parts)

    def _supervise(self, parts: list[Part], account: Demo | None) -> None:
        stopping = ending.told()
        is_announced = False
        while not stopping.is_set():
            for part in parts:
                part.keep_running()
            if not is_announced and _is_ready():
                self._announce(account)
                is_announced = True
                parts.append(Part("The worker", _manage("worker")))  # nobody waits for it: pages come first
            stopping.wait(0.1 if not is_announced else 0.5)

    def _announce(self, account: Demo | None) -> None:
        lines = ["", f"  {settings.SITE_NAME} is running at {settings.SITE_URL}   (Ctrl-C stops it)"]
        if account:
            lines += [
                "",
                f"  Sign in:   {account.email}   password: {account.password}",
                f"  API key:   {account.key}",
                "",
                "  Try it:",
                f"  {account.curl}",
            ]
        self.stdout.write("\n".join([*lines, ""]))
        self.stdout.flush()


def _bring_up_to_date() -> None:
    """Migrate when there is something to do: finding out that there is nothing is much quicker."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)


def _local_stripe() -> list[str]:
    """Ours, of the tests. The gateway accepts its address with a test key only."""
    if not settings.STRIPE_ADDRESS:
        raise CommandError(
            "The local Stripe needs its address in SPOCR_STRIPE_ADDRESS. Start it so: make run STRIPE=local"
        )
    port = settings.STRIPE_ADDRESS.rpartition(":")[2]
    return [sys.executable, "-m", "tests.fakes.stripe", port, f"http://127.0.0.1:{settings.PORT}"]


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


def _demand_free_port(host: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} on {host} cannot be used: {error.strerror}. Stop what uses it, or choose "
                f"another: PORT={settings.PORT + 1} make run"
            ) from None


def _collect_static_files() -> None:
    """Collect only when a file has changed: it takes a second or two."""
    stamp_file = settings.DATA_DIR / "static.json"
    stamp = sha256(json.dumps(list(_static_files())).encode()).hexdigest()
    if stamp_file.exists() and stamp_file.read_text() == stamp and settings.STATIC_ROOT.exists():
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, ignore_patterns=UNUSED)
    stamp_file.write_text(stamp)


def _static_files() -> Iterator[tuple[str, int, int]]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            about = Path(storage.path(name)).stat()
            yield name, about.st_mtime_ns, about.st_size


def _is_ready() -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{settings.PORT}/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _end_with_parent() -> None:
    """In a child: be ended when this supervisor dies in whatever way."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(parts: list[Part]) -> None:
    """The engine host ends last: whoever still asks would start another."""
    deadline = time.monotonic() + settings.DRAIN_SECONDS + GRACE_SECONDS
    for group in (parts[1:], parts[:1]):
        for part in group:
            part.stop()
        for part in group:
            part.wait(deadline - time.monotonic())
