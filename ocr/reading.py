"""The main job: read one document for a payer. Every door calls `read`."""

import hashlib
import io
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import gettempdir
from typing import IO

from django.conf import settings

from accounts.errors import Invalid, SpocrError, Unavailable
from billing import sizes, usage
from billing.models import Kind
from billing.plans import Plan
from billing.usage import Payer
from ocr import metrics, pool, trace
from ocr.images import UnreadableDocument, UnrecognizedType
from ocr.languages import ALL_ENGINES, LANGUAGES
from ocr.types import Page

INTERACTIVE, BATCH = 0, 10
# Longest path that a Unix socket may have is 107 bytes.
MAX_SOCKET_PATH = 100


class FileTooLarge(Invalid):
    """The file is larger than the payer's plan takes; details: limit_bytes."""

    code = "file_too_large"

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            f"The file is larger than the {sizes.shown(limit_bytes)} that your plan takes. "
            "Make it smaller or choose a larger plan.",
            limit_bytes=limit_bytes,
        )
        self.limit_bytes = limit_bytes


class EmptyFile(UnrecognizedType):
    """There are no bytes."""

    message = "The file is empty. Send an image or a PDF."


class NoText(Unavailable):
    """There is no text on the document; details: reason."""

    code = "no_text"

    def __init__(self) -> None:
        super().__init__(
            "No text was found on the document. Check that it is not blank, upside down or out of focus.",
            reason="no_text",
        )


class NoSuchPage(Invalid):
    """The document has fewer pages than the one asked for."""

    code = "no_such_page"


@dataclass(frozen=True, slots=True)
class Options:
    """How to read.

    Attributes:
        engine: 1 Tesseract, 2 PP-OCR, 3 both, fused word by word.
        language: A code of `ocr.languages`.
        file_type: Overrides what the bytes show; "" leaves it to them.
        file_hint: What the name or content type claims, for bytes that show nothing.
        page: 1-based; 0 reads all pages up to the plan's limit.
        previews: Give a JPEG of each page along, for display.
        needs_text: A document without any text is an error, and free.
    """

    engine: int = 1
    language: str = "eng"
    detect_orientation: bool = False
    scale: bool = False
    file_type: str = ""
    file_hint: str = ""
    page: int = 0
    previews: bool = False
    needs_text: bool = False
    priority: int = INTERACTIVE

    def __post_init__(self) -> None:
        language = LANGUAGES.get(self.language)
        if language is None or self.engine not in language.engines:
            raise Invalid(f"Engine {self.engine} does not read the language {self.language!r}.", field="language")
        if self.engine not in ALL_ENGINES:
            raise Invalid(f"There is no engine {self.engine}. Choose 1, 2 or 3.", field="engine")


@dataclass(frozen=True, slots=True)
class PdfWish:
    """How a searchable PDF is to be; attributes as in `ocr.searchable_pdf.make.Wish`."""

    is_hidden: bool = False
    watermark: str = ""
    is_archival: bool = False


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page: what was read, or why it could not be."""

    page: Page | None
    error: SpocrError | None = None
    preview: bytes | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What was read. `page_count` counts no further than one past the plan's limit."""

    pages: tuple[ReadPage, ...]
    page_count: int

    @property
    def is_cut_off(self) -> bool:
        """The document has more pages than the plan reads."""
        return self.page_count > len(self.pages) and len(self.pages) > 0

    @property
    def read_pages(self) -> list[Page]:
        return [read.page for read in self.pages if read.page is not None]


def read(
    payer: Payer,
    content: IO[bytes],
    options: Options,
    *,
    kind: Kind,
    demand: Callable[[Document], None] | None = None,
) -> Document:
    """Read a document and charge for it: a request once, or scans by page. A failure is free.

    Args:
        content: A file, at any position; one that lies on disk is read from there.
        demand: Raises when what was read is not what the caller is to pay for.

    Raises:
        FileTooLarge, UnreadableDocument, NoSuchPage: The caller's to mend.
        CapReached: The plan's units are used up.
        EngineBusy, EngineTimeout, EngineFailed: Ours, when no page could be read at all.
        NoText: Options ask for text and there is none.
    """
    plan = payer.plan
    with _descriptor(content, limit_bytes=plan.file_bytes) as descriptor:
        reader = Reader(descriptor, options, plan.pdf_pages)
        units = reader.pages_to_read() if kind == Kind.SCAN and not options.page else 1
        # A Parse request came in with room for it (`usage.demand_room`): an engine begins while the ledger reserves.
        begun = reader.begun() if kind == Kind.PARSE and not options.page else nullcontext()
        with begun, usage.charged(payer, kind, engine=options.engine, units=units) as charge:
            document = reader.read()
            if demand:
                demand(document)
            read_well = len(document.read_pages)
            charge.units = min(read_well, 1) if kind == Kind.PARSE else read_well
        known = trace.present()
        known.units, known.usage_id = charge.units, charge.record.id
    return document


