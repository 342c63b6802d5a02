"""The service's side of the engine host: one call reads one page. Knows no Django."""

import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from accounts.errors import SpocrError, Unavailable
from ocr import engine_protocol, images
from ocr.engine_protocol import Disconnected
from ocr.searchable_pdf import NotArchivable
from ocr.types import Page

START_TIMEOUT_SECONDS = 15
START_AGAIN_SECONDS = 2
IDLE_EXIT_SECONDS = 120


class EngineBusy(Unavailable):
    """Every engine is taken and the queue is full, or the wait was too long."""

    code = "busy"
    message = "All engines are busy. Try again in a few seconds."


class EngineTimeout(Unavailable):
    """The page passed its time limit."""

    code = "timeout"


class EngineFailed(Unavailable):
    """The engine crashed, ran out of memory, or is not installed."""

    code = "ocr_engine_error"
    message = "The engine failed on this page. Try another engine, or save the page again and retry."


_ERRORS: dict[str, type[SpocrError]] = {
    "busy": EngineBusy,
    "timeout": EngineTimeout,
    "engine_failed": EngineFailed,
    "ocr_engine_error": EngineFailed,
    "unavailable": EngineFailed,
    "unrecognized_type": images.UnrecognizedType,
    "damaged": images.DamagedDocument,
    "encrypted": images.EncryptedDocument,
    "too_many_pixels": images.TooManyPixels,
    "not_archivable": NotArchivable,
}


@dataclass(frozen=True, slots=True)
class HostSettings:
    """Where the engine host listens, and how to start one that is not there."""

    socket: Path
    processes: int
    queue: int
    memory_mb: int
    tesseract: str
    tessdata: str


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What to read; `index` counts pages from 0, `priority` 0 goes before 10."""

    index: int
    engine: int
    language: str
    file_type: str
    file_hint: str
    max_pages: int
    detect_orientation: bool
    scale: bool
    preview: bool
    priority: int
    queue_timeout_seconds: float
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class PdfRequest:
    """What to lay over a document; `pages` from the first one on, None where one could not be read."""

    pages: tuple[Page | None, ...]
    file_type: str
    file_hint: str
    is_hidden: bool
    watermark: str
    is_archival: bool
    priority: int
    queue_timeout_seconds: float
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A page as read; `page_count` of its document with the first page, else 0; `preview` a JPEG.

    `engine_seconds`: what it took in the engine process, waiting for one not counted.
    """

    page: Page
    page_count: int
    preview: bytes
    engine_seconds: float = 0.0


class Asked:
    """What an engine process has been asked for and works on; to be closed when nobody wants it any more.

    Raises:
        EngineFailed: There is no engine host.
    """

    def __init__(self, host: HostSettings, operation: str, descriptor: int, request: dict[str, Any]) -> None:
        self._peer = _connected(host)
        wait = request["queue_timeout_seconds"] + 2 * request["timeout_seconds"] + START_TIMEOUT_SECONDS
        self._peer.settimeout(wait)
        try:
            engine_protocol.send(self._peer, {"op": operation, **request}, descriptor=descriptor)
        except (Disconnected, TimeoutError):
            self.close()
            raise EngineFailed from None

    def answer(self) -> tuple[dict[str, Any], bytes]:
        """Wait for what it says: JSON and a blob. Raises as `read_page`."""
        try:
            answer, blob, _ = engine_protocol.receive(self._peer)
        except (Disconnected, TimeoutError):
            raise EngineFailed from None
        if "error" in answer:
            raise _ERRORS.get(answer["error"], EngineFailed)(str(answer.get("message", "")))
        return answer, blob

    def close(self) -> None:
        self._peer.close()


def begin_page(host: HostSettings, descriptor: int, request: PageRequest) -> Asked:
    """Have one page of the open file `descriptor` read in an engine process, and do something else meanwhile."""
    return Asked(host, "read", descriptor, asdict(request))


