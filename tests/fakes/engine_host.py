"""An engine host that reads nothing: it speaks the real protocol on a real socket, and answers one page.

Faults come with the document: `CRASH` is answered as by an engine that died, `SLOW` takes long.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ocr import engine_protocol
from ocr.engine_protocol import Disconnected
from ocr.types import Line, Page, Point, Polygon, Word

CRASH, SLOW = b"crash", b"slow"
SLOW_SECONDS = 3.0


class EngineHost:
    """Answers after `seconds`; notes the documents that it was given."""

    def __init__(self, path: Path, seconds: float) -> None:
        self.path, self.seconds = path, seconds
        self.documents: list[bytes] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(64)

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._answer, args=(self._server.accept()[0],), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _answer(self, peer: socket.socket) -> None:
        with peer, suppress(Disconnected, OSError):
            request, _, descriptor = engine_protocol.receive(peer)
            with os.fdopen(descriptor, "rb") as document:
                document.seek(0)
                content = document.read()
            if request["op"] == "count":
                engine_protocol.send(peer, {"page_count": 1})
                return
            self.documents.append(content)
            time.sleep(SLOW_SECONDS if content.startswith(SLOW) else self.seconds)
            if content.startswith(CRASH):
                engine_protocol.send(peer, {"error": "engine_failed", "message": "The engine ended."})
                return
            engine_protocol.send(peer, {"page": engine_protocol.page_to_json(_page()), "page_count": 1})


@contextmanager
def running(path: Path, *, seconds: float = 0.0) -> Iterator[EngineHost]:
    host = EngineHost(path, seconds)
    threading.Thread(target=host.serve, daemon=True).start()
    try:
        yield host
    finally:
        host.close()


def _page() -> Page:
    corners = Polygon(Point(10, 10), Point(90, 10), Point(90, 30), Point(10, 30))
    word = Word("Total", corners, 0.9)
    return Page(1, 100, 100, (Line((word,), corners),), 0, "eng", "engine")
