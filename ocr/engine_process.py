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
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from mmap import ACCESS_COPY, mmap
from typing import TYPE_CHECKING

from accounts.errors import SpocrError
from ocr import images, pdf_text, sandbox
from ocr.engine_protocol import Disconnected, Json, page_from_json, page_to_json, receive, send
from ocr.engines import preparation, tesseract
from ocr.engines.base import Engine
from ocr.geometry import clipped
from ocr.images import Raster
from ocr.languages import LANGUAGES, Language
from ocr.types import TEXT_LAYER, Line, Page, Word

if TYPE_CHECKING:
    from ocr.engines.onnx import PpOcr

log = logging.getLogger("spocr.engine")
# After so long without work, the next model that is not yet in memory is loaded.
IDLE_SECONDS = 0.3
TOO_LARGE = {"error": "engine_failed", "message": "The page needs more memory than an engine may use."}
# ONNX Runtime's words (of C++, and of its own), and OpenCV's.
NO_MEMORY = ("bad_alloc", "Failed to allocate memory", "Insufficient memory")


class Engines:
    """The engines by number, made when first needed."""

    def __init__(self, adapter: str, tessdata: str) -> None:
        self.tesseract = tesseract.make(adapter, tessdata)

    def __getitem__(self, number: int) -> Engine:
        if number == 1:
            return self.tesseract
        return self.pp_ocr if number == 2 else self.fusion

    @cached_property
    def pp_ocr(self) -> "PpOcr":
        from ocr.engines.onnx import PpOcr

        return PpOcr(self.tesseract)

    @cached_property
    def fusion(self) -> Engine:
        from ocr.engines.fusion import Fusion

        return Fusion(self.tesseract, self.pp_ocr)

    def turn(self, raster: Raster) -> int:
        """Degrees by which a page must be turned clockwise to stand upright: 0, 90, 180 or 270."""
        turn = self.pp_ocr.turn(raster)
        # Unclear, or in a script that PP-OCR does not read.
        return self.tesseract.orientation(raster) or 0 if turn is None else turn


def main() -> None:
    options = _arguments()
    os.nice(options.niceness)
    peer = socket.socket(fileno=options.socket)
    engines = Engines(options.tesseract, options.tessdata)
    english = LANGUAGES["eng"]
    engines[1].load(english)
    sandbox.lock_down(memory_mb=options.memory_mb, may_start_programs=options.tesseract == "pytesseract")
    warm_up: list[Callable[[], None]] = [lambda: engines[2].load(english)] if options.warm else []
    is_fresh = True
    while True:
        readable, _, _ = select.select([peer], [], [], IDLE_SECONDS if warm_up else None)
        if not readable:
            warm_up.pop(0)()
            continue
        try:
            request, _, descriptor = receive(peer)
        except Disconnected:
            return
        started = time.perf_counter()
        try:
            answer, blob = _answer(engines, request, descriptor)
        except MemoryError:
            if not is_fresh:
                # What earlier pages left in memory may be what is missing: the host asks a new process.
                log.warning("A page needs more memory than earlier pages have left")
                return
            answer, blob = TOO_LARGE, b""
        is_fresh = False
        with suppress(Disconnected):
            send(peer, {**answer, "seconds": time.perf_counter() - started}, blob=blob)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=int, required=True)
    parser.add_argument("--tesseract", default="auto")
    parser.add_argument("--tessdata", default="")
    parser.add_argument("--memory-mb", type=int, required=True)
    parser.add_argument("--niceness", type=int, default=0)
    parser.add_argument("--warm", action="store_true")
    return parser.parse_args()


