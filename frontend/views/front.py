"""The front page: a visitor drops a document and sees what is in it. Nothing is kept."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, BinaryIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.errors import Invalid, SpocrError
from billing.models import Kind
from frontend import curl, problems, visitor
from frontend.forms import AUTOMATIC, ENGINES, ONLY_TEXT, SAMPLES, SAMPLES_DIR, ReadForm
from frontend.result import PageShown, Reading, Result
from ocr import reading
from ocr.extraction.templates import TEMPLATES
from ocr.languages import LANGUAGES


@require_safe
@problems.shown
def front(request: HttpRequest) -> HttpResponse:
    return render(request, "front/front.html", _with_form(request, ReadForm()))


@never_cache
@problems.shown
def read(request: HttpRequest) -> HttpResponse:
    """Read a document and show the result: as a part for our script, else as a page."""
    if request.method != "POST":
        return redirect("front")
    form = ReadForm(request.POST, request.FILES)
    try:
        shown = {"result": _result(request, form)}
    except SpocrError as problem:
        return _answer(request, form, {"problem": problem}, status=problems.status_of(problem))
    return _answer(request, form, shown)


def _result(request: HttpRequest, form: ReadForm) -> Result:
    if not form.is_valid():
        raise Invalid(form.first_error)
    entered = form.cleaned_data
    content, name = _content(entered)
    options = reading.Options(engine=entered["engine"], language=entered["language"], previews=True)
    document = reading.read(visitor.reader(request), content, options, kind=Kind.SCAN)
    pages = tuple(_page(number, page, name, entered) for number, page in enumerate(document.pages, 1))
    return Result(
        name,
        ENGINES[entered["engine"]],
        LANGUAGES[entered["language"]].name,
        pages,
        tuple(_notices(document, pages, entered["document_type"])),
    )


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


def _content(entered: Mapping[str, Any]) -> tuple[BinaryIO, str]:
    if entered["sample"]:
        path = SAMPLES_DIR / f"{entered['sample']}.png"
        return BytesIO(path.read_bytes()), path.name
    return entered["file"], entered["file"].name


def _page(number: int, page: reading.ReadPage, name: str, entered: Mapping[str, Any]) -> PageShown:
    if page.page is None:
        return PageShown(number, None, str(page.error))
    template_id = {AUTOMATIC: None, ONLY_TEXT: ""}.get(entered["document_type"], entered["document_type"])
    shown = Reading.of(page.page, page.preview, template_id)
    text_call = curl.parse_image(settings.SITE_URL, name, engine=entered["engine"], language=entered["language"])
    calls = [(_("Text with boxes"), text_call)]
    if shown.template:
        call = curl.fields(settings.SITE_URL, name, shown.template.id)
        calls.insert(0, (_("Fields with boxes"), call))
    return PageShown(number, shown, "", tuple(calls))


def _answer(request: HttpRequest, form: ReadForm, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "fetch":
        part = "front/_problem.html" if "problem" in shown else "front/_result.html"
        return render(request, part, shown, status=status)
    return render(request, "front/read.html", shown | _with_form(request, form), status=status)


def _with_form(request: HttpRequest, form: ReadForm) -> dict[str, Any]:
    plan = visitor.payer(request).plan
    return {
        "form": form,
        "max_bytes": plan.file_bytes,
        "max_pages": plan.pdf_pages,
        "samples": [
            {"id": name, "title": TEMPLATES[name].title.lower(), "picture": f"samples/{name}.png"} for name in SAMPLES
        ],
        "here": "front",
    }
