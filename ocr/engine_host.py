"""The engine host: hands out a machine's engine processes, one for each core.

However many web workers and job workers there are, they share these slots through one Unix
socket. A request waits in a bounded queue, by priority, then in order of arrival. A process
that crashes or passes its deadline is killed with its whole group and replaced; the host
itself never looks at a document, nor into what was read on it. Run as `python -m ocr.engine_host`; knows no Django.
"""

import argparse
import fcntl
import heapq
import itertools
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ocr.engine_protocol import Disconnected, Json, Packed, hand_on, pack, receive_packed

log = logging.getLogger("spocr.engines")
# A process that has grown past this share of its limit is replaced between two pages.
WORN_OUT = 0.6
MAX_PAGES = 2000
# How long after its own deadline a process may take to answer before it is killed.
GRACE_SECONDS = 1.0
ATTEMPTS = 2
# The priority of a page that somebody waits for; all others are batch.
FIRST = 0
# Quick requests go before pages when the cores are full, and a page that somebody waits for before a batch's.
NICENESS, SPARE_NICENESS = 5, 2
# One thread for each process: with more, two processes on two cores are five times slower.
ENVIRONMENT = {
    "OMP_THREAD_LIMIT": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
}
# No secret of the service reaches a process that reads strangers' documents.
INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Threads that may wait for the next request at once; more are started while they are needed.
MOST_LISTENING = 8
BUSY = {"error": "busy", "message": "All engines are busy. Try again in a few seconds."}
TIMED_OUT = {"error": "timeout", "message": "The page took longer than its time limit and was given up."}
CRASHED = {"error": "engine_failed", "message": "The engine failed on this page."}


@dataclass
class Settings:
    """How the host runs; see `_arguments` for units."""

    processes: int
    queue: int
    memory_mb: int
    tesseract: str = "auto"
    tessdata: str = ""
    warm: bool = True


class EngineProcess:
    """One engine process and the socket to it.

    Attributes:
        is_spare: It takes only pages that somebody waits for, while batch pages hold the others.
    """

    def __init__(self, settings: Settings, *, is_spare: bool = False) -> None:
        self._settings = settings
        self.is_spare = is_spare
        self.pages = 0
        self._start()

    def ask(self, request: Packed, *, timeout_seconds: float) -> Packed:
        """Have one page read.

        Raises:
            TimeoutError
            Disconnected: The process died.
        """
        self.pages += 1
        self._peer.settimeout(timeout_seconds + GRACE_SECONDS)
        hand_on(self._peer, request)
        return receive_packed(self._peer)

    def is_worn_out(self) -> bool:
        return self.pages >= MAX_PAGES or self._resident_mb() > WORN_OUT * self._settings.memory_mb

    def replace(self) -> None:
        """End the process with everything that it started, and start a fresh one."""
        self.end()
        self._start()

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._peer.close()
        self._process.wait()

    def _resident_mb(self) -> int:
        try:
            with open(f"/proc/{self._process.pid}/statm") as file:  # noqa: PTH123 - opened 10 times a second
                return int(file.read().split()[1]) * PAGE_BYTES >> 20
        except (OSError, IndexError):  # it has just ended: the next page finds out
            return 0

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        options = self._settings
        command = [
            *(sys.executable, "-m", "ocr.engine_process", "--socket", str(theirs.fileno())),
            *("--memory-mb", str(options.memory_mb), "--tesseract", options.tesseract),
            *("--niceness", str(SPARE_NICENESS if self.is_spare else NICENESS)),
            *(("--tessdata", options.tessdata) if options.tessdata else ()),
            *(("--warm",) if options.warm else ()),
        ]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, pass_fds=[theirs.fileno()], start_new_session=True, stdin=subprocess.DEVNULL,
            env={name: os.environ[name] for name in INHERITED if name in os.environ} | ENVIRONMENT,
            cwd=Path(__file__).resolve().parent.parent,
        )  # fmt: skip
        theirs.close()
        self._peer, self.pages = ours, 0


class Busy(Exception):
    """The queue is full, or the wait in it was too long."""


@dataclass(order=True)
class Waiter:
    """One who waits for a process; lower priorities first, then in order of arrival."""

    priority: int
    ticket: int
    process: EngineProcess | None = field(default=None, compare=False)
    has_it: threading.Event = field(default_factory=threading.Event, compare=False)


@dataclass
class Slots:
    """The engine processes that are free, and the queue of those who wait for one; one of both is empty.

    Attributes:
        spare: Free, too, but only for pages of priority FIRST while a batch holds another.
        busy_seconds: How long processes have been taken, all together.
    """

    free: list[EngineProcess]
    queue_limit: int
    spare: list[EngineProcess] = field(default_factory=list)
    busy_seconds: float = 0.0
    _batch: int = 0  # processes that a batch holds
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _waiting: list[Waiter] = field(default_factory=list)
    _tickets: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def one(self, *, priority: int, timeout_seconds: float) -> Iterator[EngineProcess]:
        """A process of one's own for the length of the block; lower priority numbers go first.

        Raises:
            Busy
        """
        process = self._take(priority, timeout_seconds)
        started = time.monotonic()
        try:
            yield process
        finally:
            self._hand_on(process, priority, time.monotonic() - started)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def is_full_of_batch(self) -> bool:
        return not self.free and self._batch > 0

    def _take(self, priority: int, timeout_seconds: float) -> EngineProcess:
        with self._lock:
            if self.free:
                self._batch += priority > FIRST
                return self.free.pop()
            if self.spare and priority == FIRST and self._batch:
                return self.spare.pop()
            if len(self._waiting) >= self.queue_limit:
                raise Busy
            waiter = Waiter(priority, next(self._tickets))
            heapq.heappush(self._waiting, waiter)
        waiter.has_it.wait(timeout_seconds)
        with self._lock:
            if waiter.process is None:
                self._waiting.remove(waiter)
                heapq.heapify(self._waiting)
                raise Busy
            return waiter.process

    def _hand_on(self, process: EngineProcess, priority: int, worked_seconds: float) -> None:
        """To the next in the queue, and only that one is woken: the process must not stand idle meanwhile."""
        with self._lock:
            self.busy_seconds += worked_seconds
            self._batch -= priority > FIRST
            fits = self._waiting and (not process.is_spare or (self._batch and self._waiting[0].priority == FIRST))
            if not fits:
                (self.spare if process.is_spare else self.free).append(process)
                return
            waiter = heapq.heappop(self._waiting)
            self._batch += waiter.priority > FIRST
            waiter.process = process
            waiter.has_it.set()


