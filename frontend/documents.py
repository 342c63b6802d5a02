"""What the front page does with documents: each is read for the visitor, by one engine or by all of them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import SpocrError
from billing.models import Kind
from billing.usage import Payer
from frontend import curl
from frontend.comparison import Attempt, sides_of
from frontend.forms import ALL_ENGINES, AUTOMATIC, ENGINES, ONLY_TEXT, SAMPLES_DIR, ReadForm
from frontend.reference import languages
from frontend.reference.calls import Call
from frontend.result import PageShown, Reading, Result
from frontend.sentences import said
from ocr import pdfs, reading
from ocr.languages import LANGUAGES


@dataclass(frozen=True, slots=True)
class Asked:
    """How to read. `engine` is a key of ENGINES, or ALL_ENGINES."""

    document_type: str
    engine: int
    language: str
    detect_orientation: bool
    wants_pdf: bool

    @property
    def engines(self) -> tuple[int, ...]:
        return tuple(ENGINES) if self.engine == ALL_ENGINES else (self.engine,)

    def options(self, engine: int) -> reading.Options:
        """Raises: Invalid, where the engine does not know the language."""
        return reading.Options(
            engine=engine, language=self.language, detect_orientation=self.detect_orientation, previews=True
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A document with what was read, or why it was not."""

    name: str
    result: Result | None = None
    problem: SpocrError | None = None


def read_each(payer: Payer, form: ReadForm) -> list[Outcome]:
    """Read every document of a valid form; one that fails does not keep the others from being read."""
    entered = form.cleaned_data
    asked = Asked(
        entered["document_type"],
        entered["engine"],
        entered["language"],
        entered["detect_orientation"],
        entered["searchable_pdf"],
    )
    first = entered["number"] or 1
    return [
        _outcome(payer, content, name, asked, number) for number, (content, name) in enumerate(_contents(form), first)
    ]


def _contents(form: ReadForm) -> Iterator[tuple[IO[bytes], str]]:
    if sample := form.cleaned_data["sample"]:
        path = SAMPLES_DIR / f"{sample}.png"
        yield BytesIO(path.read_bytes()), path.name
        return
    for file in form.cleaned_data["file"]:
        yield file, file.name


def _outcome(payer: Payer, content: IO[bytes], name: str, asked: Asked, number: int) -> Outcome:
    try:
        return Outcome(name, result=_result(payer, content, name, asked, number))
    except SpocrError as problem:
        return Outcome(name, problem=problem)


def _result(payer: Payer, content: IO[bytes], name: str, asked: Asked, number: int) -> Result:
    attempts, problem = [], SpocrError()
    best, document = asked.engines[-1], None
    for engine in asked.engines:
        started = time.monotonic()
        try:
            read = reading.read(payer, content, asked.options(engine), kind=Kind.SCAN)
        except SpocrError as error:
            problem = error
            attempts.append(Attempt(str(ENGINES[engine]), time.monotonic() - started, problem=str(error)))
        else:
            best, document = engine, read
            attempts.append(Attempt(str(ENGINES[engine]), time.monotonic() - started, read))
    if document is None:
        raise problem
    shown = _shown(document, name, replace(asked, engine=best), number)
    sides = sides_of(attempts) if len(attempts) > 1 else ()
    link, why_none = _pdf(payer, content, document, asked.options(best)) if asked.wants_pdf else ("", "")
    notices = (*shown.notices, why_none) if why_none else shown.notices
    return replace(shown, sides=sides, pdf_link=link, notices=notices)


def _shown(document: reading.Document, name: str, asked: Asked, number: int) -> Result:
    pages = tuple(_page(at, page, name, asked, f"{number}-{at}") for at, page in enumerate(document.pages, 1))
    return Result(
        name,
        str(ENGINES[asked.engine]),
        LANGUAGES[asked.language].name,
        pages,
        tuple(_notices(document, pages, asked.document_type)),
    )


def _page(number: int, page: reading.ReadPage, name: str, asked: Asked, page_id: str) -> PageShown:
    if page.page is None:
        return PageShown(number, page_id, None, str(page.error))
    template_id = {AUTOMATIC: None, ONLY_TEXT: ""}.get(asked.document_type, asked.document_type)
    shown = Reading.of(page.page, page.preview, template_id)
    calls = _calls(name, asked)
    if shown.template:
        fields = curl.fields(settings.SITE_URL, name, shown.template.id)
        calls.insert(0, (_("Fields with boxes"), fields))
    return PageShown(number, page_id, shown, "", tuple(calls))


def _calls(name: str, asked: Asked) -> list[tuple[str, str]]:
    """The same reading as a request to the Parse API, by title."""
    form = {"language": asked.language, "OCREngine": str(asked.engine), "isOverlayRequired": "true"}
    wishes = {"detectOrientation": asked.detect_orientation, "isCreateSearchablePdf": asked.wants_pdf}
    more = {wish: "true" for wish, is_on in wishes.items() if is_on}
    call = Call(
        "POST",
        f"{settings.SITE_URL}/parse/image",
        {"apikey": curl.KEY_TO_FILL_IN},
        form | more,
        file_field="file",
        file_name=curl.plain_name(name),
    )
    line = curl.parse_image(
        settings.SITE_URL,
        name,
        engine=asked.engine,
        language=asked.language,
        more=" ".join(f"-F {wish}=true" for wish in more),
    )
    return [
        (_("Text with boxes"), line),
        (_("The same in Python"), languages.python(call)),
        (_("The same in JavaScript"), languages.javascript(call)),
    ]


def _notices(document: reading.Document, pages: tuple[PageShown, ...], asked: str) -> Iterator[str]:
    if document.is_cut_off:
        yield ngettext(
            "Only the first page was read: your plan takes no more of one document.",
            "Only the first %(count)d pages were read: your plan takes no more of one document.",
            len(pages),
        ) % {"count": len(pages)}
    readings = [page.reading for page in pages if page.reading]
    if asked == AUTOMATIC and readings and not any(page.template for page in readings):
        yield _("This looks like none of the documents that are known here. If it is one, choose it above.")


def _pdf(payer: Payer, content: IO[bytes], document: reading.Document, options: reading.Options) -> tuple[str, str]:
    """The address of the searchable PDF, as the Parse API makes it; or a sentence why there is none."""
    try:
        return pdfs.link(payer, content, document, options).removeprefix(settings.SITE_URL), ""
    except SpocrError as problem:
        return "", _("The searchable PDF could not be made: %(why)s") % {"why": said(problem)}
