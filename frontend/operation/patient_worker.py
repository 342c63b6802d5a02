"""A web server's process that waits for the heads of requests without giving them a thread.

gunicorn's own reads a head in a worker thread, however slowly it comes: as many clients as there are threads,
each sending a byte now and then, keep everybody else out. Here a connection is looked into, without taking
anything from it, until its head is whole; only then a thread reads it, at once.
"""

import selectors
import socket
import time
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_SECONDS = 10.0
MAX_HEAD_BYTES = 65_536
# How often a head that came in part is looked at again.
LOOK_AGAIN_SECONDS = 0.05
END_OF_HEAD = b"\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class PatientWorker(ThreadWorker):
    """gthread, but for the wait before a request's head is there."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Until when a head may come: of connections that have sent nothing, and of those that have sent a part.
        self._silent: dict[TConn, float] = {}
        self._begun: dict[TConn, float] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """Hand a connection to a thread as soon as its next request's head is there."""
        deadline = time.monotonic() + HEAD_SECONDS
        unreader = getattr(conn.parser, "unreader", None)
        if unreader is not None and unreader.buf.getvalue():
            self._start(conn)  # read ahead with the request before
        elif not self._is_decided(conn, deadline):
            conn.sock.setblocking(False)
            self._silent[conn] = deadline
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._hear, conn))

    def wait_for_and_dispatch_events(self, timeout: float | None) -> None:
        """As gunicorn's, and look after those whose heads are not yet whole."""
        super().wait_for_and_dispatch_events(LOOK_AGAIN_SECONDS if self._begun else timeout)
        for conn, deadline in list(self._begun.items()):
            del self._begun[conn]
            self._is_decided(conn, deadline)
        now = time.monotonic()
        for conn in [conn for conn, deadline in self._silent.items() if deadline < now]:
            del self._silent[conn]
            self.poller.unregister(conn.sock)
            self._refuse(conn, TOO_SLOW)

    def _hear(self, conn: TConn, _: object) -> None:
        """The first bytes are there."""
        self.poller.unregister(conn.sock)
        self._is_decided(conn, self._silent.pop(conn))

    def _is_decided(self, conn: TConn, deadline: float) -> bool:
        """Start, refuse or go on waiting for a connection that has sent something; False: it has sent nothing."""
        try:
            head = conn.sock.recv(MAX_HEAD_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            head = b""  # the thread finds out the same and ends it
        if not head or END_OF_HEAD in head:
            self._start(conn)
        elif len(head) >= MAX_HEAD_BYTES:
            self._refuse(conn, TOO_LARGE)
        elif time.monotonic() > deadline:
            self._refuse(conn, TOO_SLOW)
        else:
            self._begun[conn] = deadline
        return True

    def _start(self, conn: TConn) -> None:
        conn.data_ready = True
        super().enqueue_req(conn)

    def _refuse(self, conn: TConn, answer: bytes) -> None:
        with suppress(OSError):
            conn.sock.send(answer, socket.MSG_DONTWAIT)
        self.nr_conns -= 1
        conn.close()
