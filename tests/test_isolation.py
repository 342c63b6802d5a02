"""No route shows or changes anything of another organization. Routes are found in the URL table:
a new one without an entry here fails."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import api_keys, members
from accounts.key_limits import Limits
from accounts.models import Scope
from ocr.api.authentication import SCOPES
from ocr.files import _signature
from tests.tenant_rows import fill

pytestmark = pytest.mark.django_db

# Routes that reach no organization's rows, each with its reason.
OPEN = {
    "front": "what a visitor reads is not kept",
    "read": "what a visitor reads is not kept",
    "health": "this process answers",
    "healthz": "this process answers",
    "readyz": "this process answers",
    "metrics": "figures of the whole site, without names",
    "pricing": "the same for everybody",
    "status": "the same for everybody",
    "terms": "the same for everybody",
    "privacy": "the same for everybody",
    "language": "a cookie, and the person's own row",
    "reference": "the same for everybody",
    "reference_endpoint": "the same for everybody",
    "reference_postman": "the same for everybody",
    "reference_schema": "the same for everybody",
    "reference_swagger": "the same for everybody",
    "docs": "the same for everybody",
    "guide": "the same for everybody",
    "guide_markdown": "the same for everybody",
    "llms": "the same for everybody",
    "llms_full": "the same for everybody",
    "found_key": "ends a key by its secret; says nothing about it",
    "stripe/events": "signed by Stripe; tests/billing",
    "stripe/meter-events": "signed by Stripe; tests/billing",
}
# Routes of libraries, below one prefix each: they know people, not organizations.
LIBRARIES = {"accounts/": "allauth", "staff/": "Django's admin: staff only"}
# Every other route, with the ids of another organization that it is called with: values for its
# parameters, then its body or query. None: it takes none, and shows the caller's own organization.
FOREIGN: dict[str, dict[str, str] | None] = {
    "parse-image": None,
    "parse-imageurl": None,
    "conversions": None,
    "ocr-fields": None,
    "ocr-text": None,
    "amount": None,
    "jobs": None,
    "job": {"job_id": "job"},
    "job-cancel": {"job_id": "job"},
    "job-retry": {"job_id": "job"},
    "upload": {"?path": "sheet"},
    "space": {"?path": "sheet"},
    "view": {"?path": "sheet"},
    "export": {"?path": "sheet"},
    "edit": {"?path": "sheet", "?row": "=0", "?column": "=total", "?value": "=1"},
    "remove": {"?path": "sheet"},
    "create": {"?path": "folder", "?type": "=folder", "?name": "=New"},
    "templates": None,
    "webhook": None,
    "webhook-test": None,
    "webhook-rotate": None,
    "deliveries": None,
    "delivery": {"delivery_id": "delivery"},
    "redeliver": {"delivery_id": "delivery"},
    "linked-file": {"organization": "organization", "file": "file", "expires": "expires", "signature": "signature"},
    "searchable-pdf": {"name": "unknown"},
    "dashboard": None,
    "keys": None,
    "key_created": None,
    "key_change": {"public_id": "key"},
    "key_roll": {"public_id": "key"},
    "key_revoke": {"public_id": "key"},
    "organization": None,
    "organization_retention": None,
    "organization_close": None,
    "organization_reopen": None,
    "organization_export": None,
    "organization_new": None,
    "organization_switch": {"?organization": "organization"},
    "members": None,
    "member_role": {"member_id": "member", "?role": "=viewer"},
    "member_remove": {"member_id": "member"},
    "member_transfer": {"member_id": "member"},
    "invitation_withdraw": {"public_id": "invitation"},
    "join": {"token": "unknown"},
    "sheets": {"?path": "folder"},
    "sheet_new": {"?path": "folder"},
    "folder_new": {"?path": "folder", "?name": "=New"},
    "sheet": {"key": "sheet"},
    "item_remove": {"key": "sheet"},
    "sheet_upload": {"key": "sheet"},
    "sheet_progress": {"key": "sheet"},
    "sheet_export": {"key": "sheet"},
    "sheet_review": {"key": "sheet"},
    "saved_view_save": {"key": "sheet", "?name": "=Mine"},
    "saved_view_remove": {"key": "sheet", "view_key": "view"},
    "sheet_row": {"key": "sheet", "row_key": "row"},
    "sheet_picture": {"key": "sheet", "row_key": "row"},
    "sheet_retry": {"key": "sheet", "row_key": "row"},
    "sheet_row_remove": {"key": "sheet", "row_key": "row"},
    **dict.fromkeys(
        (
            "billing",
            "billing_checkout",
            "billing_payment",
            "billing_change",
            "billing_change_now",
            "billing_cancel",
            "billing_resume",
            "billing_spending",
            "invoices",
            "usage",
            "usage_csv",
            "not_charged",
            "meter",
        )
    ),
    "statement": {"period": "unknown"},
    "audit": None,
    "audit_csv": None,
    "requests": None,
    "request": {"request_id": "request"},
    **dict.fromkeys(
        (
            "webhooks",
            "webhook_secret",
            "webhook_send_test",
            "webhook_pause",
            "webhook_resume",
            "webhook_new_secret",
            "webhook_remove",
            "playground",
            "playground_key",
            "playground_samples",
        )
    ),
    "webhook_delivery": {"public_id": "delivery"},
    "webhook_resend": {"public_id": "delivery"},
}
# Where nothing is looked up yet, or the next page tells. What they say is the same for any id.
REFUSALS = {"linked-file": (403, 405), "sheet_new": (200, 400), "sheet_upload": (302, 405)}
OWN_ID = r"(?:job|dlv|key|inv|org|itm|img|row|viw)_\w+"
MASK = re.compile(rf"req_\w+|csrfmiddlewaretoken\" value=\"\w+|/[\w/]*(?:\d|\b{OWN_ID})[\w/]*|\b{OWN_ID}")


def routes() -> Iterator[tuple[str, str]]:
    """Name (or pattern, where it has none) and pattern of every route."""

    def below(patterns: list[Any], prefix: str) -> Iterator[tuple[str, str]]:
        for entry in patterns:
            at = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from below(entry.url_patterns, at)
            elif isinstance(entry, URLPattern):
                yield entry.name or at, at

    yield from below(get_resolver().url_patterns, "")


OURS = sorted({name for name, pattern in routes() if not pattern.startswith(tuple(LIBRARIES))})
IS_API = sorted(set(SCOPES) & set(OURS))
WITH_IDS = [name for name in OURS if FOREIGN.get(name)]
WITHOUT_IDS = [name for name in OURS if name in FOREIGN and not FOREIGN[name]]


class World:
    """Alice's organization full of rows, Charlie the stranger with a key and a session of his own."""

    def __init__(self, organization, alice, charlie) -> None:
        made = {model.__name__: row for model, row in fill(organization, alice).items()}
        sheet = organization.items.create(kind="sheet", name="Secret-sheet")
        folder = organization.items.create(kind="folder", name="Secret-folder")
        organization.requests.update(request_id="req_fedcba9876543210")
        file, expires = organization.files.get().public_id, "1"
        self.ids = {
            "organization": organization.public_id,
            "job": made["Job"].public_id,
            "delivery": made["WebhookDelivery"].public_id,
            "request": "req_fedcba9876543210",
            "sheet": sheet.unique_key,
            "folder": "/Secret-folder",
            "file": file,
            "expires": expires,
            "signature": _signature(organization.public_id, file, 2)[:-2] + "xx",
            "row": sheet.rows.create(organization=organization, name="Secret-row").row_key,
            "key": organization.keys.get().public_id,
            "view": sheet.saved_views.create(organization=organization, name="Secret-view").key,
            "member": str(organization.memberships.get().id),
            "invitation": organization.invitations.get().public_id,
        }
        self.secrets = [
            organization.public_id,
            "Alice",
            "Secret-sheet",
            organization.keys.get().hint,
            folder.unique_key,
        ]
        self.organization = organization
        self.key = api_keys.create(charlie.organizations.get(), name="charlie's", created_by=charlie)[1]
        self.browser = Client(raise_request_exception=False)
        self.browser.force_login(charlie)

    def call(self, name: str, method: str, *, ids: bool, key: str | None = None):
        """Call a route with Alice's ids, or with ids that nobody has."""
        wanted = FOREIGN[name] or {}
        values = {
            parameter: self.ids.get(what, unknown(what)) if ids else unknown(what) for parameter, what in wanted.items()
        }
        address = reverse(name, kwargs={part: value for part, value in values.items() if not part.startswith("?")})
        body = {part[1:]: value for part, value in values.items() if part.startswith("?")}
        if name in IS_API:
            client, headers = Client(raise_request_exception=False), {"Authorization": f"Bearer {key or self.key}"}
        else:
            client, headers = self.browser, {}
        if method == "get":
            return client.get(address, body, headers=headers)
        if name in ("upload", "sheet_upload"):
            body |= {"files": SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n", "image/png")}
        elif name in IS_API and name != "parse-image":
            return client.post(address, body, content_type="application/json", headers=headers)
        return client.post(address, body, headers=headers)


def unknown(what: str) -> str:
    if what.startswith("="):
        return what[1:]
    return {"member": "999999999", "expires": "1", "folder": "/Nothing-here"}.get(
        what,
        {"job": "job_", "delivery": "dlv_", "sheet": "itm_", "row": "row_", "view": "viw_"}.get(what, "")
        + "0123456789abcdef",
    )


def is_refusal(response) -> bool:
    """Whether a door refused: the Parse API answers a wrong method with 200, as its contract says."""
    wrong_method = response.status_code == 200 and json.loads(response.content).get("OCRExitCode") == 99
    return response.status_code in (401, 403, 405) or wrong_method


@pytest.fixture
def world(organization, alice, charlie) -> World:
    return World(organization, alice, charlie)


def leaks(world: World, response) -> list[str]:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    told = content.decode(errors="replace") + "".join(f"{name}: {value}\n" for name, value in response.items())
    return [secret for secret in world.secrets if secret in told]


def state(world: World) -> list[Any]:
    """What a stranger might change."""
    organization = type(world.organization).objects.get(id=world.organization.id)
    rows = organization.items, organization.keys, organization.memberships, organization.invitations, organization.jobs
    return [organization.__dict__ | {"_state": None}, *[list(table.order_by("id").values()) for table in rows]]


def test_every_route_has_an_entry():
    assert set(OURS) - set(OPEN) - set(FOREIGN) == set()
    assert len(OURS) > 30


def test_no_entry_is_left_over():
    assert (set(OPEN) | set(FOREIGN)) - set(OURS) == set()


def test_every_route_of_the_apis_names_its_scope():
    prefixes = (
        "parse",
        "conversions",
        "ocr",
        "upload",
        "jobs",
        "amount",
        "webhook/",
        "webhooks/deliveries",
        "space",
        "create",
        "edit",
    )
    api = {name for name, pattern in routes() if pattern.lstrip("^").lower().startswith(prefixes)}

    assert api - set(SCOPES) == set()
    assert set(SCOPES) - set(OURS) == set()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", WITH_IDS)
def test_another_organizations_ids_do_not_exist(world, name, method):
    before = state(world)

    response = world.call(name, method, ids=True)

    assert response.status_code in REFUSALS.get(name, (404, 405))
    assert not leaks(world, response) or set(leaks(world, response)) <= set(map(str, world.ids.values()))
    assert state(world) == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", WITH_IDS)
def test_a_foreign_id_is_answered_as_one_that_nobody_has(world, name, method):
    """The same status, the same words, the same number of queries: no class of timing tells them apart."""
    world.call(name, method, ids=False)  # the minute's writes of key and session are done
    answers = []
    for ids in (True, False):
        with CaptureQueriesContext(connection) as queries:
            response = world.call(name, method, ids=ids)
        words = MASK.sub("*", response.content.decode())
        answers.append(
            (response.status_code, words.replace("Secret-folder", "*").replace("Nothing-here", "*"), len(queries))
        )

    assert answers[0] == answers[1]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", WITHOUT_IDS)
def test_what_takes_no_id_shows_and_changes_only_ones_own(world, name, method):
    before = state(world)

    response = world.call(name, method, ids=True)

    assert response.status_code < 500
    assert leaks(world, response) == []
    assert state(world) == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", IS_API)
def test_no_api_route_answers_without_a_key_or_with_a_bad_one(world, name, method):
    typo, never_made = world.key[:-1] + ("a" if world.key[-1] != "a" else "b"), "spocr_" + "0" * 30 + "2C8GjS"

    for key in (typo, never_made, "x", " "):
        response = world.call(name, method, ids=True, key=key)
        assert is_refusal(response), key
        assert leaks(world, response) == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", IS_API)
def test_a_key_opens_no_route_beyond_its_scopes(world, charlie, name, method):
    needed = SCOPES[name][method == "post"]
    others = tuple(scope for scope in Scope.values if scope != needed)
    limits = Limits(scopes=others)
    key = api_keys.create(charlie.organizations.get(), name="narrow", created_by=None, limits=limits)[1]

    response = world.call(name, method, ids=False, key=key)

    assert is_refusal(response)
    if response.status_code == 403:
        assert f"lacks the scope '{needed.value}'" in json.dumps(json.loads(response.content))


@pytest.mark.parametrize("name", IS_API)
def test_a_key_for_one_sheet_opens_nothing_else(world, organization, name):
    scopes = ("sheets:read", "sheets:write")
    limits = Limits(scopes=scopes, sheet_key=organization.items.get(name="Secret-sheet").unique_key)
    key = api_keys.create(organization, name="report", created_by=None, limits=limits)[1]
    other = organization.items.create(kind="sheet", name="Another")
    world.ids |= {"sheet": other.unique_key}

    for method in ("get", "post"):
        response = world.call(name, method, ids=True, key=key)
        assert response.status_code == 404 or is_refusal(response)


def test_a_key_for_one_sheet_opens_that_sheet(world, organization):
    sheet = organization.items.get(name="Secret-sheet")
    limits = Limits(scopes=("sheets:read",), sheet_key=sheet.unique_key)
    key = api_keys.create(organization, name="report", created_by=None, limits=limits)[1]

    for path in (sheet.unique_key, "/Secret-sheet"):
        response = Client().get("/view", {"path": path}, headers={"Authorization": f"Bearer {key}"})
        assert response.status_code == 200


@pytest.mark.parametrize("name", [name for name in OURS if name in FOREIGN and name not in IS_API])
def test_pages_of_an_organization_ask_visitors_to_sign_in(world, name):
    world.browser.logout()

    response = world.call(name, "post" if name.endswith(("switch", "reopen")) else "get", ids=True)

    if name not in ("linked-file", "searchable-pdf"):
        assert response.status_code in (302, 405), name
        assert response.status_code == 405 or response["Location"].startswith("/accounts/login/")
    assert not leaks(world, response) or set(leaks(world, response)) <= set(world.ids.values())


@pytest.mark.parametrize("name", [name for name in OURS if name in FOREIGN and name not in IS_API])
def test_no_page_changes_anything_for_a_forged_form(world, alice, name):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice)
    world.browser = careful
    before = state(world)

    response = world.call(name, "post", ids=True)

    assert response.status_code in (403, 404, 405, 400)
    assert state(world) == before


def test_a_former_member_is_a_stranger_at_once(world, organization, alice, bob):
    browser = Client()
    browser.force_login(bob)
    assert organization.name.split("'")[0] in browser.get("/keys").text or browser.get("/keys").status_code == 200

    members.remove(organization, organization.memberships.get(user=bob).id, by=alice, address="192.0.2.1")

    response = browser.get("/keys")
    assert response.status_code == 404
    assert leaks(world, response) == []
