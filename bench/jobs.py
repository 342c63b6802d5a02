"""Speed of whole jobs on a running service: upload, queue, engine, fields, row, charge; beside the bare engine.

`python -m bench jobs`. Files are uploaded to a sheet over HTTP; a run ends when the last job has ended.
"""

import json
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

from bench import documents
from bench.bare import Bare
from bench.guard import measure
from bench.overhead import CORES, engine_seconds
from bench.service import BOUNDARY, Service, running
from tests import poison

FILES_AT_ONCE = 20
COLUMNS = [{"name": "total", "type": "money", "description": ""}]


def main(rounds: int) -> None:
    receipts = _files(documents.load("receipts", 40), 40)
    pages = _files([s for s in documents.load("pages/unlv", 6) if s.path.suffix != ".pdf"], 6)
    print(f"\nJobs, end to end: {CORES} cores, PP-OCR, {rounds} rounds in turn with the bare engine")
    with running() as service:
        _sheet(service)
        _read(service, receipts[:4])  # all models in memory
        for name, files, asked in (("receipts", receipts, 0.93), ("A4 pages", pages, 0.98)):
            _compare(service, name, files, asked, rounds)
        _beside_poison(service, receipts)


def _compare(service: Service, name: str, files: list[Path], asked: float, rounds: int) -> None:
    bare = Bare("rapidocr", CORES)
    ratios, busy = [], []
    for _ in range(rounds):
        engines, started = engine_seconds(service), time.monotonic()
        ours = measure(lambda: _read(service, files))
        busy.append((engine_seconds(service) - engines) / (time.monotonic() - started) / CORES)
        ratios.append(ours.value / measure(lambda: bare.throughput(files)).value)
    bare.end()
    print(
        f"{'jobs ÷ bare engine, ' + name:<42} {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
        f"  asked ≥ {asked};  cores busy with it {statistics.median(busy):.1%}  asked ≥ 95 %",
        flush=True,
    )


def _beside_poison(service: Service, files: list[Path]) -> None:
    """Good jobs a second while a document is among them that ends each engine process that reads it."""
    alone = measure(lambda: _read(service, files)).value
    beside = measure(lambda: _read(service, files, extra=[("poison.pdf", poison.endless_pdf())])).value
    print(f"{'throughput beside a poison document':<42} {beside / alone:.1%} of that without it  asked ≥ 95 %", flush=True)


def _read(service: Service, files: list[Path], *, extra: Iterable[tuple[str, bytes]] = ()) -> float:
    """Files a second, from the first byte of the upload to the end of the last job of `files`."""
    # Different bytes each time: the same page is read once in a sheet's upload.
    contents = [(path.name, path.read_bytes() + time.time_ns().to_bytes(8)) for path in files]
    for name, content in extra:
        _upload(service, [(name, content)])
    started, ids = time.monotonic(), []
    for first in range(0, len(contents), FILES_AT_ONCE):
        ids += _upload(service, contents[first : first + FILES_AT_ONCE])
    left = set(ids)
    while left:
        time.sleep(0.1)
        waiting = _ask(service, "GET", "/jobs?status=pending&limit=100") + _ask(service, "GET", "/jobs?status=processing")
        left &= {job["jobId"] for job in waiting}
    return len(files) / (time.monotonic() - started)
