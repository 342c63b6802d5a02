"""The language of the pages: a cookie's, else the browser's. The APIs speak English to everybody."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.views.i18n import set_language
from rest_framework.views import APIView

from accounts.models import User


class LanguageMiddleware(LocaleMiddleware):
    """As Django's; but what a program gets, every word of it, is the same whatever its caller's browser prefers."""

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any) -> None:
        if is_of_an_api(view):
            translation.activate(settings.LANGUAGE_CODE)
            request.is_of_an_api = True  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if getattr(request, "is_of_an_api", False):
            return response
        said: HttpResponseBase = super().process_response(request, response)
        return said


def is_of_an_api(view: Callable[..., HttpResponseBase]) -> bool:
    """Both APIs, and nothing else, are views of the REST framework."""
    kind = getattr(view, "cls", None)
    return isinstance(kind, type) and issubclass(kind, APIView)


def choose(request: HttpRequest) -> HttpResponseBase:
    """POST: take a language and go back to the page. A person's mails are written in it, too."""
    response = set_language(request)
    chosen = request.POST.get("language", "")
    if isinstance(request.user, User) and chosen in dict(settings.LANGUAGES):
        User.objects.filter(id=request.user.id).update(language=chosen)
    return response


def page_to_return_to(request: HttpRequest) -> str:
    """Where the switch leads: this page; after a form was sent, the page that the form stood on."""
    return request.get_full_path() if request.method in ("GET", "HEAD") else request.headers.get("Referer", "/")
