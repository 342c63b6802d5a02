"""What both API families and the pages share about a request: its id, its size, its line in the log."""

import logging
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from gunicorn.http.errors import ParseException

from billing import plans
from ocr import metrics, trace

log = logging.getLogger("spocr.requests")

# For the parameters, or field definitions, beside the file.
ROOM_BYTES = 1_048_576
BASE64_GROWTH = 4 / 3
# What reading a body raises when it breaks off, and when its chunks are none.
BROKEN_BODY = (OSError, UnreadablePostError, ParseException)
# Base64 whose every character may be percent-encoded.
FORM_GROWTH = 3

# Not a header: a caller cannot set it.
REQUEST_ID = "spocr.request_id"

_request_id: ContextVar[str] = ContextVar("request_id", default="-")
_caller: ContextVar[tuple[str, str]] = ContextVar("caller", default=("-", "-"))


def request_id() -> str:
    """The id of the request being served, or "-"."""
    return _request_id.get()


def callers_ids() -> tuple[str, str]:
    """Public ids of the organization and the key that ask; "-" each where there is none."""
    return _caller.get()


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
        request.META[REQUEST_ID] = request_id()
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
    route = route_of(request)
    metrics.REQUESTS.labels(route, request.method, str(response.status_code)).observe(seconds)
    log.info("%s %s %s %.0f ms", request.method, route, response.status_code, seconds * 1000)


def route_of(request: HttpRequest) -> str:
    """The name of the request's route: what may be said of its address."""
    match = request.resolver_match
    return (match.view_name or match.route) if match else "unknown"


class RequestIdFilter(logging.Filter):
    """Puts the request's id and its caller into log records, and its route where Django names the path.

    Django gives its records the request itself, whose printed form, in a log of JSON, holds the query.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id()
        record.organization, record.key = _caller.get()
        request = record.__dict__.pop("request", None)
        if isinstance(request, HttpRequest):
            # Django speaks when our middleware has ended already.
            record.request_id = request.META.get(REQUEST_ID, "-")
            if isinstance(record.args, tuple) and record.args:  # it names the path last
                record.args = (*record.args[:-1], route_of(request))
        return True


def content_length(request: HttpRequest) -> int:
    """Bytes that the request says it carries; 0 when it does not say."""
    try:
        return max(int(request.META.get("CONTENT_LENGTH") or 0), 0)
    except ValueError:
        return 0


def is_chunked(request: HttpRequest) -> bool:
    """Whether the body comes in chunks. Django takes one without a length for empty; the server knows the end."""
    return bool(request.META.get("wsgi.input_terminated")) and "HTTP_TRANSFER_ENCODING" in request.META


def largest_body_bytes(*, growth: float) -> int:
    """What a file of the largest plan becomes in a body, where `growth` is its encoding's, and some room beside it."""
    return int(plans.largest_file_bytes(settings.PLANS_FILE) * growth) + ROOM_BYTES
