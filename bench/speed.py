"""Speed: the service over HTTP against the same engines without it, in turn, on the same files and cores."""

import itertools
import os
import statistics
import threading
from collections.abc import Callable
from pathlib import Path

from bench import documents
from bench.bare import Bare, program_throughput
from bench.guard import Run, measure
from bench.service import Service, running

CORES = len(os.sched_getaffinity(0))
CLIENTS = 2 * CORES
QUICK_REQUESTS = 400
MEMORY_IMAGES = 300
MIXED_ENGINE_2_EVERY = 6


def main(rounds: int) -> None:
    receipts = _files(documents.load("receipts", 40), 40)
    pages = _files([s for s in documents.load("pages/unlv", 24) if s.path.suffix != ".pdf"], 24)
    print(f"\nSpeed: {CORES} cores, {CLIENTS} clients, {rounds} rounds in turn; medians (spread); files a second")
    with running() as service:
        service.throughput(receipts[:4], engine=2, clients=CLIENTS)  # all models in memory
        _compare("engine 1, receipts", _http(service, receipts, 1), _bare("tesserocr", receipts), 0.95, rounds)
        _compare("engine 1, A4 pages", _http(service, pages, 1), _bare("tesserocr", pages), 0.99, rounds)
        program = _program(receipts)
        _compare("engine 1, receipts, ÷ tesseract program", _http(service, receipts, 1), program, 1.5, rounds)
        _compare("engine 1, A4 pages, ÷ tesseract program", _http(service, pages, 1), _program(pages), 1.5, rounds)
        _compare("engine 2, receipts", _http(service, receipts[:16], 2), _bare("rapidocr", receipts[:16]), 1.5, rounds)
        _quick(service, receipts)
        _memory(service, receipts + pages)


Measure = tuple[Callable[[], float], Callable[[], None]]


def _http(service: Service, files: list[Path], engine: int) -> Measure:
    return lambda: service.throughput(files, engine=engine, clients=CLIENTS), lambda: None


def _bare(name: str, files: list[Path]) -> Measure:
    bare = Bare(name, CORES)
    return lambda: bare.throughput(files), bare.end


def _program(files: list[Path]) -> Measure:
    return lambda: program_throughput(files, CORES), lambda: None


def _compare(name: str, ours: Measure, theirs: Measure, asked: float, rounds: int) -> None:
    """Run both in turn and print the ratio pair by pair."""
    first, second = [], []
    for _ in range(rounds):
        first.append(measure(ours[0]))
        second.append(measure(theirs[0]))
    ours[1]()
    theirs[1]()
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a.is_clean and b.is_clean]
    note = "" if pairs else "  (every run was disturbed)"
    pairs = pairs or list(zip(first, second, strict=True))
    ratios = sorted(a.value / b.value for a, b in pairs)
    print(
        f"{name:<42} ours {_median(first):7.3f}  bare {_median(second):7.3f}  ratio {statistics.median(ratios):.3f}"
        f" ({ratios[0]:.3f} to {ratios[-1]:.3f})  asked ≥ {asked}  clean {len(pairs)}/{rounds}{note}",
        flush=True,
    )


def _quick(service: Service, files: list[Path]) -> None:
    """An authenticated request without work, while all cores read pages."""
    stopping = threading.Event()

    def load() -> None:
        for path in itertools.cycle(files):
            if stopping.is_set():
                return
            service.parse(path)

    loaders = [threading.Thread(target=load) for _ in range(CLIENTS)]
    for loader in loaders:
        loader.start()
    times = sorted(service.quick() * 1000 for _ in range(QUICK_REQUESTS))
    stopping.set()
    for loader in loaders:
        loader.join()
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    print(f"{'quick request while all cores read':<42} p50 {p50:.1f} ms  p99 {p99:.1f} ms  asked p99 < 50 ms")


def _memory(service: Service, files: list[Path]) -> None:
    """Resident memory of the engine processes over many mixed images."""
    sizes = []
    for index, path in zip(range(MEMORY_IMAGES), itertools.cycle(files)):
        service.parse(path, engine=2 if index % MIXED_ENGINE_2_EVERY == 0 else 1)
        if (index + 1) % (MEMORY_IMAGES // 6) == 0:
            sizes.append(max(service.engine_memory_mb()))
    growth = sizes[-1] / sizes[1] - 1
    print(
        f"{'engine process memory, 300 mixed images':<42} MB each 50: {sizes}  growth from 100 to 300: {growth:+.1%}"
        "  asked ≤ 1024 MB, < 10 %"
    )


def _files(samples: list[documents.Sample], count: int) -> list[Path]:
    """`count` files, our own samples over and over where the shared data is missing."""
    paths = [sample.path for sample in samples or documents.own()]
    return list(itertools.islice(itertools.cycle(paths), count))


def _median(runs: list[Run[float]]) -> float:
    return statistics.median(run.value for run in runs)
