"""The bytes of a Parse request as they arrive, within limits of size and time."""

import time
from collections.abc import Iterator
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest

from billing import plans
from ocr.api.parse.errors import ALL_FAILED, REFUSED, ParseFailure, too_large
from ocr.api.requests import BROKEN_BODY, FORM_GROWTH, content_length, is_chunked, largest_body_bytes

CHUNK_BYTES = 65_536
# A client that sends nothing for so long, or is not done after so long, is given up: it
# holds a thread of the portal, but no engine.
STALL_SECONDS = 30.0
TOTAL_SECONDS = 600.0

TOO_SLOW = (
    f"The upload took too long: nothing arrived for {STALL_SECONDS:g} s, or it was not done in {TOTAL_SECONDS:g} s."
)
CUT_OFF = "The upload ended before the length that it had stated."


class Body:
    """A request's body; may be read once."""

    def __init__(self, request: HttpRequest) -> None:
        meta = request.META
        self.content_type: str = meta.get("CONTENT_TYPE", "")
        self._stated_bytes = content_length(request)
        self._limit_bytes = largest_body_bytes(growth=FORM_GROWTH)
        self._deadline = time.monotonic() + TOTAL_SECONDS
        self._read_bytes = 0
        self._source = meta["wsgi.input"] if is_chunked(request) else request
        if connection := meta.get("gunicorn.socket"):
            connection.settimeout(STALL_SECONDS)

    def read(self, size: int = CHUNK_BYTES) -> bytes:
        """The next bytes; b"" at the end.

        Raises:
            ParseFailure: Too large for any plan, or too slow.
        """
        if max(self._stated_bytes, self._read_bytes) > self._limit_bytes:
            raise ParseFailure(ALL_FAILED, [too_large(plans.largest_file_bytes(settings.PLANS_FILE))])
        if time.monotonic() > self._deadline:
            raise ParseFailure(REFUSED, [TOO_SLOW])
        try:
            piece: bytes = self._source.read(size)
        except BROKEN_BODY as error:
            self._limit_bytes = -1  # there is no more to be had
            is_slow = isinstance(error.__cause__ or error, TimeoutError)
            raise ParseFailure(REFUSED, [TOO_SLOW if is_slow else CUT_OFF]) from error
        self._read_bytes += len(piece)
        return piece

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read():
            yield piece

    def demand_end(self) -> None:
        """Raise `ParseFailure` if less has come than the request stated."""
        if self._read_bytes < self._stated_bytes:
            raise ParseFailure(REFUSED, [CUT_OFF])

    def drain(self) -> None:
        """Throw away what is left: many clients read no answer while they still send."""
        with suppress(ParseFailure):
            for _ in self:
                pass