def read_page(host: HostSettings, descriptor: int, request: PageRequest) -> PageAnswer:
    """`begin_page`, and what was read.

    Raises:
        UnreadableDocument: The file's fault (see `ocr.images`).
        EngineBusy, EngineTimeout, EngineFailed: Ours.
    """
    with closing(begin_page(host, descriptor, request)) as asked:
        return page_of(asked)


def page_of(asked: Asked) -> PageAnswer:
    """What was read on a page that was begun. Raises as `read_page`."""
    answer, blob = asked.answer()
    try:
        page = engine_protocol.page_from_json(answer["page"])
        return PageAnswer(page, int(answer["page_count"]), blob, float(answer.get("seconds", 0.0)))
    except (KeyError, TypeError, ValueError):
        raise EngineFailed from None


def count_pages(host: HostSettings, descriptor: int, request: PageRequest) -> int:
    """The pages of a document, counted no further than `max_pages` + 1. Raises as `read_page`."""
    answer, _ = _ask(host, "count", descriptor, asdict(request))
    return int(answer["page_count"])


def make_pdf(host: HostSettings, descriptor: int, request: PdfRequest) -> bytes:
    """The searchable PDF of the open file `descriptor`, made in an engine process. Raises as `read_page`.

    Raises:
        NotArchivable: PDF/A is asked for and the document cannot become one.
    """
    pages = [engine_protocol.page_to_json(page) if page else None for page in request.pages]
    named = {field.name: getattr(request, field.name) for field in fields(request)}
    answer, blob = _ask(host, "pdf", descriptor, named | {"pages": pages})
    if not blob or len(blob) != answer.get("size_bytes"):
        raise EngineFailed
    return blob


def show_page(host: HostSettings, descriptor: int, request: PageRequest) -> bytes:
    """A JPEG of one page, upright, without reading it. Raises as `read_page`."""
    return _ask(host, "show", descriptor, asdict(request))[1]


def status(host: HostSettings) -> dict[str, Any]:
    """What the host does now: `processes` (ids), `free`, `waiting`."""
    with _connected(host) as peer:
        engine_protocol.send(peer, {"op": "status"})
        return engine_protocol.receive(peer)[0]


def command(host: HostSettings, *, idle_exit_seconds: float = 0) -> list[str]:
    """The command line that runs an engine host."""
    return [
        *(sys.executable, "-m", "ocr.engine_host", "--socket", str(host.socket)),
        *("--processes", str(host.processes), "--queue", str(host.queue)),
        *("--memory-mb", str(host.memory_mb), "--tesseract", host.tesseract),
        *("--tessdata", host.tessdata, "--idle-exit", str(idle_exit_seconds)),
    ]


def _ask(host: HostSettings, operation: str, descriptor: int, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    with closing(Asked(host, operation, descriptor, request)) as asked:
        return asked.answer()


def _connected(host: HostSettings) -> socket.socket:
    """A connection to the host; one is started where none listens.

    `manage.py serve` keeps a host running; a lone worker, shell or test starts one here, which
    ends by itself when nobody has asked for a while.
    """
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    next_start = 0.0
    while True:
        peer = socket.socket(socket.AF_UNIX)
        try:
            peer.connect(str(host.socket))
            return peer
        except (FileNotFoundError, ConnectionRefusedError):
            peer.close()
        now = time.monotonic()
        if now > deadline:
            raise EngineFailed("The engine host does not start. Look into its log.")
        if now > next_start:  # again and again: one that is ending still holds its lock
            _start(host)
            next_start = now + START_AGAIN_SECONDS
        time.sleep(0.05)


# Hosts that this process started, so that their ends are waited for.
_started: list[subprocess.Popen[bytes]] = []


def _start(host: HostSettings) -> None:
    _started[:] = [process for process in _started if process.poll() is None]
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        command(host, idle_exit_seconds=IDLE_EXIT_SECONDS),
        cwd=Path(__file__).resolve().parent.parent,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
    )
    _started.append(process)
