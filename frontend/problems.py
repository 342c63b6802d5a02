"""How the pages say errors of the catalogue: status and sentence."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    QuotaExceeded,
    RateLimited,
    SpocrError,
    Unavailable,
)

STATUSES: tuple[tuple[type[SpocrError], int], ...] = (
    (Invalid, 400),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (QuotaExceeded, 429),
    (RateLimited, 429),
    (Unavailable, 503),
)

View = Callable[..., HttpResponseBase]


def status_of(problem: SpocrError) -> int:
    """The HTTP status of a page that shows `problem`."""
    return next((status for kind, status in STATUSES if isinstance(problem, kind)), 500)


def shown(view: View) -> View:
    """Show a page for an error that the view lets through."""

    @wraps(view)
    def showing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except SpocrError as problem:
            return render(request, "problem.html", {"problem": problem}, status=status_of(problem))

    return showing
