"""One engine process: reads pages of strangers' documents, one at a time, and nothing else.

Started by the engine host with one end of a socket pair. Engines stay warm between pages.
The process is locked down before the first document (see `ocr.sandbox`), and killed by the
host when a page takes too long.
"""

import argparse
import logging
import os
import resource
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from mmap import ACCESS_COPY, mmap

from accounts.errors import SpocrError
from ocr import images, sandbox
from ocr.engine_protocol import Disconnected, Json, page_to_json, receive, send
from ocr.engines import tesseract
from ocr.engines.base import Engine
from ocr.geometry import clipped, scaled
from ocr.images import Raster
from ocr.languages import LANGUAGES, Language
from ocr.types import Line, Page, Word

log = logging.getLogger("spocr.engine")
# After so long without work, the next model that is not yet in memory is loaded.
IDLE_SECONDS = 0.3
# Quick requests go before pages when the cores are full.
NICENESS = 5


class Engines:
    """The engines by number, made when first needed."""

    def __init__(self, adapter: str, tessdata: str) -> None:
        self.tesseract = tesseract.make(adapter, tessdata)
        self._made: dict[int, Engine] = {1: self.tesseract}

    def __getitem__(self, number: int) -> Engine:
        if number not in self._made:
            self._made[number] = self._make(number)
        return self._made[number]

    def _make(self, number: int) -> Engine:
        from ocr.engines.onnx import PpOcr

        return PpOcr(self.tesseract)


def main() -> None:
    options = _arguments()
    os.nice(NICENESS)
    peer = socket.socket(fileno=options.socket)
    engines = Engines(options.tesseract, options.tessdata)
    english = LANGUAGES["eng"]
    engines[1].load(english)
    sandbox.lock_down(memory_mb=options.memory_mb, may_start_programs=options.tesseract == "pytesseract")
    warm_up: list[Callable[[], None]] = [lambda: engines[2].load(english)] if options.warm else []
    while True:
        readable, _, _ = select.select([peer], [], [], IDLE_SECONDS if warm_up else None)
        if not readable:
            warm_up.pop(0)()
            continue
        try:
            request, _, descriptor = receive(peer)
        except Disconnected:
            return
        answer, blob = _answer(engines, request, descriptor)
        with suppress(Disconnected):
            send(peer, {**answer, "rss_mb": _resident_mb()}, blob=blob)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--tesseract", default="auto")
    parser.add_argument("--tessdata", default="")
    parser.add_argument("--memory-mb", type=int, required=True)
    parser.add_argument("--warm", action="store_true")
    return parser.parse_args()


def _answer(engines: Engines, request: Json, descriptor: int) -> tuple[Json, bytes]:
    """Read what is asked; every failure becomes an answer, so that the host can tell it from a crash."""
    _allow_cpu(request["timeout_seconds"])
    try:
        with os.fdopen(descriptor, "rb") as file:
            # Not closed by hand: PDFium reads from it as long as anything of the document is alive.
            data = mmap(file.fileno(), 0, access=ACCESS_COPY)
        return count(data, request) if request["op"] == "count" else read(engines, data, request)
    except SpocrError as error:
        return {"error": error.code, "message": str(error)}, b""
    except MemoryError:
        return {"error": "engine_failed", "message": "The page needs more memory than an engine may use."}, b""
    except Exception:
        log.exception("An engine failed on a page")
        return {"error": "engine_failed", "message": "The engine failed on this page."}, b""


def count(data: mmap, request: Json) -> tuple[Json, bytes]:
    """Count the pages of a document, no further than `max_pages` + 1."""
    return {"page_count": _open(data, request).count(request["max_pages"])}, b""


def read(engines: Engines, data: mmap, request: Json) -> tuple[Json, bytes]:
    """Read one page of a document.

    Args:
        request: The fields of `pool.PageRequest`.
    """
    language = LANGUAGES[request["language"]]
    document = _open(data, request)
    in_color = bool(request["preview"]) or request["engine"] != 1
    raster = document.render(request["index"], in_color=in_color)
    page_count = document.count(request["max_pages"]) if request["index"] == 0 else 0
    turn = engines.tesseract.orientation(raster) if request["detect_orientation"] else 0
    raster = images.turned(raster, turn)
    page = _read_page(engines[request["engine"]], raster, language, request, turn)
    preview = images.preview_of(raster) if request["preview"] else b""
    return {"page": page_to_json(page), "page_count": page_count}, preview


def _open(data: mmap, request: Json) -> images.Document:
    return images.open_document(data, request["file_type"], request["file_hint"])


def _read_page(engine: Engine, raster: Raster, language: Language, request: Json, turn: int) -> Page:
    enlarged = images.enlarged(raster) if request["scale"] else raster
    height, width = enlarged.pixels.shape[:2]
    lines: tuple[Line, ...] = ()
    language_read = language.code
    if min(height, width) >= MIN_SIDE_PX:
        found = engine.read(enlarged, language)
        lines, language_read = found.lines, found.language
    across, down = raster.width_px / width, raster.height_px / height
    if (across, down) != (1.0, 1.0):
        lines = tuple(_scaled(line, across, down) for line in lines)
    lines = tuple(_inside(line, raster.width_px, raster.height_px) for line in lines)
    return Page(request["index"] + 1, raster.width_px, raster.height_px, lines, turn, language_read)


MIN_SIDE_PX = 8  # No letter is smaller; engines complain about such pictures instead of answering.


def _scaled(line: Line, across: float, down: float) -> Line:
    words = tuple(
        Word(word.text, scaled(word.polygon, across, down), word.confidence, word.glued) for word in line.words
    )
    return Line(words, scaled(line.polygon, across, down))


def _inside(line: Line, width: int, height: int) -> Line:
    words = tuple(
        Word(word.text, clipped(word.polygon, width, height), word.confidence, word.glued) for word in line.words
    )
    return Line(words, clipped(line.polygon, width, height))


def _allow_cpu(seconds: float) -> None:
    """Let this page use so many CPU seconds; the kernel ends the process that uses more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _resident_mb() -> int:
    with open("/proc/self/statm") as file:  # noqa: PTH123 - opened 10 times a second
        return int(file.read().split()[1]) * resource.getpagesize() // 1_048_576


if __name__ == "__main__":
    main()
