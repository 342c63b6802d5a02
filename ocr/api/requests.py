"""What both API families and the pages share about a request: its id, its caller's address."""

import ipaddress
import logging
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from billing import plans

# For the parameters, or field definitions, beside the file.
ROOM_BYTES = 1_048_576
BASE64_GROWTH = 4 / 3
# Base64 whose every character may be percent-encoded.
FORM_GROWTH = 3

_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def request_id() -> str:
    """The id of the request being served, or "-"."""
    return _request_id.get()


class RequestIdMiddleware:
    """Gives every request an id: in its answer's header, in error envelopes, in log lines."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request_id.set("req_" + secrets.token_hex(12))
        try:
            response = self._get_response(request)
            response["X-Request-Id"] = request_id()
            return response
        finally:
            _request_id.reset(token)


class RequestIdFilter(logging.Filter):
    """Puts the id into log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id()
        return True


def client_address(request: HttpRequest) -> str:
    """The caller's address: of the connection, or, behind trusted proxies, the last one that none of them set.

    `X-Forwarded-For` grows to the right; what stands left of the first untrusted address was
    written by the caller and is not believed.
    """
    address = request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 - "" comes from a Unix socket
    if not _is_trusted(address):
        return address
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        hop = hop.strip()
        if not _is_address(hop):
            break
        address = hop
        if not _is_trusted(hop):
            break
    return address


def content_length(request: HttpRequest) -> int:
    """Bytes that the request says it carries; 0 when it does not say."""
    try:
        return max(int(request.META.get("CONTENT_LENGTH") or 0), 0)
    except ValueError:
        return 0


def largest_body_bytes(*, growth: float) -> int:
    """What a file of the largest plan becomes in a body, where `growth` is its encoding's, and some room beside it."""
    return int(plans.largest_file_bytes(settings.PLANS_FILE) * growth) + ROOM_BYTES


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str) -> bool:
    return _is_address(address) and any(
        ipaddress.ip_address(address) in network for network in settings.TRUSTED_PROXIES
    )
