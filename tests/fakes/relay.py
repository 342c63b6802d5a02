"""A network between two programs that can fall silent: it takes everything, closes nothing, and passes nothing on."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay:
    """Forwards each connection to a port of this machine; `silence` holds back what comes, `speak` lets it go on."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._speaks = threading.Event()
        self._speaks.set()
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def silence(self) -> None:
        self._speaks.clear()

    def speak(self) -> None:
        self._speaks.set()

    def close(self) -> None:
        self.speak()
        for each in (self._server, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller = self._server.accept()[0]
                try:
                    called = socket.create_connection(("127.0.0.1", self._target))
                except OSError:
                    caller.close()
                    continue
                self._open += [caller, called]
                for pair in ((caller, called), (called, caller)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65_536):
                self._speaks.wait()
                target.sendall(piece)
        with suppress(OSError):
            self._speaks.wait()
            target.shutdown(socket.SHUT_WR)


@contextmanager
def relaying(target: int) -> Iterator[Relay]:
    relay = Relay(target)
    try:
        yield relay
    finally:
        relay.close()
