"""The real programs on the database of a test, each as a process of its own: web server, worker, Celery."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection

from tests.chaos.workers import wait_until

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 5
# A page of one upload, as `curl -F path=/Receipts -F files=@a.png` sends it.
BODY = (
    b'--b\r\nContent-Disposition: form-data; name="path"\r\n\r\n/Receipts\r\n'
    b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n%s\r\n--b--\r\n'
)


def environment(site: dict[str, Any], **changes: str) -> dict[str, str]:
    """Of a program on this test's database, storage and engines."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": "",
        "CACHE_URL": "",
        "DJANGO_SETTINGS_MODULE": "tests.chaos.portal_settings",
        "TEST_MEDIA_ROOT": site["MEDIA_ROOT"],
        "SPOCR_ENGINE_SOCKET": site["ENGINE_SOCKET"],
        "SPOCR_JOB_LEASE_SECONDS": "1",
        **changes,
    }


def database_url(*, port: int | None = None) -> str:
    """Of this test's database; with `port`, by another way to the same server."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    server = os.environ["DATABASE_URL"].rsplit("/", 1)[0]
    if port is not None:
        server = f"{server.rpartition(':')[0]}:{port}"
    return f"{server}/{name}"


@contextmanager
def portal(settings: dict[str, str], application: str = "mortal") -> Iterator[int]:
    """A web server; its port. `mortal` ends by a request's header `X-Die`, `leaking` forgets nothing."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        f"tests.chaos.{application}:application",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    with program([*command, "--threads", "4", "--log-level", "error"], settings):
        wait_until(lambda: answers(port), seconds=60)
        yield port


@contextmanager
def program(command: list[str], settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A program of ours, with a process group of its own."""
    process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):  # what it has started, too
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def worker(settings: dict[str, str]):
    """`manage.py worker`."""
    return program([sys.executable, "manage.py", "worker"], settings)


def celery(settings: dict[str, str], folder: Path):
    """A Celery worker with its beat."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-B", "-P", "threads", "-c", "4"]
    return program([*command, "-s", str(folder / "beat"), "-Q", "ocr,webhooks,billing", "-l", "ERROR"], settings)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    try:
        return call(port, "GET", "/health", {})[0] == 200
    except OSError:
        return False


def call(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes = b"", *, seconds: float = 30
) -> tuple[int, bytes]:
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        caller.request(method, path, body, headers)
        answer = caller.getresponse()
        return answer.status, answer.read()
    finally:
        caller.close()


def upload(port: int, key: str, content: bytes = b"page", *, seconds: float = 30, **headers: str) -> tuple[int, bytes]:
    """POST /upload of one page."""
    named = {"Authorization": f"Bearer {key}", "Content-Type": "multipart/form-data; boundary=b", **headers}
    return call(port, "POST", "/upload", named, BODY % content, seconds=seconds)
