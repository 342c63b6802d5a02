"""The documentation: pages, the same as Markdown, and texts for language models."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from frontend.developer import guides
from frontend.developer.guides import GUIDES, Guide

MOST_WORDS = 8


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All guides, or those that hold some words."""
    asked = request.GET.get("q", "")[:200]
    shown = {
        "asked": asked,
        "found": guides.search(asked.split()[:MOST_WORDS]) if asked.strip() else None,
        "cards": [
            (section, [(slug, title, guides.summary(_found(slug))) for slug, title in pages])
            for section, pages in _sections()
        ],
    }
    return render(request, "docs/index.html", _listed() | shown)


@require_safe
def guide(request: HttpRequest, slug: str) -> HttpResponse:
    found = _found(slug)
    shown = {"guide": found, "title": guides.title(found), "html": guides.html(found)}
    return render(request, "docs/guide.html", _listed() | shown)


@require_safe
def markdown(request: HttpRequest, slug: str) -> HttpResponse:
    return HttpResponse(guides.markdown(_found(slug)), content_type="text/markdown; charset=utf-8")


@require_safe
def llms(request: HttpRequest) -> HttpResponse:
    return HttpResponse(guides.overview(), content_type="text/plain; charset=utf-8")


@require_safe
def llms_full(request: HttpRequest) -> HttpResponse:
    return HttpResponse(guides.everything(), content_type="text/plain; charset=utf-8")


def _found(slug: str) -> Guide:
    found = guides.find(slug)
    if found is None:
        raise Http404
    return found


def _listed() -> dict[str, object]:
    return {"here": "docs", "sections": _sections()}


def _sections() -> list[tuple[str, list[tuple[str, str]]]]:
    """Each part of the documentation with its pages: slug and title."""
    return [
        (section, [(guide.slug, guides.title(guide)) for guide in GUIDES if guide.section == section])
        for section in dict.fromkeys(guide.section for guide in GUIDES)
    ]
