"""Who calls an API: the key, wherever each contract lets it stand."""

from django.http import HttpRequest

from accounts import api_keys
from accounts.models import ApiKey
from billing.usage import Payer
from ocr.api.requests import client_address

BEARER = "bearer "


def bearer_token(request: HttpRequest) -> str:
    """The token of an `Authorization: Bearer` header, or ""."""
    header = request.headers.get("Authorization", "")
    return header[len(BEARER) :].strip() if header[: len(BEARER)].lower() == BEARER else ""


def key_of(secret: str) -> ApiKey:
    """The key with this secret, its use noted.

    Raises:
        InvalidApiKey, InactiveApiKey
    """
    key = api_keys.find(secret)
    api_keys.note_use(key)
    return key


def payer_of(key: ApiKey, request: HttpRequest) -> Payer:
    """The organization that pays for what the key does."""
    return Payer(key.organization, client_address(request))
