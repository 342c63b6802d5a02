"""A whole installation on many nodes, on this machine: web nodes, Celery workers, beat, S3 and the proxy.

Every part is the real program as `deploy/compose.yaml` starts it. Used by tests, and by `python -m bench nodes`.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "nodes"
START_SECONDS = 180
CELERY = (sys.executable, "-m", "celery", "-A", "config")
QUEUES = "ocr,webhooks,billing"


class Node:
    """One program with a process group, a log and perhaps a port of its own."""

    def __init__(self, name: str, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        self._command, self._environment = command, environment
        self.start()

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=out, stderr=out, start_new_session=True
            )

    def kill(self) -> None:
        """As if its machine had lost power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self, seconds: float = 60) -> float:
        """As its operator ends it; returns how long it took."""
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(seconds)
        return time.monotonic() - started


class Cluster:
    """Nodes on one database, Redis and bucket.

    Args:
        folder: Each node gets a data folder of its own below it.
        services: Settings that all nodes share: DATABASE_URL, CACHE_URL, CELERY_BROKER_URL, SECRET_KEY and more.
    """

    def __init__(self, folder: Path, services: dict[str, str]) -> None:
        self.folder, self.nodes = folder, list[Node]()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.services = {**kept, "LOG_LEVEL": "WARNING", **services}

    def store(self) -> str:
        """Start an S3 server with an empty bucket; its storage URL, which all later nodes use."""
        port = free_port()
        self._add("s3", [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], {})
        wait_until(lambda: is_open(port))
        endpoint = f"http://127.0.0.1:{port}"
        about = {"endpoint_url": endpoint, "aws_access_key_id": "a", "aws_secret_access_key": "b"}
        boto3.client("s3", region_name="us-east-1", **about).create_bucket(Bucket=BUCKET)
        self.services["SPOCR_STORAGE_URL"] = f"s3://a:b@{BUCKET}/files?endpoint={endpoint}&region=us-east-1"
        return self.services["SPOCR_STORAGE_URL"]

    def web(self, port: int, **settings: str) -> Node:
        """Start a web node; `wait_for` says when it answers."""
        command = [sys.executable, "manage.py", "portal"]
        return self._add(f"web-{port}", command, {"PORT": str(port), **settings})

    def worker(self, *, threads: int = 2, cores: str = "", **settings: str) -> Node:
        """Start a worker node; with `cores` such as "0" it may use only those."""
        name = f"worker-{len(self.nodes)}"
        pinned = ["taskset", "-c", cores] if cores else []
        celery = [*CELERY, "worker", "-P", "threads", "-c", str(threads), "-Q", QUEUES, "-n", f"{name}@here"]
        return self._add(name, [*pinned, *celery, "-l", "ERROR"], settings)

    def beat(self) -> Node:
        return self._add("beat", [*CELERY, "beat", "-s", str(self.folder / "beat.db"), "-l", "ERROR"], {})

    def proxy(self, ports: list[int]) -> int:
        """Start Debian's Caddy with our Caddyfile before web nodes on these ports; the port that it listens on."""
        port = free_port()
        nodes = " ".join(f"127.0.0.1:{each}" for each in ports)
        settings = {"SPOCR_ADDRESS": f"http://127.0.0.1:{port}", "SPOCR_WEB_NODES": nodes}
        settings |= {"XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        self._add("proxy", ["caddy", "run", "--config", "deploy/Caddyfile", "--adapter", "caddyfile"], settings)
        wait_until(lambda: is_open(port))
        return port

    def stop(self) -> None:
        for node in self.nodes:
            if node.process.poll() is None:
                node.kill()

    def logs(self) -> str:
        return "\n".join(f"{node.name}: {node.log.read_text()[-1500:]}" for node in self.nodes)

    def _add(self, name: str, command: list[str], settings: dict[str, str]) -> Node:
        environment = {**self.services, "SPOCR_DATA_DIR": str(self.folder / name), **settings}
        self.nodes.append(Node(name, command, self.folder, environment))
        return self.nodes[-1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)
