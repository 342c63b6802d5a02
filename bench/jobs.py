"""Speed of whole jobs on a running service: upload, queue, engine, fields, row, charge; beside the bare engine.

`python -m bench jobs`. Files are uploaded to a sheet over HTTP; a run ends when the last job has ended.
"""

import http.client
import itertools
import json
import statistics
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from bench import documents
from bench.bare import Bare
from bench.guard import measure
from bench.overhead import CORES, engine_seconds
from bench.service import BOUNDARY, Service, running
from tests import poison

FILES_AT_ONCE = 20
COLUMNS = [{"name": "total", "type": "money", "description": ""}]


class Speed(NamedTuple):
    """Attributes:
    files_a_second: From the first byte of the upload to the end of the last job.
    busy: The part of all cores that the engines used while any of the jobs waited.
    """

    files_a_second: float
    busy: float


def main(rounds: int) -> None:
    receipts = files_of(documents.load("receipts", 40), 40)
    pages = files_of([s for s in documents.load("pages/unlv", 6) if s.path.suffix != ".pdf"], 12)
    print(f"\nJobs, end to end: {CORES} cores, PP-OCR, {rounds} rounds in turn with the bare engine")
    with running() as service:
        make_sheet(service)
        _read(service, receipts[:4])  # all models in memory
        for name, files, asked in (("receipts", receipts, 0.93), ("A4 pages", pages, 0.98)):
            _compare(service, name, files, asked, rounds)
        _beside_poison(service, files_of(documents.load("receipts", 40), 60), rounds)


def _compare(service: Service, name: str, files: list[Path], asked: float, rounds: int) -> None:
    bare = Bare("rapidocr", CORES)
    ratios, busy = [], []
    for _ in range(rounds):
        ours = measure(lambda: _read(service, files)).value
        busy.append(ours.busy)
        ratios.append(ours.files_a_second / measure(lambda: bare.throughput(files)).value)
    bare.end()
    print(
        f"{'jobs ÷ bare engine, ' + name:<42} {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
        f"  asked ≥ {asked};  cores busy with it while jobs wait {statistics.median(busy):.1%}  asked ≥ 95 %",
        flush=True,
    )


def _beside_poison(service: Service, files: list[Path], rounds: int) -> None:
    """Good jobs a second while a document is among them that ends each engine process that reads it."""
    shares = []
    for _ in range(rounds):
        alone = measure(lambda: _read(service, files)).value
        beside = measure(lambda: _read(service, files, extra=[("poison.pdf", poison.pdf_double_flate_500mb())])).value
        shares.append(beside.files_a_second / alone.files_a_second)
    print(
        f"{f'{len(files)} receipts beside a poison document':<42} {statistics.median(shares):.1%} of the throughput "
        f"without it ({min(shares):.1%} to {max(shares):.1%})  asked ≥ 95 %",
        flush=True,
    )


def _read(service: Service, files: list[Path], *, extra: Iterable[tuple[str, bytes]] = ()) -> Speed:
    """Upload these files, after the extra ones, and wait for their jobs."""
    # Different bytes each time: the same page is read once in a sheet's upload.
    contents = [(path.name, path.read_bytes() + time.time_ns().to_bytes(8)) for path in files]
    for name, content in extra:
        upload(service, [(name, content)])
    started, ids = time.monotonic(), set[str]()
    for first in range(0, len(contents), FILES_AT_ONCE):
        ids |= upload(service, contents[first : first + FILES_AT_ONCE])
    busy = _busy_while_any_waits(service, ids)
    while ids & jobs_of(service, "processing"):
        time.sleep(0.05)
    return Speed(len(files) / (time.monotonic() - started), busy)


def _busy_while_any_waits(service: Service, ids: set[str]) -> float:
    """Asks seldom: what an answer costs, the jobs could use."""
    started, engines = time.monotonic(), engine_seconds(service)
    while ids & jobs_of(service, "pending"):
        time.sleep(0.5)
    return (engine_seconds(service) - engines) / (time.monotonic() - started) / CORES


def jobs_of(service: Service, status: str) -> set[str]:
    return {job["jobId"] for job in ask(service, f"/jobs?status={status}&limit=500")["jobs"]}


def make_sheet(service: Service) -> None:
    body = json.dumps({"path": "/", "type": "sheet", "name": "Bench", "columns": COLUMNS}).encode()
    ask(service, "/create", body, "application/json")


def upload(service: Service, contents: list[tuple[str, bytes]]) -> set[str]:
    """Ids of the jobs."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="path"\r\n\r\n/Bench\r\n'.encode()
    part = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="%s"\r\n\r\n'
    files = [(part % name).encode() + content + b"\r\n" for name, content in contents]
    body = b"".join([head, *files, f"--{BOUNDARY}--\r\n".encode()])
    answer = ask(service, "/upload", body, f"multipart/form-data; boundary={BOUNDARY}")
    return {job["jobId"] for job in answer["jobs"]}


def ask(service: Service, path: str, body: bytes | None = None, kind: str = "") -> Any:
    headers = {"Authorization": f"Bearer {service.key}", **({"Content-Type": kind} if kind else {})}
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=300)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        return json.load(connection.getresponse())
    finally:
        connection.close()


def files_of(samples: list[documents.Sample], count: int) -> list[Path]:
    """`count` files, our own samples over and over where the shared data is missing."""
    paths = [sample.path for sample in samples or documents.own()]
    return list(itertools.islice(itertools.cycle(paths), count))
