"""Puts each request to an API whose key is known into its organization's request log, after the answer is made."""

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import caller
from ocr import request_log, trace
from ocr.api.requests import request_id
from ocr.models import RequestRecord
from ocr.trace import Trace

FAILED = 400
# That of W3C Trace Context is 55 characters long; later versions may add to it.
MAX_TRACEPARENT = 200


class RecordingMiddleware:
    """Traces a request and has it written down; the answer does not wait for that."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token, started = trace.begin(), time.perf_counter()
        came_at = timezone.now()
        try:
            response = self._get_response(request)
            known = _known(request, response)
            if known.organization and settings.REQUEST_LOG:
                record = _record(request, response, known)
                record.created_at, record.milliseconds = came_at, round((time.perf_counter() - started) * 1000)
                request_log.put(request_log.Entry(known.organization, record))
            return response
        finally:
            trace.end(token)


def _known(request: HttpRequest, response: HttpResponse) -> Trace:
    """The request's trace, with what its end tells. A file such as a style sheet has no route."""
    known, match = trace.present(), request.resolver_match
    known.name, known.method = (match.view_name or match.route) if match else "", request.method or ""
    known.subject, known.status = request_id(), response.status_code
    known.parent = request.headers.get("traceparent", "")[:MAX_TRACEPARENT]
    return known


def _record(request: HttpRequest, response: HttpResponse, known: Trace) -> RequestRecord:
    match = request.resolver_match
    route = match.url_name if match else None
    error = known.error or (f"http_{response.status_code}" if response.status_code >= FAILED else "")
    return RequestRecord(
        request_id=request_id(),
        method=(request.method or "")[:8],
        endpoint=(route or "unknown")[:40],
        status=response.status_code,
        error=error[:40],
        stages=known.stages(),
        engine=known.engine,
        pages=known.pages,
        units=known.units,
        usage_id=known.usage_id,
        key=known.key,
        address=caller.address(request),
    )