class Host:
    """Serves the socket until it is told to stop, or nobody has asked for `idle_exit_seconds`."""

    def __init__(self, path: Path, settings: Settings, idle_exit_seconds: float = 0) -> None:
        self._path = path
        self._idle_exit_seconds = idle_exit_seconds
        self._settings = settings
        self._processes = [EngineProcess(settings) for _ in range(settings.processes)]
        self._slots = Slots(list(self._processes), settings.queue)
        self._active = self._listening = 0
        self._last_seen = time.monotonic()
        self._lock = threading.Lock()

    def serve(self) -> None:
        listener = _listen(self._path)
        try:
            self._start_listening(listener)
            while not self._is_forgotten():
                time.sleep(1.0)
        finally:
            self._path.unlink(missing_ok=True)
            for process in self._processes:
                process.end()

    def _start_listening(self, listener: socket.socket) -> None:
        self._listening += 1
        threading.Thread(target=self._answer_peers, args=(listener,), daemon=True).start()

    def _answer_peers(self, listener: socket.socket) -> None:
        """Answer one peer after the other. Whoever leaves nobody listening behind starts somebody who does."""
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:  # too many open files
                time.sleep(0.1)
                continue
            with self._lock:
                self._active += 1
                self._listening -= 1
                if not self._listening:
                    self._start_listening(listener)
            with peer, suppress(Disconnected, OSError):
                self._answer_peer(peer)
            with self._lock:
                self._active -= 1
                self._last_seen = time.monotonic()
                if self._listening >= MOST_LISTENING:
                    return
                self._listening += 1

    def _answer_peer(self, peer: socket.socket) -> None:
        peer.settimeout(30)
        request = receive_packed(peer)
        try:
            answer = self._answer(request)
        finally:
            if request.descriptor >= 0:
                os.close(request.descriptor)
        hand_on(peer, answer)

    def _answer(self, packed: Packed) -> Packed:
        request, _ = packed.opened()
        if request.get("op") == "status":
            return Packed(pack(self._status()))
        if request["priority"] == FIRST and self._slots.is_full_of_batch:
            self._have_spare()
        try:
            with self._slots.one(
                priority=request["priority"], timeout_seconds=request["queue_timeout_seconds"]
            ) as process:
                return _read(process, packed, timeout_seconds=request["timeout_seconds"])
        except Busy:
            return Packed(pack(BUSY))

    def _have_spare(self) -> None:
        """One process more than there are cores, once somebody would wait for a page of a batch."""
        with self._lock:
            if len(self._processes) == self._settings.processes:
                spare = EngineProcess(self._settings, is_spare=True)
                self._processes.append(spare)
                self._slots.spare.append(spare)

    def _status(self) -> Json:
        pids = [process._process.pid for process in self._processes]
        free = len(self._slots.free) + len(self._slots.spare)
        busy = round(self._slots.busy_seconds, 3)
        return {"processes": pids, "free": free, "waiting": self._slots.waiting, "busy_seconds": busy}

    def _is_forgotten(self) -> bool:
        with self._lock:
            idle = time.monotonic() - self._last_seen
            return bool(self._idle_exit_seconds) and not self._active and idle > self._idle_exit_seconds


def _read(process: EngineProcess, request: Packed, *, timeout_seconds: float) -> Packed:
    """Have a page read; a process that dies is replaced and the page tried once more, because
    it may have died of something else than this page.
    """
    for _ in range(ATTEMPTS):
        try:
            answer = process.ask(request, timeout_seconds=timeout_seconds)
        except TimeoutError:
            log.warning("An engine process passed its time limit and was replaced")
            process.replace()
            return Packed(pack(TIMED_OUT))
        except (Disconnected, OSError):
            log.warning("An engine process died and was replaced")
            process.replace()
            continue
        if process.is_worn_out():
            process.replace()
        return answer
    return Packed(pack(CRASHED))


def _listen(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(256)
    return listener


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="path of the Unix socket")
    parser.add_argument("--processes", type=int, default=0, help="engine processes; 0: one for each core")
    parser.add_argument("--queue", type=int, default=64, help="requests that may wait")
    parser.add_argument("--memory-mb", type=int, default=1536, help="limit of one engine process")
    parser.add_argument("--tesseract", default="auto", help="auto, tesserocr or pytesseract")
    parser.add_argument("--tessdata", default="", help="folder of Tesseract's language data")
    parser.add_argument("--idle-exit", type=float, default=0, help="seconds without requests; 0: never end")
    return parser.parse_args()


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s - %(message)s")
    options = _arguments()
    options.socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = options.socket.with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # another host serves this socket
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    processes = options.processes or len(os.sched_getaffinity(0))
    settings = Settings(processes, options.queue, options.memory_mb, options.tesseract, options.tessdata)
    Host(options.socket, settings, options.idle_exit).serve()


if __name__ == "__main__":
    main()
