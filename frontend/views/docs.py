"""The documentation: pages, the same as Markdown, and texts for language models."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from frontend.developer import guides
from frontend.developer.guides import GUIDES, Guide

MOST_WORDS = 8


@dataclass(frozen=True)
class Shown:
    """A guide as lists show it."""

    slug: str
    title: str
    summary: str
    language: str


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All guides, or those that hold some words."""
    asked = request.GET.get("q", "")[:200]
    shown = {
        "asked": asked,
        "found": guides.search(asked.split()[:MOST_WORDS], _language()) if asked.strip() else None,
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
    """The guide in the reader's language.

    Raises:
        Http404
    """
    found = guides.find(slug)
    if found is None:
        raise Http404
    return guides.spoken(found, _language())


def _language() -> str:
    return get_language() or "en"


def _listed() -> dict[str, object]:
    """Each part of the documentation with its pages."""
    sections: dict[str, list[Shown]] = {}
    for each in GUIDES:
        spoken = guides.spoken(each, _language())
        shown = Shown(spoken.slug, guides.title(spoken), guides.summary(spoken), spoken.language)
        sections.setdefault(gettext(each.section), []).append(shown)
    return {"here": "docs", "sections": list(sections.items())}
