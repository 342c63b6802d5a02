"""Many nodes: throughput of two workers beside one, Celery beside the embedded worker, a call without OCR.

`python -m bench nodes` starts private servers and real nodes. Workers are pinned to one core each, with an engine of
their own. Ratios hold on a busy machine, times do not.
"""

import io
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import databases
from bench.documents import ROOT
from tests.servers import settings_of_all

PAGES, SMALL_JOBS, CALLS = 24, 300, 1_000
ROOMY = 1_000_000  # a limit that is counted and never reached
SAMPLE = ROOT / "frontend" / "static" / "samples" / "receipt.png"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="spocr-bench-") as folder, ExitStack() as stack:
        settings = settings_of_all(stack, Path(folder))
        databases.run(
            "bench.nodes", folder, **settings, SPOCR_DATA_DIR=f"{folder}/bench", SECRET_KEY=secrets.token_hex()
        )


def measure(folder: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from bench.queue import _site

    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    sheet, key = _site()
    _throughput(folder, sheet)
    _modes(folder, sheet)
    _calls(folder, key, sheet.organization.jobs.filter(status="done").latest("id").public_id)


@contextmanager
def _cluster(folder: Path, **changes: str):
    from tests.nodes.cluster import Cluster

    names = ("DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL", "SECRET_KEY")
    files = f"file://{folder}/bench/files"
    cluster = Cluster(folder, {name: os.environ[name] for name in names} | {"SPOCR_STORAGE_URL": files, **changes})
    try:
        yield cluster
    finally:
        cluster.stop()


def _throughput(folder: Path, sheet) -> None:
    """Pages a second of one worker and of two, each on a core of its own with an engine of its own."""
    rates = {1: [], 2: []}
    for _ in range(2):
        for count in rates:
            with _cluster(folder) as cluster:
                for core in range(count):
                    socket = f"{folder}/engines-{time.monotonic_ns()}.sock"
                    cluster.worker(threads=2, cores=str(core), SPOCR_ENGINE_SOCKET=socket)
                _finish(sheet, 4 * count, SAMPLE.read_bytes())  # engines are warm
                rates[count].append(_finish(sheet, PAGES * count, SAMPLE.read_bytes()))
    one, two = statistics.median(rates[1]), statistics.median(rates[2])
    print(f"  two workers {two:.2f} pages/s, one {one:.2f}: ratio {two / one:.2f} (goal: 1.9)", flush=True)


def _modes(folder: Path, sheet) -> None:
    """Time of a job that reads nothing, by the embedded worker and by Celery."""
    from tests.fakes import engine_host

    took = {}
    with engine_host.running(folder / "quick.sock", seconds=0.0) as engine:
        for mode in ("embedded", "Celery"):
            with _cluster(folder, SPOCR_ENGINE_SOCKET=str(engine.path)) as cluster:
                if mode == "Celery":
                    cluster.worker(threads=2)
                else:
                    cluster.services |= {"CELERY_BROKER_URL": "", "SPOCR_WORKER_THREADS": "2"}
                    cluster._add("embedded", [sys.executable, "manage.py", "worker"], {})
                _finish(sheet, 20, b"page")
                took[mode] = 1000 / _finish(sheet, SMALL_JOBS, b"page")
    more = took["Celery"] - took["embedded"]
    print(
        f"  a job: Celery {took['Celery']:.1f} ms, embedded {took['embedded']:.1f}: {more:+.1f} ms (goal: 5)",
        flush=True,
    )


def _calls(folder: Path, key: str, job: str) -> None:
    """A job asked for, with its key and its counted requests, at a node and behind the proxy."""
    from tests.nodes.callers import call
    from tests.nodes.cluster import free_port, wait_until

    plans = folder / "plans.toml"
    limits = f"requests_a_minute = {ROOMY}\nrequests_a_minute_for_one_key = {ROOMY}\n"
    plans.write_text((ROOT / "billing" / "plans.toml").read_text() + limits)  # the last table: self_hosted
    with _cluster(folder, SPOCR_PLANS_FILE=str(plans)) as cluster:
        port = free_port()
        cluster.web(port)
        wait_until(lambda: call(port, "GET", "/healthz", {}).status == 200)
        for name, door in (("node", port), ("proxy", cluster.proxy([port]))):
            wait_until(lambda door=door: call(door, "GET", "/healthz", {}).status == 200)
            asked = [call(door, "GET", f"/jobs/{job}", {"Authorization": f"Bearer {key}"}) for _ in range(CALLS)]
            assert {answer.status for answer in asked} == {200}
            times = sorted(answer.seconds * 1000 for answer in asked)
            print(
                f"  call by {name}: p50 {times[CALLS // 2]:.1f} ms, p99 {times[CALLS * 99 // 100]:.1f} (goal: 2 and 8)",
                flush=True,
            )


def _finish(sheet, count: int, content: bytes) -> float:
    """Upload so many pages and wait until all are done; pages a second, from the first start to the last end."""
    from django.db.models import Max, Min

    from billing.usage import Payer
    from ocr import uploads
    from ocr.models import Job
    from ocr.uploads import Upload

    made = []
    for start in range(0, count, 20):
        # Each differs by a byte behind its end: equal files would be one.
        pages = [Upload(f"{n}.png", io.BytesIO(content + os.urandom(8))) for n in range(min(20, count - start))]
        accepted = uploads.accept(Payer(sheet.organization, "203.0.113.9"), sheet, pages)
        made += [job.id for each in accepted for job in each.jobs]
    jobs = Job.objects.filter(id__in=made)
    deadline = time.monotonic() + 400
    while jobs.filter(status__in=["pending", "processing"]).exists():
        assert time.monotonic() < deadline, json.dumps(list(jobs.values_list("status", flat=True)))
        time.sleep(0.1)
    about = jobs.aggregate(first=Min("started_at"), last=Max("finished_at"))
    assert set(jobs.values_list("status", flat=True)) == {"done"}, set(jobs.values_list("status", "error_code"))
    return count / (about["last"] - about["first"]).total_seconds()


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
