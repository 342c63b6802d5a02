"""What both API families and the pages share about a request: its id, its size, its line in the log."""

import logging
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from billing import plans
from ocr import metrics, trace

log = logging.getLogger("spocr.requests")

# For the parameters, or field definitions, beside the file.
ROOM_BYTES = 1_048_576
BASE64_GROWTH = 4 / 3
# Base64 whose every character may be percent-encoded.
FORM_GROWTH = 3

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_caller: ContextVar[tuple[str, str]] = ContextVar("caller", default=("-", "-"))


def request_id() -> str:
    """The id of the request being served, or "-"."""
    return _request_id.get()


def note_caller(organization_id: str, key_id: str) -> None:
    """Name the key and its organization in this request's log lines and in its trace, by their public ids."""
    _caller.set((organization_id, key_id))
    known = trace.present()
    known.organization, known.key = organization_id, key_id


class RequestIdMiddleware:
    """Gives every request an id: in its answer's header, in error envelopes, in log lines; measures and logs it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token, caller = _request_id.set("req_" + secrets.token_hex(12)), _caller.set(("-", "-"))
        started = time.perf_counter()
        try:
            response = self._get_response(request)
            response["X-Request-Id"] = request_id()
            _note(request, response, time.perf_counter() - started)
            return response
        finally:
            _caller.reset(caller)
            _request_id.reset(token)


def _note(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Count the request and log it by its route: paths hold ids, query strings hold keys."""
    match = request.resolver_match
    route = match.view_name or match.route if match else "unknown"
    metrics.REQUESTS.labels(route, request.method, str(response.status_code)).observe(seconds)
    log.info("%s %s %s %.0f ms", request.method, route, response.status_code, seconds * 1000)


class RequestIdFilter(logging.Filter):
    """Puts the request's id and its caller into log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id()
        record.organization, record.key = _caller.get()
        return True


def content_length(request: HttpRequest) -> int:
    """Bytes that the request says it carries; 0 when it does not say."""
    try:
        return max(int(request.META.get("CONTENT_LENGTH") or 0), 0)
    except ValueError:
        return 0


def largest_body_bytes(*, growth: float) -> int:
    """What a file of the largest plan becomes in a body, where `growth` is its encoding's, and some room beside it."""
    return int(plans.largest_file_bytes(settings.PLANS_FILE) * growth) + ROOM_BYTES
