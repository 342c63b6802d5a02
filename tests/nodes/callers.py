"""Customers that call the API from several threads, and note each answer."""

import http.client
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

BOUNDARY = "b"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True)
class Answer:
    """Status 0: the connection broke before there was one."""

    status: int
    body: bytes = b""
    seconds: float = 0.0


@dataclass
class Callers:
    """Threads that repeat a call until so many are made, and `enough` is set; each call gets its own number."""

    call: Callable[[int], Answer]
    least: int
    enough: threading.Event = field(default_factory=threading.Event)
    threads: int = 8
    answers: list[Answer] = field(default_factory=list)

    def __enter__(self) -> "Callers":
        self._numbers, self._lock = count(), threading.Lock()
        self._running = [threading.Thread(target=self._repeat, daemon=True) for _ in range(self.threads)]
        for thread in self._running:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.enough.set()
        for thread in self._running:
            thread.join(300)

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    def _repeat(self) -> None:
        while True:
            with self._lock:
                number = next(self._numbers)
            if number >= self.least and self.enough.is_set():
                return
            self.answers.append(self.call(number))


def call(port: int, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Answer:
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    started = time.monotonic()
    try:
        caller.request(method, path, body or None, headers)
        answer = caller.getresponse()
        return Answer(answer.status, answer.read(), time.monotonic() - started)
    except (OSError, http.client.HTTPException):
        return Answer(0, seconds=time.monotonic() - started)
    finally:
        caller.close()


def upload(port: int, key: str, content: bytes, *, path: str = "/Receipts", once: str = "") -> Answer:
    """POST /upload of one file."""
    body = part("path", path.encode()) + part("files", content, filename="page.png") + b"--b--\r\n"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": KIND}
    return call(port, "POST", "/upload", headers | ({"Idempotency-Key": once} if once else {}), body)


def upload_until_accepted(port: int, key: str, content: bytes) -> Answer:
    """As a careful customer does: the same request under the same key, until there is an answer."""
    once = str(uuid.uuid4())
    for _ in range(200):
        answer = upload(port, key, content, once=once)
        if answer.status == 202:
            return answer
        time.sleep(0.1)
    return answer


def parse(port: int, key: str, content: bytes) -> Answer:
    """POST /parse/image."""
    body = part("file", content, filename="page.png") + b"--b--\r\n"
    return call(port, "POST", "/parse/image", {"apikey": key, "Content-Type": KIND}, body)


def part(name: str, content: bytes, *, filename: str = "") -> bytes:
    named = f'; filename="{filename}"' if filename else ""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"