def read_reserved(plan: Plan, content: IO[bytes], options: Options) -> Document:
    """Read a document whose units are reserved already; the caller settles them. Raises as `read`."""
    with _descriptor(content, limit_bytes=plan.file_bytes) as descriptor:
        return Reader(descriptor, options, plan.pdf_pages).read()


def read_free(content: IO[bytes], options: Options) -> Document:
    """Read a document of our own; nobody pays. Raises as `read`."""
    with _descriptor(content, limit_bytes=sys.maxsize) as descriptor:
        return Reader(descriptor, options, 1).read()


def count_pages(plan: Plan, content: IO[bytes], options: Options) -> int:
    """The pages of a document, counted no further than one past the plan's limit.

    Raises:
        FileTooLarge, UnreadableDocument, EngineBusy, EngineTimeout, EngineFailed
    """
    with _descriptor(content, limit_bytes=plan.file_bytes) as descriptor:
        return Reader(descriptor, options, plan.pdf_pages).count()


def show_page(content: IO[bytes], *, page: int) -> bytes:
    """A JPEG of one page (1-based) of a document, upright, without reading it. Free.

    Raises:
        UnreadableDocument, EngineBusy, EngineTimeout, EngineFailed
    """
    with _descriptor(content, limit_bytes=sys.maxsize) as descriptor:
        reader = Reader(descriptor, Options(), page)
        return reader.show(page)


def searchable_pdf(payer: Payer, content: IO[bytes], document: Document, options: Options, wish: PdfWish) -> bytes:
    """Lay what was read over the document it was read from, and give the PDF.

    Raises:
        UnreadableDocument, NotArchivable: The caller's to mend.
        EngineBusy, EngineTimeout, EngineFailed: Ours.
    """
    with _descriptor(content, limit_bytes=payer.plan.file_bytes) as descriptor:
        request = pool.PdfRequest(
            pages=tuple(read.page for read in document.pages),
            file_type=options.file_type,
            file_hint=options.file_hint,
            is_hidden=wish.is_hidden,
            watermark=wish.watermark,
            is_archival=wish.is_archival,
            priority=options.priority,
            queue_timeout_seconds=settings.QUEUE_TIMEOUT_SECONDS,
            timeout_seconds=settings.PAGE_TIMEOUT_SECONDS,
        )
        with trace.present().stage("searchable_pdf"):
            return pool.make_pdf(engine_host(), descriptor, request)


