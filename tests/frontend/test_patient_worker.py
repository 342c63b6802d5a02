"""Clients that send the heads of their requests slowly hold nobody else up."""

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
THREADS, SLOW = 2, 60
# An application that answers at once, and echoes its body.
SERVER = """
import sys
from gunicorn.app.base import BaseApplication
from frontend.operation import patient_worker
patient_worker.HEAD_SECONDS = 2.0
class Server(BaseApplication):
    def load_config(self):
        wanted = {"bind": "127.0.0.1:0", "threads": %d, "worker_class": sys.argv[1], "loglevel": "info"}
        for name, value in wanted.items():
            self.cfg.set(name, value)
    def load(self):
        def application(environ, start_response):
            body = environ["wsgi.input"].read()
            start_response("200 OK", [("Content-Length", str(len(body) + 2))])
            return [b"ok" + body]
        return application
Server().run()
"""
PATIENT = "frontend.operation.patient_worker.PatientWorker"


@pytest.fixture
def serving():
    """Start a server with this class of workers; its port."""
    with ExitStack() as stack:

        def start(worker_class: str = PATIENT) -> int:
            command = [sys.executable, "-c", SERVER % THREADS, worker_class]
            server = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True))
            stack.callback(server.terminate)
            for line in server.stderr:
                if "Listening at: http://127.0.0.1:" in line:
                    return int(line.split("127.0.0.1:")[1].split()[0])
            raise AssertionError("The server did not start.")

        yield start


def ask(port: int, *, seconds: float = 30, body: bytes = b"") -> bytes:
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        caller.request("POST", "/", body)
        return caller.getresponse().read()
    finally:
        caller.close()


def slow_clients(port: int, stack: ExitStack) -> list[socket.socket]:
    """Each has sent the beginning of a head, and no more."""
    clients = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(SLOW)]
    for client in clients:
        client.sendall(b"GET / HTTP/1.1\r\nHo")
    return clients


def test_others_are_served_beside_sixty_slow_heads(serving):
    port = serving()
    with ExitStack() as stack:
        slow_clients(port, stack)

        assert ask(port) == b"ok"


def test_gunicorns_own_worker_would_serve_nobody(serving):
    """Negative control."""
    port = serving("gthread")
    with ExitStack() as stack:
        slow_clients(port, stack)

        with pytest.raises(TimeoutError):
            ask(port, seconds=4)


def test_a_head_that_comes_in_pieces_is_served(serving):
    with socket.create_connection(("127.0.0.1", serving()), 30) as client:
        for piece in (b"GET / HT", b"TP/1.1\r\nHost: a\r\n", b"Connection: close\r\n\r\n"):
            client.sendall(piece)
            time.sleep(0.2)

        assert client.makefile("rb").read().endswith(b"\r\n\r\nok")


def test_a_head_that_does_not_come_is_given_up(serving):
    port = serving()
    for beginning in (b"", b"GET / HT"):
        with socket.create_connection(("127.0.0.1", port), 30) as client:
            client.sendall(beginning)

            assert client.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_a_head_without_end_is_refused(serving):
    with socket.create_connection(("127.0.0.1", serving()), 30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70_000)

        assert client.recv(1000).startswith(b"HTTP/1.1 431 ")


def test_a_connection_is_kept_for_the_next_request(serving):
    caller = http.client.HTTPConnection("127.0.0.1", serving(), timeout=30)
    for body in (b"one", b"two" * 100_000, b"three"):
        caller.request("POST", "/", body)
        assert caller.getresponse().read() == b"ok" + body
    caller.close()


def test_a_client_that_goes_away_leaves_nothing_behind(serving):
    port = serving()
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(os.urandom(1))

    assert ask(port) == b"ok"
