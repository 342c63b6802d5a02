"""The service under test: started as an operator would, on a free port and an empty data folder."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOUNDARY = "spocr-bench-boundary"
START_SECONDS = 600  # a busy machine takes minutes for what a quiet one does in ten seconds


class Service:
    """A running portal and a key without limits."""

    def __init__(self, port: int, key: str, process: subprocess.Popen[str], data: Path) -> None:
        self.port, self.key, self.process, self.data = port, key, process, data
        self._local = threading.local()

    def new_key(self, email: str) -> str:
        """A key of a new organization without limits."""
        issue = [sys.executable, str(ROOT / "manage.py"), "issue_key", email, "--plan", "self_hosted"]
        environment = {**os.environ, "SPOCR_DATA_DIR": str(self.data), "LOG_LEVEL": "ERROR"}
        issued = subprocess.run(issue, env=environment, check=True, capture_output=True, text=True)
        return issued.stdout.strip().splitlines()[-1]

    def parse(self, path: Path, *, engine: int = 1, language: str = "eng") -> bytes:
        """POST /parse/image with the overlay; the answer's bytes."""
        fields = {"OCREngine": str(engine), "language": language, "isOverlayRequired": "true"}
        return self.ask(fields, path)

    def ask(self, fields: dict[str, str], path: Path) -> bytes:
        """POST /parse/image with any fields; the answer's bytes."""
        return self._post("/parse/image", *_multipart(fields, path))

    def quick(self) -> float:
        """Seconds that an authenticated request without work takes, on a connection of its own."""
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/parse/image", body=b"", headers={"apikey": self.key})
        connection.getresponse().read()
        connection.close()
        return time.perf_counter() - started

    def throughput(self, files: list[Path], *, engine: int = 1, clients: int) -> float:
        """Files a second with so many clients at once."""
        started = time.monotonic()
        with ThreadPoolExecutor(clients) as pool:
            for answer in pool.map(lambda path: self.parse(path, engine=engine), files):
                assert b'"OCRExitCode":1' in answer, answer[:300]
        return len(files) / (time.monotonic() - started)

    def engine_processes(self) -> list[int]:
        """The processes that read for this service."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if b"ocr.engine_process" in (folder / "cmdline").read_bytes() and self._is_ours(int(folder.name)):
                    found.append(int(folder.name))
            except OSError:
                continue
        return found

    def engine_memory_mb(self) -> list[int]:
        """Resident memory of each engine process."""
        pages = (int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.engine_processes())
        return [count * 4096 >> 20 for count in pages]

    def _is_ours(self, pid: int) -> bool:
        while pid > 1:
            if pid == self.process.pid:
                return True
            pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        return False

    def _post(self, path: str, body: bytes, kind: str) -> bytes:
        headers = {"apikey": self.key, "Content-Type": kind}
        for _ in range(2):  # a kept connection may have been closed by the other side
            connection = self._connection()
            try:
                connection.request("POST", path, body=body, headers=headers)
                return connection.getresponse().read()
            except (http.client.HTTPException, OSError):
                self._local.connection = None
        raise ConnectionError("The service does not answer.")

    def _connection(self) -> http.client.HTTPConnection:
        if getattr(self._local, "connection", None) is None:
            self._local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection: http.client.HTTPConnection = self._local.connection
        return connection


@contextmanager
def running() -> Iterator[Service]:
    """Start the service; end it and delete its data afterwards."""
    data, port = Path(tempfile.mkdtemp(prefix="spocr-bench-")), _free_port()
    environment = {**os.environ, "SPOCR_DATA_DIR": str(data), "PORT": str(port), "LOG_LEVEL": "ERROR"}
    manage = [sys.executable, str(ROOT / "manage.py")]
    process = subprocess.Popen([*manage, "serve"], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        _wait_for(port, process)
        service = Service(port, "", process, data)
        service.key = service.new_key("bench@example.com")
        yield service
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(data, ignore_errors=True)


def _multipart(fields: dict[str, str], path: Path) -> tuple[bytes, str]:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    name = re.sub(r'["\r\n]', "", path.name)
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"".join([*parts, head.encode(), path.read_bytes(), f"\r\n--{BOUNDARY}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={BOUNDARY}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"The service ended at its start, with exit code {process.returncode}.")
        with suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.2)
    raise SystemExit(f"The service did not start within {START_SECONDS} seconds.")
