"""What an API key looks like: made, checked for typos, hashed. Pure.

`spocr_` + 30 random base62 characters + CRC32 of those as 6 base62 characters, so that a typo
is refused without a query and a scanner can tell a leaked key. 178 random bits cannot be
guessed, which is why a plain SHA-256 is stored and no slow password hash.
"""

import hashlib
import re
import secrets
import string
import zlib

PREFIX = "spocr_"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH, CHECKSUM_LENGTH = 30, 6
PATTERN = re.compile(PREFIX + f"[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}")


def generate() -> str:
    random = "".join(secrets.choice(BASE62) for _ in range(RANDOM_LENGTH))
    return PREFIX + random + _checksum(random)


def is_well_formed(secret: str) -> bool:
    """Whether `secret` could be a key: its form and its checksum."""
    if PATTERN.fullmatch(secret) is None:
        return False
    body = secret.removeprefix(PREFIX)
    return body[RANDOM_LENGTH:] == _checksum(body[:RANDOM_LENGTH])


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def hint(secret: str) -> str:
    """First and last characters, to tell keys apart."""
    return f"{secret[:10]}…{secret[-4:]}"


def found_in(text: str) -> list[str]:
    """Every well-formed key that stands in `text`, each once, in order."""
    return [secret for secret in dict.fromkeys(PATTERN.findall(text)) if is_well_formed(secret)]


def _checksum(random: str) -> str:
    number, digits = zlib.crc32(random.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(BASE62))
        digits = BASE62[digit] + digits
    return digits
