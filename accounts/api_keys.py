"""API keys: made, found, revoked.

A key is `spocr_` + 30 random base62 characters + CRC32 of those as 6 base62 characters, so
that a typo is refused without a query and a scanner can tell a leaked key. 178 random bits
cannot be guessed, which is why a plain SHA-256 is stored and no slow password hash.
"""

import hashlib
import secrets
import string
import zlib
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.errors import Forbidden, Invalid, NotFound
from accounts.models import ApiKey, Organization, User

PREFIX = "spocr_"
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH, CHECKSUM_LENGTH = 30, 6
MAX_NAME_LENGTH = 100


class InvalidApiKey(Forbidden):
    """The key is mistyped or unknown."""

    code = "invalid_api_key"
    message = "The API key is not known. Copy it again, or create one on the dashboard's page of keys."


class InactiveApiKey(Forbidden):
    """The key was revoked."""

    code = "key_inactive"
    message = "The API key has been revoked. Create a new one on the dashboard's page of keys."


def create(organization: Organization, *, name: str, created_by: User | None) -> tuple[ApiKey, str]:
    """Make a key; the second value is the secret, which cannot be had again.

    Raises:
        Invalid: The name is empty or longer than 100 characters.
    """
    name = " ".join(name.split())
    if not name:
        raise Invalid("Give the key a name, such as the program that will use it.", field="name")
    if len(name) > MAX_NAME_LENGTH:
        raise Invalid(f"A key's name has at most {MAX_NAME_LENGTH} characters.", field="name")
    secret = _generate()
    key = organization.keys.create(
        name=name, created_by=created_by, digest=_digest(secret), hint=f"{secret[:10]}…{secret[-4:]}"
    )
    return key, secret


def find(secret: str) -> ApiKey:
    """The active key with this secret, its organization with it.

    Raises:
        InvalidApiKey: Mistyped or unknown.
        InactiveApiKey: Revoked.
    """
    if not _is_well_formed(secret):
        raise InvalidApiKey
    key = ApiKey.objects.select_related("organization").filter(digest=_digest(secret)).first()
    if key is None:
        raise InvalidApiKey
    if key.revoked_at:
        raise InactiveApiKey
    return key


def note_use(key: ApiKey) -> None:
    """Remember that the key was used now; at most one write a minute."""
    now = timezone.now()
    minute_ago = now - timedelta(minutes=1)
    if key.last_used_at is None or key.last_used_at < minute_ago:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=minute_ago)
        ApiKey.objects.filter(stale, id=key.id).update(last_used_at=now)


def revoke(organization: Organization, public_id: str) -> ApiKey:
    """Switch a key off for good; revoking it again changes nothing.

    Raises:
        NotFound: No such key in this organization.
    """
    organization.keys.filter(public_id=public_id, revoked_at=None).update(revoked_at=timezone.now())
    key = organization.keys.filter(public_id=public_id).first()
    if key is None:
        raise NotFound("There is no such key. It may belong to another organization.")
    return key


def _generate() -> str:
    random = "".join(secrets.choice(BASE62) for _ in range(RANDOM_LENGTH))
    return PREFIX + random + _checksum(random)


def _is_well_formed(secret: str) -> bool:
    body = secret.removeprefix(PREFIX)
    if body == secret or len(body) != RANDOM_LENGTH + CHECKSUM_LENGTH or not body.isascii():
        return False
    return body[RANDOM_LENGTH:] == _checksum(body[:RANDOM_LENGTH])


def _checksum(random: str) -> str:
    number, digits = zlib.crc32(random.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(BASE62))
        digits = BASE62[digit] + digits
    return digits


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
