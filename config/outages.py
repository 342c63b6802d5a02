"""The page for whatever no page answers: 503, to be repeated, where a part of the installation does not answer now."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views.defaults import server_error as broken

from ocr.storage import StorageAway

RETRY_AFTER_SECONDS = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`, called while the exception is handled; the log has it already."""
    if not _is_away(sys.exc_info()[1]):
        return broken(request)
    # Without a context: whose request it is would be asked of what is away.
    page = loader.get_template("503.html").render()
    return HttpResponse(
        page, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-store"}
    )


def _is_away(error: BaseException | None) -> bool:
    # The cache's errors by name: redis is imported only where there is one.
    is_of_cache = any(kind.__module__ == "redis.exceptions" for kind in type(error).__mro__)
    return is_of_cache or isinstance(error, OperationalError | InterfaceError | StorageAway)
