"""The Workspace API's one error envelope: which status and code each error of the catalogue has."""

from typing import Any

from django.conf import settings

from accounts.api_keys import InactiveApiKey, InvalidApiKey
from accounts.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    QuotaExceeded,
    RateLimited,
    SpocrError,
    Unavailable,
    WrongValue,
)
from ocr.api.requests import request_id
from ocr.images import UnreadableDocument
from ocr.jobs import JobRunning
from ocr.reading import FileTooLarge, NoSuchPage
from ocr.sources import InvalidBase64
from ocr.web_address import UrlRefused

Json = dict[str, Any]


class MissingApiKey(SpocrError):
    """No `Authorization` header, or not a Bearer one."""

    code = "missing_api_key"
    message = "The API key is missing. Send it as the header 'Authorization: Bearer spocr_…'."


class ValidationFailed(Invalid):
    """Values of the wrong kind; details: errors, a list of {field, message}."""

    code = "validation_failed"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        first = errors[0]
        super().__init__(f"{first['field']}: {first['message']}", errors=errors)


class TooLarge(SpocrError):
    """The body is larger than any plan takes."""

    code = "too_large"
    message = "The request is larger than any plan takes. Send a smaller image."


class OutOfService(Unavailable):
    """The database or the storage does not answer now; nothing was stored or charged."""

    code = "unavailable"
    message = "The service cannot store anything at this moment. Repeat the request in a few seconds."
    retry_after_seconds = 5


# The first kind that fits decides.
STATUSES: tuple[tuple[type[SpocrError], int, str], ...] = (
    (MissingApiKey, 401, "missing_api_key"),
    (InvalidApiKey, 403, "invalid_api_key"),
    (InactiveApiKey, 403, "key_inactive"),
    (TooLarge, 413, "too_large"),
    (ValidationFailed, 400, "validation_failed"),
    (WrongValue, 400, "validation_failed"),
    (UnreadableDocument, 400, "invalid_image"),
    (FileTooLarge, 400, "invalid_image"),
    (UrlRefused, 400, "invalid_image"),
    (InvalidBase64, 400, "invalid_image"),
    (NoSuchPage, 400, "invalid_image"),
    (Invalid, 400, "invalid_request"),
    (QuotaExceeded, 402, "insufficient_balance"),
    (Forbidden, 403, "forbidden"),
    (NotFound, 404, "not_found"),
    (JobRunning, 409, "conflict"),
    (Conflict, 409, "idempotency_conflict"),
    (RateLimited, 429, "rate_limited"),
    (OutOfService, 503, "unavailable"),
    (Unavailable, 502, "ocr_engine_error"),
)


def status_of(error: SpocrError) -> tuple[int, str]:
    """HTTP status and code."""
    for kind, status, code in STATUSES:
        if isinstance(error, kind):
            return status, code
    return 500, "internal_error"


def envelope(code: str, message: str, details: Json | None = None) -> Json:
    """The body of every error; `details.docs` leads to what is written about its code."""
    return {
        "error": {"code": code, "message": message, "requestId": request_id()},
        "details": {**(details or {}), "docs": f"{settings.SITE_URL}/docs/errors#{code}"},
    }


def details_of(error: SpocrError) -> Json:
    """Values for machines beside the message."""
    if isinstance(error, RateLimited):
        return {**error.details, "retryAfterSec": error.retry_after_seconds}
    return dict(error.details)
