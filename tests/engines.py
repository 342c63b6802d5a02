"""Real engine processes, asked directly: a page in, a page out."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

from ocr import pool
from ocr.pool import HostSettings, PageRequest
from tests import poison
from tests.pictures import latin, page

REQUEST = PageRequest(
    index=0,
    engine=1,
    language="eng",
    file_type="",
    file_hint="",
    max_pages=3,
    detect_orientation=False,
    scale=False,
    preview=False,
    priority=0,
    queue_timeout_seconds=30,
    timeout_seconds=30,
)


@cache
def slow_page() -> bytes:
    """A PNG that keeps Tesseract busy for many seconds."""
    lines = ["The quick brown fox jumps over the lazy dog 0123456789 " * 4] * 150
    return poison.encoded(page(*lines, typeface=latin(22), size=(3_000, 5_400)), "PNG")


@contextmanager
def file_of(data: bytes) -> Iterator[int]:
    with os.fdopen(os.memfd_create("document"), "w+b") as file:
        file.write(data)
        file.flush()
        yield file.fileno()


def read(host: HostSettings, data: bytes, **changes: object) -> pool.PageAnswer:
    with file_of(data) as descriptor:
        return pool.read_page(host, descriptor, replace(REQUEST, **changes))


def in_background(act: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """The thread that runs `act`, and where its value or error will lie."""
    outcomes: list[object] = []

    def run() -> None:
        try:
            outcomes.append(act())
        except Exception as error:  # noqa: BLE001 - the test looks at it
            outcomes.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcomes


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
