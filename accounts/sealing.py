"""Secrets that we must be able to read again, encrypted in the database.

The key is derived from SECRET_KEY (HKDF-SHA256, own purpose), so a copy of the database alone
gives nothing away. After SECRET_KEY has changed, the former one in SECRET_KEY_FALLBACKS still opens
what it sealed.
"""

import base64
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"spocr: secrets at rest, 1"
# Fernet's version byte 0x80 and the first bits of its time; no base32 secret and no hex seed begins so.
BEGINNING = "gAAAA"


class CannotBeOpened(ValueError):
    """It was sealed under another SECRET_KEY."""


def seal(secret: str) -> str:
    """Encrypt."""
    return _fernet(_keys()).encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt what `seal` gave.

    Raises:
        CannotBeOpened: Neither SECRET_KEY nor SECRET_KEY_FALLBACKS sealed it, or it was changed.
    """
    try:
        return _fernet(_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotBeOpened("A stored secret was sealed under another SECRET_KEY. Set a new one.") from None


def is_sealed(text: str) -> bool:
    """Whether this is what `seal` gives: every such text begins with the version of its format."""
    return text.startswith(BEGINNING)


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))
