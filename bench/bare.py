"""The engines without us: what the service is compared with. Run as a process of its own.

Each process takes file names on standard input, one a line, reads each file, and answers "ok";
so that models are loaded before the clock starts.
"""

import contextlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}


def tesserocr_reader() -> Callable[[str], object]:
    """Tesseract in process, told to give text: the least that anybody can ask of it."""
    import tesserocr
    from PIL import Image

    from ocr.engines.tesseract import find_tessdata

    api = tesserocr.PyTessBaseAPI(path=find_tessdata(), lang="eng", psm=3)

    def read(path: str) -> object:
        grey = Image.open(path).convert("L")
        api.SetImageBytes(grey.tobytes(), grey.width, grey.height, 1, grey.width)
        return api.GetUTF8Text()

    return read


def rapidocr_reader() -> Callable[[str], object]:
    """rapidocr as it comes, on one thread."""
    from rapidocr import RapidOCR

    threads = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
    engine = RapidOCR(params={"Global.log_level": "error", **threads})
    return engine.__call__


READERS = {"tesserocr": tesserocr_reader, "rapidocr": rapidocr_reader}


class Bare:
    """As many processes of one bare engine as there are cores."""

    def __init__(self, name: str, processes: int) -> None:
        self._processes = [_start(name) for _ in range(processes)]

    def throughput(self, files: list[Path]) -> float:
        """Files a second, all processes together."""
        free: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        for process in self._processes:
            free.put(process)

        def read(path: Path) -> None:
            process = free.get()
            try:
                _ask(process, str(path))
            finally:
                free.put(process)

        return _rate(read, files, len(self._processes))

    def end(self) -> None:
        for process in self._processes:
            process.stdin.close()  # type: ignore[union-attr]
            process.wait()


def program_throughput(files: list[Path], processes: int) -> float:
    """Files a second of the `tesseract` program, started for each image."""

    def read(path: Path) -> None:
        subprocess.run(
            ["tesseract", str(path), "-", "-l", "eng"],  # noqa: S607
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **ENVIRONMENT},
        )  # fmt: skip

    return _rate(read, files, processes)


def _rate(read: Callable[[Path], None], files: list[Path], threads: int) -> float:
    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(read, files))
    return len(files) / (time.monotonic() - started)


def _start(name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.bare", name],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, **ENVIRONMENT}, cwd=Path(__file__).resolve().parent.parent,
    )  # fmt: skip
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def _ask(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin and process.stdout
    process.stdin.write(line + "\n")
    process.stdin.flush()
    process.stdout.readline()


def main() -> None:
    read = READERS[sys.argv[1]]()
    answers, sys.stdout = sys.stdout, io.StringIO()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        with contextlib.suppress(OSError, SyntaxError):
            read(line.rstrip("\n"))
        print("ok", file=answers, flush=True)


if __name__ == "__main__":
    main()
