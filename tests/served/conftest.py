"""The service as an operator starts it, in a data folder of its own: its processes can be measured and searched."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 180


class Service:
    """A running portal. `log` is all that its processes have printed."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data, self.log = folder / "data", folder / "log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        # Not the test run's own settings: a start on an empty machine.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = {**kept, "SPOCR_DATA_DIR": str(self.data), "PORT": str(self.port), **settings}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(self._manage("serve"), env=self.environment, stdout=out, stderr=out)
        try:
            self._wait_for_start()
        except AssertionError:
            self.stop()
            raise

    def key(self, email: str, plan: str) -> str:
        """A new key of a new organization with this plan."""
        command = self._manage("issue_key", email, "--plan", plan)
        issued = subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True, timeout=60)
        return issued.stdout.split()[-1]

    def connect(self) -> socket.socket:
        """A plain connection to the portal."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def web_processes(self) -> list[int]:
        """The processes of the portal that serve requests."""
        return [pid for pid in descendants(self.process.pid) if "gunicorn" in command_of(pid)]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def _wait_for_start(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while "is running at" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def _manage(self, *arguments: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *arguments]


def descendants(pid: int) -> list[int]:
    try:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return children + [below for child in children for below in descendants(child)]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("served"), LOG_LEVEL="DEBUG")
    yield running
    running.stop()