class Reader:
    """Reads the pages of one open document side by side."""

    def __init__(self, descriptor: int, options: Options, max_pages: int) -> None:
        self._host = engine_host()
        self._descriptor = descriptor
        self._options = options
        self._max_pages = max_pages
        self._trace = trace.present()  # here: the pages' threads have none
        self._begun: pool.Asked | None = None
        self._request = pool.PageRequest(
            index=0,
            engine=options.engine,
            language=options.language,
            file_type=options.file_type,
            file_hint=options.file_hint,
            max_pages=max_pages,
            detect_orientation=options.detect_orientation,
            scale=options.scale,
            preview=options.previews,
            priority=options.priority,
            queue_timeout_seconds=settings.QUEUE_TIMEOUT_SECONDS,
            timeout_seconds=settings.PAGE_TIMEOUT_SECONDS,
        )

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Within the block an engine works on the first page; `read` waits for that."""
        with closing(pool.begin_page(self._host, self._descriptor, self._request)) as self._begun:
            yield

    def pages_to_read(self) -> int:
        """The number of pages, up to the limit.

        Raises:
            UnreadableDocument, EngineBusy, EngineTimeout, EngineFailed
        """
        return min(self.count(), self._max_pages)

    def count(self) -> int:
        """The number of pages, counted no further than one past the limit. Raises as `pages_to_read`."""
        return pool.count_pages(self._host, self._descriptor, self._request)

    def read(self) -> Document:
        """Read the pages that the options name; the first tells how many there are.

        Raises:
            NoText: Options ask for text and there is none.
            And as `read` of this module does.
        """
        with metrics.READINGS.labels(self._options.engine).time():
            document = self._read()
        self._trace.engine, self._trace.pages = self._options.engine, len(document.read_pages)
        for read in document.pages:
            self._trace.error = self._trace.error or (read.error.code if read.error else "")
            metrics.PAGES.labels(self._options.engine, read.error.code if read.error else "read").inc()
        if self._options.needs_text and not any(page.lines for page in document.read_pages):
            raise NoText
        return document

    def show(self, number: int) -> bytes:
        """A JPEG of one page."""
        return pool.show_page(self._host, self._descriptor, replace(self._request, index=number - 1))

    def _read(self) -> Document:
        if self._options.page:
            return self._read_single(self._options.page)
        first, page_count = self._read_first()
        rest = range(1, min(page_count, self._max_pages))
        if not rest:
            return Document((first,), page_count)
        with ThreadPoolExecutor(max_workers=min(len(rest), os.cpu_count() or 1)) as threads:
            pages = list(threads.map(self._read_page, rest))
        return Document((first, *pages), page_count)

    def _read_single(self, number: int) -> Document:
        page_count = self.count()
        if number > self._max_pages and page_count > self._max_pages:
            raise NoSuchPage(
                f"Your plan reads the first {self._max_pages} pages of a document; page {number} is not among them.",
                field="page",
            )
        if number > page_count:
            raise NoSuchPage(f"The document has no page {number}; it has {page_count}.", field="page")
        answer = self._ask(replace(self._request, index=number - 1))
        return Document((ReadPage(answer.page, preview=answer.preview or None),), 1)

    def _read_first(self) -> tuple[ReadPage, int]:
        try:
            answer = self._ask(self._request, begun=self._begun)
        except SpocrError as error:
            # The document is to blame, or it has only this page: the whole reading failed.
            if isinstance(error, pool.EngineBusy) or (page_count := self.count()) == 1:
                raise
            return ReadPage(None, error), page_count
        return ReadPage(answer.page, preview=answer.preview or None), answer.page_count

    def _read_page(self, index: int) -> ReadPage:
        try:
            answer = self._ask(replace(self._request, index=index))
        except (UnreadableDocument, Unavailable) as error:
            return ReadPage(None, error)
        return ReadPage(answer.page, preview=answer.preview or None)

    def _ask(self, request: pool.PageRequest, begun: pool.Asked | None = None) -> pool.PageAnswer:
        started = time.perf_counter()
        try:
            answer = pool.page_of(begun) if begun else pool.read_page(self._host, self._descriptor, request)
        except SpocrError:
            self._trace.spent.append(("failed_page", time.perf_counter() - started))
            raise
        self._trace.page(time.perf_counter() - started, answer.engine_seconds)
        return answer


def engine_host() -> pool.HostSettings:
    """Where this installation's engine host listens, and how it is started."""
    return pool.HostSettings(
        socket=_socket_path(),
        processes=settings.ENGINE_PROCESSES,
        queue=settings.ENGINE_QUEUE,
        memory_mb=settings.ENGINE_MEMORY_MB,
        tesseract=settings.TESSERACT_ADAPTER,
        tessdata=settings.TESSDATA_DIR,
    )


def _socket_path() -> Path:
    if settings.ENGINE_SOCKET:
        return Path(settings.ENGINE_SOCKET)
    path = settings.DATA_DIR / "run" / "engines.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(settings.DATA_DIR)).hexdigest()[:12]
    name = f"spocr-{os.getuid()}-{digest}"
    return Path(gettempdir()) / name / "engines.sock"


@contextmanager
def _descriptor(content: IO[bytes], *, limit_bytes: int) -> Iterator[int]:
    """An open file that an engine process can map, of at most `limit_bytes`."""
    size = content.seek(0, io.SEEK_END)
    if size == 0:
        raise EmptyFile
    if size > limit_bytes:
        raise FileTooLarge(limit_bytes)
    if (on_disk := _file_number(content)) >= 0:
        yield on_disk
        return
    content.seek(0)
    with os.fdopen(os.memfd_create("document"), "w+b") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        yield file.fileno()


def _file_number(content: IO[bytes]) -> int:
    """The descriptor of a file that lies on disk, or -1."""
    try:
        content.flush()
        return content.fileno()
    except (OSError, AttributeError):
        return -1
