"""Where an image comes from: base64 text or a URL, turned into a file. Shared by both API families."""

import base64
import binascii
import io
import re
from typing import IO

from django.conf import settings

from accounts.errors import Invalid
from ocr import safe_http, trace

DATA_URI = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?:;[\w=.-]+)*;base64,", re.IGNORECASE)
# What a name or a content type says, where the bytes themselves say nothing.
HINTS = {"pdf": "PDF", "gif": "GIF", "png": "PNG", "jpg": "JPEG", "jpeg": "JPEG", "tif": "TIFF", "tiff": "TIFF",
         "bmp": "BMP", "webp": "WEBP"}  # fmt: skip


class InvalidBase64(Invalid):
    """The text is no base64."""

    code = "invalid_image"
    message = "The image is not valid base64. Encode the file's bytes without line breaks."


def from_base64(text: str) -> IO[bytes]:
    """The bytes that base64 text encodes.

    Raises:
        InvalidBase64: Another alphabet, white space, wrong padding, or nothing.
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidBase64 from None
    if not data:
        raise InvalidBase64
    return io.BytesIO(data)


def from_url(url: str, *, max_bytes: int) -> safe_http.Fetched:
    """Fetch what a caller's URL names.

    Raises:
        UrlRefused: With a sentence that says what was wrong.
    """
    policy = safe_http.Policy(
        allowed_networks=settings.FETCH_ALLOWED_NETWORKS,
        total_timeout_seconds=settings.FETCH_TIMEOUT_SECONDS,
    )
    with trace.present().stage("fetch"):
        return safe_http.fetch(url, max_bytes=max_bytes, policy=policy)


def hint_of(*texts: str) -> str:
    """The format that file names or content types claim, in order of trust; "" for none."""
    for text in texts:
        ending = re.split(r"[./]", text.lower().split("?")[0].split(";")[0].strip())[-1]
        if ending in HINTS:
            return HINTS[ending]
    return ""
