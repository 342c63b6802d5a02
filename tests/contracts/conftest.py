"""What the tests of both wire contracts share: a web server outside, and plans to choose from."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from time import sleep

import pytest

from billing.models import UsageRecord

OUTSIDE = "127.0.0.2"  # plays the internet; the rest of loopback stays closed


class Near:
    """Equal to every float at most `within` away: where a box lies depends on the engine's version."""

    def __init__(self, value: float, within: float) -> None:
        self._value, self._within = value, within

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float | int) and abs(other - self._value) <= self._within

    def __repr__(self) -> str:
        return f"{self._value} ± {self._within}"

    __hash__ = None


@pytest.fixture
def charged(db) -> Callable[[], list[tuple[str, str, int, int]]]:
    """The usage ledger as it stands: kind, status, units, engine."""
    rows = UsageRecord.objects.order_by("id")
    return lambda: list(rows.values_list("kind", "status", "units", "engine"))


@pytest.fixture
def site(settings) -> Iterator[Callable[..., str]]:
    """Puts a file on the web: returns its URL. `seconds` makes it arrive drop by drop, for ever."""
    settings.FETCH_ALLOWED_NETWORKS = (ip_network(f"{OUTSIDE}/32"),)
    files: dict[str, tuple[bytes, str, int, float, str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, kind, status, seconds, location = files[self.path]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            if location:
                self.send_header("Location", location.encode().decode("latin-1"))
            self.end_headers()
            self.wfile.write(body)
            while seconds and not stopping.is_set():
                sleep(seconds)
                self.wfile.write(b"x" * 100)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

    stopping = threading.Event()
    server = ThreadingHTTPServer((OUTSIDE, 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def publish(
        path: str, body: bytes, kind: str = "image/png", *, status: int = 200, seconds: float = 0, location: str = ""
    ) -> str:
        files[path] = (body, kind, status, seconds, location)
        return f"http://{OUTSIDE}:{server.server_port}{path}"

    yield publish
    stopping.set()
    server.shutdown()
    server.server_close()
