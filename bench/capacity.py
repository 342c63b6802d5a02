"""How many nodes, how large a database, what a page costs: a simulation of the busiest hour.

`python -m bench capacity` prints the tables of docs/capacity.md. What it takes from measurements are two figures:
engine seconds of a page (`--seconds`, from `python -m bench speed`) and bytes of a page in the database (`--bytes`;
0 measures them on a private PostgreSQL). All else is assumed, and stands here.
"""

import heapq
import math
import os
import random
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.documents import ROOT
from tests.servers import postgres

# Offices: 22 days a month, an eighth of a day's pages in its busiest hour, three in ten while somebody waits.
DAYS, BUSIEST_HOUR, INTERACTIVE = 22, 1 / 8, 0.3
# What is good enough: an engine is free within a second for nineteen of twenty who wait, and no job is late.
WAIT_SECONDS, JOB_SECONDS = 1.0, 900.0
# Busier, and a queue of the busiest hour grows faster than it shrinks after a fault.
BUSIEST = 0.85
# Pages differ: a gamma distribution of this shape has a standard deviation of 0.7 of its mean.
SHAPE = 2.0
CORES_A_NODE, DOLLARS_A_CORE_HOUR, DOLLARS_A_GIGABYTE_MONTH = 8, 0.04, 0.10
FILE_BYTES, FILE_DAYS = 250_000, 30
PAGES_MEASURED = 1_000


@dataclass(frozen=True)
class Hour:
    """What callers met in the busiest hour."""

    wait_p95: float
    job_wait_p95: float
    busy: float


def main(seconds: float, bytes_a_page: int) -> None:
    bytes_a_page = bytes_a_page or measured_bytes()
    print(f"\nCapacity for {seconds:.2f} engine seconds and {bytes_a_page} bytes of database a page")
    for pages in (1_000_000, 10_000_000, 100_000_000):
        print_plan(pages, seconds, bytes_a_page)


def print_plan(pages: int, seconds: float, bytes_a_page: int) -> None:
    rate = pages / DAYS * BUSIEST_HOUR / 3600
    slots, hour = fewest_slots(rate, seconds)
    nodes = math.ceil(slots / CORES_A_NODE) + 1
    webs = max(2, math.ceil(rate / 100) + 1)
    database, files = pages * bytes_a_page / 1e9, pages * FILE_BYTES * FILE_DAYS / 30 / 1e9
    # Work follows the day: outside the busiest hour the autoscaler takes nodes away.
    engine_dollars = pages * seconds / 3600 * DOLLARS_A_CORE_HOUR / 0.6
    fixed = (webs * 4 + 16) * 730 * DOLLARS_A_CORE_HOUR + (database * 12 + files) * DOLLARS_A_GIGABYTE_MONTH
    print(
        f"  {pages:>11,} pages a month: {rate:7.1f} pages/s at the peak, {slots} engine slots, {nodes} worker nodes of "
        f"{CORES_A_NODE} cores (one spare), {webs} web nodes; waits p95 {hour.wait_p95:.2f} s, "
        f"jobs {hour.job_wait_p95:.0f} s, "
        f"busy {hour.busy:.0%}; database {database:,.0f} GB a month, files {files:,.0f} GB; "
        f"${(engine_dollars + fixed) / pages * 1000:.3f} for 1,000 pages"
    )


def fewest_slots(rate: float, seconds: float) -> tuple[int, Hour]:
    """The fewest engine slots with which the busiest hour is good enough."""
    slots = max(1, math.ceil(rate * seconds / BUSIEST))
    while True:
        hour = simulated(rate, seconds, slots)
        if hour.wait_p95 <= WAIT_SECONDS and hour.job_wait_p95 <= JOB_SECONDS:
            return slots, hour
        slots += max(1, slots // 50)


def simulated(rate: float, seconds: float, slots: int, *, length: float = 3600.0) -> Hour:
    """An hour of arrivals by chance at `slots` engines that take whoever waits interactively first."""
    chance = random.Random(7)
    # Long hours of a hundred thousand arrivals tell the same as their first ones.
    length = min(length, 150_000 / rate)
    waiting: list[tuple[bool, int, float]] = []
    free_at = [0.0] * slots
    waits: dict[bool, list[float]] = {False: [], True: []}
    now, busy, tickets = chance.expovariate(rate), 0.0, count()
    while now < length or waiting:
        while waiting and free_at[0] <= now:
            is_job, _, since = heapq.heappop(waiting)
            start = max(free_at[0], since)
            took = chance.gammavariate(SHAPE, seconds / SHAPE)
            waits[is_job].append(start - since)
            busy += took
            heapq.heapreplace(free_at, start + took)
        if now >= length:
            now = max(free_at[0], now)
            continue
        heapq.heappush(waiting, (chance.random() > INTERACTIVE, next(tickets), now))
        now += chance.expovariate(rate)
    return Hour(_p95(waits[False]), _p95(waits[True]), min(busy / (slots * length), 1.0))


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)] if values else 0.0


def measured_bytes() -> int:
    """Bytes that a finished page takes in PostgreSQL, with its indexes."""
    with tempfile.TemporaryDirectory(prefix="spocr-bench-") as folder, postgres(Path(folder)) as address:
        environment = {**os.environ, "DATABASE_URL": address, "SPOCR_DATA_DIR": folder, "LOG_LEVEL": "ERROR"}
        environment |= {"DJANGO_SETTINGS_MODULE": "config.settings", "CELERY_BROKER_URL": ""}
        command = [sys.executable, "-m", "bench.capacity"]
        ran = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    print(ran.stdout, end="")
    return int(ran.stdout.split()[-1])


def fill_and_weigh() -> None:
    """In a process of its own: finish pages whose twelve fields have boxes, and weigh what they left."""
    import io

    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bench.queue import _site
    from billing.usage import Payer
    from ocr import jobs, uploads
    from ocr.events import Found
    from ocr.uploads import Upload

    call_command("migrate", interactive=False, verbosity=0)
    sheet, _ = _site()
    before = _weight(connection)
    box = [{"x": 812, "y": 1040}, {"x": 990, "y": 1040}, {"x": 990, "y": 1072}, {"x": 812, "y": 1072}]
    values = {f"field_{n}": {"value": "84,263.00", "vertices": box, "confidence": 0.97} for n in range(12)}
    for _ in range(PAGES_MEASURED // 20):
        files = [Upload(f"{n}.png", io.BytesIO(os.urandom(64))) for n in range(20)]
        uploads.accept(Payer(sheet.organization, "203.0.113.9"), sheet, files)
        while (job := jobs.claim()) is not None:
            assert jobs.finish(job, Found(values, image={"width": 1, "height": 1, "rotation": 0, "language": "eng"}))
    after = _weight(connection)
    for name, size in sorted(after.items(), key=lambda each: before.get(each[0], 0) - each[1])[:6]:
        print(f"  {name:<28} {(size - before.get(name, 0)) // PAGES_MEASURED:>6} bytes a page")
    print(f"  together {(sum(after.values()) - sum(before.values())) // PAGES_MEASURED}")


def _weight(connection) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL")
        cursor.execute("SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'")
        return {name: size for name, size in cursor.fetchall() if not name.startswith(("pg_", "sql_"))}


if __name__ == "__main__":
    fill_and_weigh()
