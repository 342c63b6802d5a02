"""Thousands of requests and readings later, the processes are as large as they were and hold no more open."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from ocr.models import RateWindow
from tests.chaos import programs
from tests.chaos.invariants import violations
from tests.chaos.programs import environment
from tests.chaos.test_databases import beside
from tests.chaos.test_workers import ended
from tests.chaos.workers import wait_until
from tests.nodes.callers import Answer, Callers, call, parse, upload

WARM_UP, REQUESTS, CALLERS = 400, 1_200, 4
# Of `make chaos`; another number for a quick look: CHAOS_REQUESTS=2000 make chaos
MANY = int(os.environ.get("CHAOS_REQUESTS", "10000"))
# Each n-th request stores or reads something.
WORK_EVERY = 20
# Memory breathes by some megabytes; what grows with each request passes this soon.
MOST_MB, MOST_HANDLES = 12, 4
PAGES = ("/", "/health", "/jobs?limit=20", "/view?path=/Receipts&limit=20", "/export?path=/Receipts&format=jsonl")


@dataclass(frozen=True)
class Size:
    """Of all processes of an installation together."""

    memory_mb: int
    files: int
    threads: int
    connections: int


def size(pids: list[int]) -> Size:
    return Size(
        memory_mb=sum(status(pid, "VmRSS") for pid in pids) >> 10,
        files=sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
        threads=sum(status(pid, "Threads") for pid in pids),
        connections=connections(),
    )


def status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def connections() -> int:
    """To this test's database, on a server that counts them."""
    if connection.vendor != "postgresql":
        return 0
    with beside() as other:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return other.execute(query).fetchone()[0]


def growth(before: Size, after: Size) -> list[str]:
    """What has become more than it may."""
    most = {"memory_mb": MOST_MB, "files": MOST_HANDLES, "threads": MOST_HANDLES, "connections": MOST_HANDLES}
    grown = {name: getattr(after, name) - getattr(before, name) for name in most}
    return [f"{name} +{more}" for name, more in grown.items() if more > most[name]]


class Installation:
    """A web server and a worker under load; what they were answered with."""

    def __init__(self, port: int, key: str) -> None:
        self.port, self.key = port, key
        self.pids = [pid for pid in processes() if "gunicorn" in arguments(pid) or is_worker(pid)]
        self.answers: list[Answer] = []

    def ask(self, number: int) -> Answer:
        if number % WORK_EVERY == 0:
            return upload(self.port, self.key, b"page %d of %d" % (number, len(self.answers)))
        if number % WORK_EVERY == 1:
            return parse(self.port, self.key, b"page")
        path = PAGES[number % len(PAGES)]
        return call(self.port, "GET", path, {"Authorization": f"Bearer {self.key}"})

    def work(self, requests: int) -> None:
        with Callers(self.ask, requests, threads=CALLERS) as callers:
            pass
        self.answers += callers.answers


@pytest.fixture
def installation(sheet, site, key, tmp_path):
    """Starts a web server and a worker, whose temporary files lie in a folder of their own."""
    (tmp_path / "temporary").mkdir()
    settings = environment(site, TMPDIR=str(tmp_path / "temporary"), SPOCR_METRICS_TOKEN="soak")

    @contextmanager
    def started(application: str = "mortal") -> Iterator[Installation]:
        with programs.worker(settings), programs.portal(settings, application) as port:
            wait_until(lambda: any(map(is_worker, processes())), seconds=30)
            yield Installation(port, key)

    return started


def processes() -> list[int]:
    """Those that this one has started, and theirs."""
    known, found = {os.getpid()}, []
    stats = (path for path in Path("/proc").glob("[0-9]*/stat"))
    parents = sorted(
        (int(path.parent.name), int(read(path).rpartition(")")[2].split()[1])) for path in stats if read(path)
    )
    for pid, parent in parents:
        if parent in known:
            known.add(pid)
            found.append(pid)
    return found


def read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def arguments(pid: int) -> str:
    return read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ")


def is_worker(pid: int) -> bool:
    return "manage.py worker" in arguments(pid)


def soak(running: Installation, organization, requests: int) -> list[str]:
    running.work(WARM_UP)
    wait_until(lambda: ended(organization), seconds=120)
    before = size(running.pids)
    running.work(requests)
    wait_until(lambda: ended(organization), seconds=600)
    return growth(before, size(running.pids))


def check(installation, organization, requests: int, temporary: Path) -> None:
    with installation() as running:
        assert soak(running, organization, requests) == []
        assert list(temporary.iterdir()) == []

    assert {answer.status for answer in running.answers} == {200, 202}
    assert violations(organization, organization.jobs.values_list("public_id", flat=True)) == []
    assert RateWindow.objects.count() < 50
    if connection.vendor == "sqlite":
        assert Path(f"{connection.settings_dict['NAME']}-wal").stat().st_size < 100_000_000


def test_a_thousand_requests_leave_nothing_behind(installation, organization, tmp_path):
    check(installation, organization, REQUESTS, tmp_path / "temporary")


@pytest.mark.chaos
def test_ten_thousand_requests_leave_nothing_behind(installation, organization, tmp_path):
    check(installation, organization, MANY, tmp_path / "temporary")


def test_a_portal_that_forgets_nothing_is_found_out(installation, organization):
    with installation("leaking") as running:
        found = soak(running, organization, REQUESTS)

    assert [one.split()[0] for one in found] == ["memory_mb", "files"]
