"""People beside a batch: `python -m bench people` uploads 5,000 pages, and asks meanwhile as people do.

What somebody waits for goes before a batch, and one organization's batch does not hold up another's.
"""

import time
from pathlib import Path

from bench import documents, jobs
from bench.service import Service, running

PAGES, READINGS, PAUSE_SECONDS = 5_000, 60, 0.2
ASKED = 2.0


def main() -> None:
    receipts = jobs.files_of(documents.load("receipts", 40), 40)
    print(f"\nPeople beside a batch of {PAGES} pages, PP-OCR; {READINGS} readings with a pause between", flush=True)
    with running() as service:
        jobs.make_sheet(service)
        ids = jobs.upload(service, _contents(receipts[:4]))
        while ids & (jobs.jobs_of(service, "pending") | jobs.jobs_of(service, "processing")):
            time.sleep(0.5)
        # Tesseract and PP-OCR: what the front page and the Parse API are asked for.
        idle = {engine: _readings(service, receipts, engine) for engine in (1, 2)}
        for _ in range(0, PAGES, jobs.FILES_AT_ONCE):
            jobs.upload(service, _contents(receipts[: jobs.FILES_AT_ONCE]))
        _readings(service, receipts[:5], 2)  # the process that is started for people has its models
        for engine, alone in idle.items():
            beside = _readings(service, receipts, engine)
            _print(f"engine {engine}, p50", _share(alone, 0.5), _share(beside, 0.5))
            _print(f"engine {engine}, p95", _share(alone, 0.95), _share(beside, 0.95))
        _other_organization(service, receipts[0])


def _print(name: str, alone: float, beside: float) -> None:
    print(
        f"{name:<42} {1000 * alone:.0f} ms idle, {1000 * beside:.0f} ms beside the batch: {beside / alone:.2f}"
        f"  asked ≤ {ASKED}",
        flush=True,
    )


def _contents(files: list[Path]) -> list[tuple[str, bytes]]:
    # Different bytes each time: the same page is read once in a sheet's upload.
    return [(path.name, path.read_bytes() + time.time_ns().to_bytes(8)) for path in files]


def _readings(service: Service, files: list[Path], engine: int) -> list[float]:
    """Seconds that each of READINGS readings took, from the first byte sent to the last received; sorted."""
    took = []
    for number in range(READINGS):
        time.sleep(PAUSE_SECONDS)
        started = time.perf_counter()
        answer = service.parse(files[number % len(files)], engine=engine)
        took.append(time.perf_counter() - started)
        assert b'"OCRExitCode":1' in answer, answer[:300]
    return sorted(took)


def _share(times: list[float], share: float) -> float:
    return times[int(len(times) * share)]


def _other_organization(service: Service, file: Path) -> None:
    """Seconds until the single page of somebody else is done while the batch waits."""
    other = Service(service.port, service.new_key("other@example.com"), service.process, service.data)
    jobs.make_sheet(other)
    started = time.monotonic()
    ids = jobs.upload(other, _contents([file]))
    while ids & (jobs.jobs_of(other, "pending") | jobs.jobs_of(other, "processing")):
        time.sleep(0.1)
    print(f"{'one page of another organization':<42} done after {time.monotonic() - started:.1f} s", flush=True)
