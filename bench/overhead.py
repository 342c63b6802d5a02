"""What the Parse API costs beside the engine: time added to one request, and cores kept busy by many.

From the time that a client waits, what the engine process took for that very page is taken off; the rest is
everything else: parsing, key, usage rows, hand-over, answer. Two readings of one page differ by more than that.
"""

import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bench.service import Service, running

CLIENTS = 20
READINGS = 120
WRITTEN_SECONDS = 3  # until the request log is written
REQUESTS = 360  # so that the last ones, which leave a core idle, count little
TICKS = os.sysconf("SC_CLK_TCK")
CORES = len(os.sched_getaffinity(0))


def main() -> None:
    print(f"\nOverhead of the Parse API on SQLite: an image of 200 kB; {CORES} cores")
    with tempfile.TemporaryDirectory(prefix="spocr-bench-") as folder, running() as service:
        path = _picture(Path(folder))
        _overhead(service, path)
        _core_use(service, path)


def _overhead(service: Service, path: Path) -> None:
    for _ in range(4):  # models in memory, connections open
        service.parse(path)
    whole = [_timed(lambda: service.parse(path)) for _ in range(READINGS)]
    time.sleep(WRITTEN_SECONDS)
    added = sorted(took - engine for took, engine in zip(whole, _engine_times(service), strict=True))
    p50, p95 = statistics.median(added), added[int(len(added) * 0.95)]
    print(
        f"{'time over the engine, 1 client':<42} p50 {p50:.1f} ms  p95 {p95:.1f} ms  n={READINGS}"
        "  asked p50 ≤ 10 ms, p95 ≤ 25 ms",
        flush=True,
    )


def _engine_times(service: Service) -> list[float]:
    """Milliseconds that the engine process itself took for each of the last readings, from the request log."""
    with closing(sqlite3.connect(service.data / "spocr.sqlite3")) as database:
        newest = "SELECT stages FROM ocr_requestrecord WHERE pages = 1 ORDER BY created_at DESC LIMIT ?"
        return [json.loads(row[0])["engine"] for row in database.execute(newest, [READINGS])][::-1]


def _core_use(service: Service, path: Path) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: service.parse(path), range(CLIENTS)))
        engines, machine, started = engine_seconds(service), _machine_seconds(), time.monotonic()
        list(clients.map(lambda _: service.parse(path), range(REQUESTS)))
        wall = time.monotonic() - started
    spent, busy = engine_seconds(service) - engines, _machine_seconds() - machine
    print(
        f"{f'cores busy with OCR, {CLIENTS} clients':<42} engines {spent / wall / CORES:.1%} of all cores, "
        f"{spent / busy:.1%} of what was busy; {REQUESTS / wall:.1f} requests a second  asked ≥ 95 %",
        flush=True,
    )


def _timed(act: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def _picture(folder: Path) -> Path:
    """A receipt with light noise, as PNG of about 200 kB."""
    image = Image.effect_noise((470, 620), 6).point(lambda level: min(level + 110, 255))
    draw = ImageDraw.Draw(image)
    for line in range(13):
        draw.text((40, 40 + line * 44), f"Item {line:02} of the list   {line * 7}.50", 20, ImageFont.load_default(22))
    path = folder / "receipt.png"
    image.save(path)
    print(f"  the image: {path.stat().st_size // 1000} kB")
    return path


def engine_seconds(service: Service) -> float:
    """CPU time of the service's engine processes."""
    return sum(_seconds_of(pid) for pid in service.engine_processes())


def _seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / TICKS


def _machine_seconds() -> float:
    values = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return sum(map(int, values[1:4])) / TICKS
