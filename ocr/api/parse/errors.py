"""The Parse API's failures: which exit code and words each error of the catalogue has on its wire."""

from collections.abc import Sequence

from accounts.api_keys import InactiveApiKey, InvalidApiKey, KeyCapReached
from accounts.errors import Forbidden, Invalid, SpocrError
from billing.usage import CapReached
from ocr.api.throttling import DemoLimitReached, TooManyWrongKeys
from ocr.images import UnreadableDocument, UnrecognizedType
from ocr.pool import EngineBusy, EngineTimeout
from ocr.reading import FileTooLarge
from ocr.sources import InvalidBase64

PAGES_MISSING, ALL_FAILED, FATAL, TIMED_OUT, REFUSED = 2, 3, 4, 6, 99
PAGE_ENGINE_ERROR, PAGE_TIMED_OUT, PAGE_INVALID = -10, -20, -30

KEY_INVALID = "The API key is invalid"
KEY_MISSING = "API Key is not specified. Please provide a valid API key."
NO_INPUT = "No file uploaded or URL or base64 provided"
BAD_BASE64 = "File failed validation. The base64 file is invalid."
UNRECOGNIZED = (
    "Unable to recognize the file type",
    "E216:Unable to detect the file extension, or the file extension is incorrect, and no 'file type' provided "
    "in request. Please provide a file with a proper content type or extension, or provide a file type in the "
    "request to manually set the file extension.",
)
TIMEOUT = "E101: Timed out waiting for results"
EXHAUSTED = "E500: System Resource Exhaustion"


class MissingKey(SpocrError):
    """No key anywhere in the request."""

    code = "missing_api_key"
    message = KEY_MISSING


class ParseFailure(Invalid):
    """A failure with its exit code and messages as the contract words them."""

    def __init__(self, exit_code: int, messages: Sequence[str]) -> None:
        super().__init__(messages[0])
        self.exit_code = exit_code
        self.messages = list(messages)


# The first kind that fits decides; without messages, the error's own sentence is told.
_FAILURES: tuple[tuple[type[SpocrError], int, Sequence[str]], ...] = (
    (InvalidBase64, ALL_FAILED, (BAD_BASE64,)),
    (UnrecognizedType, REFUSED, UNRECOGNIZED),
    (EngineBusy, FATAL, (EXHAUSTED,)),
    (UnreadableDocument, ALL_FAILED, ()),
)


def refusal_of(error: SpocrError) -> tuple[str, int] | None:
    """For errors of key and throttle, answered with 403 and a JSON string: it, and seconds to wait (0: none)."""
    if isinstance(error, InvalidApiKey | InactiveApiKey):
        return KEY_INVALID, 0
    if isinstance(error, CapReached):
        return _too_often(error.cap.limit or 0, error.cap.seconds), error.retry_after_seconds
    if isinstance(error, KeyCapReached | DemoLimitReached | TooManyWrongKeys):
        return _too_often(error.limit, error.seconds), error.retry_after_seconds
    return (str(error), 0) if isinstance(error, Forbidden | MissingKey) else None


def _too_often(limit: int, seconds: int) -> str:
    return f"You may only perform this action upto maximum {limit} number of times within {seconds} seconds"


def failure_of(error: SpocrError) -> ParseFailure:
    """Every other error, with exit code and messages."""
    if isinstance(error, ParseFailure):
        return error
    if isinstance(error, FileTooLarge):
        return ParseFailure(ALL_FAILED, [too_large(error.limit_bytes)])
    for kind, exit_code, messages in _FAILURES:
        if isinstance(error, kind):
            return ParseFailure(exit_code, messages or [str(error)])
    return ParseFailure(REFUSED, [str(error)])


def page_code(error: SpocrError) -> int:
    """A page's own exit code."""
    if isinstance(error, EngineTimeout):
        return PAGE_TIMED_OUT
    return PAGE_INVALID if isinstance(error, UnreadableDocument) else PAGE_ENGINE_ERROR


def too_large(limit_bytes: int) -> str:
    kilobytes = limit_bytes // 1024
    return f"File failed validation. File size exceeds the maximum permissible file size limit of {kilobytes} KB"
