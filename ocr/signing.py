"""Signatures of webhooks: the Standard Webhooks headers and the older single one. Pure."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32
SHORTEST_BYTES, LONGEST_BYTES = 24, 64


def new_secret() -> str:
    """A secret as customers see it: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Whether it is `whsec_` and the base64 of 24 to 64 bytes."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(PREFIX) and SHORTEST_BYTES <= len(key) <= LONGEST_BYTES


def headers(keys: Sequence[str], *, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """What is sent beside the body.

    Args:
        keys: Secrets that are live, the newest first; while one is being rotated there are two.
        event_id: Stays the same over all attempts: receivers tell repeats by it.
        timestamp: Of this attempt, in seconds since 1970.
    """
    signed = f"{event_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join("v1," + _base64_mac(key, signed) for key in keys),
        "X-Spaceocr-Signature": "sha256=" + hmac.new(keys[0].encode(), body, hashlib.sha256).hexdigest(),
    }


def _base64_mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
