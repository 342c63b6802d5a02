"""An engine host that reads nothing: it speaks the real protocol on a real socket, and answers one page or more.

Faults come with the document: `CRASH` is answered as by an engine that died, `SLOW` takes long; or with the number
of a page, as the error that the real host answers.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ocr import engine_protocol
from ocr.engine_protocol import Disconnected
from ocr.types import Line, Page, Point, Polygon, Word

CRASH, SLOW = b"crash", b"slow"
SLOW_SECONDS = 3.0


class EngineHost:
    """Answers after `seconds`; notes the documents that it was given.

    Attributes:
        faults: By the number of a page, from 0: the code of the error that it ends with.
    """

    def __init__(self, path: Path, seconds: float, pages: int, faults: Mapping[int, str]) -> None:
        self.path, self.seconds, self.pages, self.faults = path, seconds, pages, faults
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
            if descriptor < 0:  # who asked was killed in the middle
                return
            with os.fdopen(descriptor, "rb") as document:
                document.seek(0)
                content = document.read()
            if request["op"] == "count":
                engine_protocol.send(peer, {"page_count": self.pages})
                return
            self.documents.append(content)
            time.sleep(SLOW_SECONDS if content.startswith(SLOW) else self.seconds)
            if content.startswith(CRASH):
                engine_protocol.send(peer, {"error": "engine_failed", "message": "The engine ended."})
                return
            if fault := self.faults.get(request["index"]):
                engine_protocol.send(peer, {"error": fault, "message": f"This page ended with {fault}."})
                return
            page = engine_protocol.page_to_json(_page(request["index"] + 1))
            engine_protocol.send(peer, {"page": page, "page_count": self.pages})


@contextmanager
def running(
    path: Path, *, seconds: float = 0.0, pages: int = 1, faults: Mapping[int, str] | None = None
) -> Iterator[EngineHost]:
    host = EngineHost(path, seconds, pages, faults or {})
    threading.Thread(target=host.serve, daemon=True).start()
    try:
        yield host
    finally:
        host.close()


def _page(number: int) -> Page:
    corners = Polygon(Point(10, 10), Point(90, 10), Point(90, 30), Point(10, 30))
    word = Word("Total", corners, 0.9)
    return Page(number, 100, 100, (Line((word,), corners),), 0, "eng", "engine")
