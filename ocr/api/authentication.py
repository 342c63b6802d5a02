"""Who calls an API: the key, wherever each contract lets it stand."""

from collections.abc import Mapping

from django.http import HttpRequest
from rest_framework.request import Request

from accounts import api_keys, caller, key_limits, tenancy
from accounts.api_keys import InvalidApiKey
from accounts.errors import Forbidden
from accounts.models import ApiKey, Scope, all_scopes
from billing.usage import Payer
from ocr import sheets
from ocr.api import throttling
from ocr.api.requests import note_caller
from ocr.sheets import NoSuchItem

BEARER = "bearer "
READS = ("GET", "HEAD")
# By the name of the route: the scope for looking, and the scope for everything else. A route
# without an entry takes keys with all scopes; `tests/test_isolation.py` finds it.
SCOPES: dict[str, tuple[Scope, Scope]] = {
    "parse-image": (Scope.PARSE, Scope.PARSE),
    "parse-imageurl": (Scope.PARSE, Scope.PARSE),
    "conversions": (Scope.USAGE, Scope.USAGE),
    "amount": (Scope.USAGE, Scope.USAGE),
    "ocr-fields": (Scope.FIELDS, Scope.FIELDS),
    "ocr-text": (Scope.FIELDS, Scope.FIELDS),
    "templates": (Scope.FIELDS, Scope.FIELDS),
    **dict.fromkeys(("space", "view", "export"), (Scope.SHEETS_READ, Scope.SHEETS_READ)),
    **dict.fromkeys(("create", "edit", "remove", "upload"), (Scope.SHEETS_WRITE, Scope.SHEETS_WRITE)),
    **dict.fromkeys(("jobs", "job", "job-cancel", "job-retry"), (Scope.SHEETS_READ, Scope.SHEETS_WRITE)),
    **dict.fromkeys(
        ("webhook", "webhook-test", "webhook-rotate", "deliveries", "delivery", "redeliver"),
        (Scope.WEBHOOKS, Scope.WEBHOOKS),
    ),
}
# How the ledger calls the doors that cost something.
ENDPOINTS = {"parse-image": "parse", "parse-imageurl": "parse", "ocr-fields": "fields", "ocr-text": "text"}
# What a key for one sheet may ask for; each names its sheet by `path`.
OF_ONE_SHEET = {"space", "view", "export", "edit", "upload"}


def bearer_token(request: HttpRequest) -> str:
    """The token of an `Authorization: Bearer` header, or ""."""
    header = request.headers.get("Authorization", "")
    return header[len(BEARER) :].strip() if header[: len(BEARER)].lower() == BEARER else ""


def key_of(secret: str, request: HttpRequest) -> ApiKey:
    """The key with this secret, if it may do what the request asks; its use is counted.

    Raises:
        InvalidApiKey, InactiveApiKey: No such key, or no longer.
        TooManyWrongKeys: No such key, and its address has tried many.
        Forbidden: The key's scopes or networks do not allow this request.
        KeyCapReached: The key's own cap is used up.
    """
    address = caller.address(request)
    key = _find(secret, address)
    note_caller(key.organization.public_id, key.public_id)  # refusals from here on stand in its request log
    key_limits.demand_address(key, address)
    key_limits.demand_scopes(key, *_needed(request))
    if _stands_in_query(secret, request):
        key_limits.demand_scopes(key, Scope.QUERY)
    api_keys.count_use(key, address)
    tenancy.enter(key.organization)
    return key


def demand_sheet(key: ApiKey, request: Request) -> None:
    """Refuse a key for one sheet whatever is not about that sheet. For it, no other sheet exists.

    Raises:
        Forbidden: The request is about more than a sheet.
        NoSuchItem: It is about another path.
    """
    if not key.sheet_key:
        return
    route = request.resolver_match.url_name if request.resolver_match else None
    source = request.query_params if request.method in READS else request.data
    path = source.get("path") if route in OF_ONE_SHEET and isinstance(source, Mapping) else None
    if not isinstance(path, str):
        raise Forbidden("This API key is good for one sheet only. Use a key for the whole workspace.")
    if sheets.find(key.organization, path).unique_key != key.sheet_key:
        raise NoSuchItem(path)


def payer_of(key: ApiKey, request: HttpRequest) -> Payer:
    """The organization that pays for what the key does."""
    route = request.resolver_match.url_name if request.resolver_match else None
    endpoint = ENDPOINTS.get(route or "", "")
    return Payer(key.organization, caller.address(request), key=key.public_id, endpoint=endpoint)


def _find(secret: str, address: str) -> ApiKey:
    try:
        return api_keys.find(secret)
    except InvalidApiKey:
        throttling.take_wrong_key(address)
        raise


def _needed(request: HttpRequest) -> list[str]:
    name = request.resolver_match.url_name if request.resolver_match else None
    if name not in SCOPES:
        return all_scopes()
    look, change = SCOPES[name]
    return [look if request.method in READS else change]


def _stands_in_query(secret: str, request: HttpRequest) -> bool:
    return any(secret == value.strip() for values in request.GET.lists() for value in values[1])
