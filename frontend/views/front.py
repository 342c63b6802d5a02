"""The front page: a visitor drops documents and sees what is in them. Nothing is kept."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.errors import Invalid, SpocrError
from billing import usage
from billing.models import Kind
from frontend import problems, visitor
from frontend.documents import Outcome, read_each
from frontend.forms import MAX_DOCUMENTS, SAMPLES, ReadForm
from frontend.sentences import named
from ocr.extraction.templates import TEMPLATES


@require_safe
@problems.shown
def front(request: HttpRequest) -> HttpResponse:
    return render(request, "front/front.html", _with_form(request, ReadForm()))


@never_cache
@problems.shown
def read(request: HttpRequest) -> HttpResponse:
    """Read documents and show the results: as a part for our script, else as a page."""
    if request.method != "POST":
        return redirect("front")
    form = ReadForm(request.POST, request.FILES)
    outcomes = _outcomes(request, form)
    first = outcomes[0].problem
    status = problems.status_of(first) if first and all(one.problem for one in outcomes) else 200
    shown = _with_form(request, form) | {"outcomes": outcomes}
    is_part = request.headers.get("X-Requested-With") == "fetch"
    return render(request, "front/_outcomes.html" if is_part else "front/read.html", shown, status=status)


def _outcomes(request: HttpRequest, form: ReadForm) -> list[Outcome]:
    try:
        if not form.is_valid():
            raise Invalid(form.first_error)
        return read_each(visitor.reader(request), form)
    except SpocrError as problem:
        return [Outcome("", problem=problem)]


def _with_form(request: HttpRequest, form: ReadForm) -> dict[str, Any]:
    payer = visitor.payer(request)
    return {
        "form": form,
        "max_bytes": payer.plan.file_bytes,
        "max_pages": payer.plan.pdf_pages,
        "max_documents": MAX_DOCUMENTS,
        "left_today": None if payer.organization else usage.remaining(payer, Kind.SCAN),
        "visitor_limit": settings.VISITOR_SCANS_A_DAY,
        "samples": [
            {"id": name, "title": named("kind", TEMPLATES[name].title).lower(), "picture": f"samples/{name}.png"}
            for name in SAMPLES
        ],
        "here": "front",
    }