def _answer(engines: Engines, request: Json, descriptor: int) -> tuple[Json, bytes]:
    """Read what is asked; every failure becomes an answer, so that the host can tell it from a crash.

    Raises:
        MemoryError
    """
    _allow_cpu(request["timeout_seconds"])
    try:
        with os.fdopen(descriptor, "rb") as file:
            # Not closed by hand: PDFium reads from it as long as anything of the document is alive.
            data = mmap(file.fileno(), 0, access=ACCESS_COPY)
        if request["op"] == "count":
            return count(data, request)
        if request["op"] == "show":
            return show(data, request)
        return make_pdf(data, request) if request["op"] == "pdf" else read(engines, data, request)
    except SpocrError as error:
        return {"error": error.code, "message": str(error)}, b""
    except Exception as error:
        if _is_for_memory(error):
            raise MemoryError from error
        log.exception("An engine failed on a page")
        return {"error": "engine_failed", "message": "The engine failed on this page."}, b""


def _is_for_memory(error: Exception) -> bool:
    """Whether there was no memory; the libraries of models and of images say so in their own words."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY)


def count(data: mmap, request: Json) -> tuple[Json, bytes]:
    """Count the pages of a document, no further than `max_pages` + 1."""
    return {"page_count": _open(data, request).count(request["max_pages"])}, b""


def show(data: mmap, request: Json) -> tuple[Json, bytes]:
    """Picture a page without reading it; the blob is a JPEG."""
    raster = _open(data, request).render(request["index"], in_color=True)
    return {"width_px": raster.width_px, "height_px": raster.height_px}, images.preview_of(raster)


def read(engines: Engines, data: mmap, request: Json) -> tuple[Json, bytes]:
    """Read one page of a document.

    Args:
        request: The fields of `pool.PageRequest`.
    """
    language = LANGUAGES[request["language"]]
    document = _open(data, request)
    page_count = document.count(request["max_pages"]) if request["index"] == 0 else 0
    if isinstance(document, images.PdfFile) and (own := _own_text(document, language, request)):
        preview = images.preview_of(document.render(request["index"], in_color=True)) if request["preview"] else b""
        return {"page": page_to_json(own), "page_count": page_count}, preview
    in_color = bool(request["preview"]) or request["engine"] != 1
    raster = document.render(request["index"], in_color=in_color)
    turn = engines.turn(raster) if request["detect_orientation"] else 0
    raster = images.turned(raster, turn)
    page = _read_page(engines[request["engine"]], raster, language, request, turn)
    preview = images.preview_of(raster) if request["preview"] else b""
    return {"page": page_to_json(page), "page_count": page_count}, preview


def make_pdf(data: mmap, request: Json) -> tuple[Json, bytes]:
    """Lay the words that were read over the document; the blob is the PDF.

    Args:
        request: The fields of `pool.PdfRequest`, its pages as JSON.
    """
    from ocr.searchable_pdf.make import Wish, make

    kind = images.kind_of(data, request["file_type"], request["file_hint"])
    pages = [page_from_json(page) if page else None for page in request["pages"]]
    blob = make(data, kind, pages, Wish(request["is_hidden"], request["watermark"], request["is_archival"]))
    return {"size_bytes": len(blob)}, blob


def _open(data: mmap, request: Json) -> images.Document:
    return images.open_document(data, request["file_type"], request["file_hint"])


def _own_text(document: images.PdfFile, language: Language, request: Json) -> Page | None:
    """The page as the program that made the PDF wrote it, where that is sound."""
    page = document.page(request["index"])
    lines = pdf_text.lines_of(page, images.PDF_WIRE_DPI / images.POINTS_AN_INCH)
    if lines is None:
        return None
    width, height = images.wire_size(page)
    inside = tuple(_inside(line, width, height) for line in lines)
    return Page(request["index"] + 1, width, height, inside, 0, language.code, TEXT_LAYER)


def _read_page(engine: Engine, raster: Raster, language: Language, request: Json, turn: int) -> Page:
    found = preparation.read(engine, raster, language, enlarge=request["scale"])
    return Page(request["index"] + 1, raster.width_px, raster.height_px, found.lines, turn, found.language)


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


if __name__ == "__main__":
    main()
