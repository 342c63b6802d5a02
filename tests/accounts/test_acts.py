"""Each act that concerns somebody's safety, done in a browser or with a key: one event, by whom, from where."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import api_keys, members
from accounts.models import Organization
from ocr import deliveries, webhooks
from ocr.models import WebhookDelivery
from tests.accounts.test_sign_in import _switch_totp_on, sign_in
from tests.codes import code_of
from tests.conftest import PASSWORD, person

pytestmark = pytest.mark.django_db
HERE = "198.51.100.21"
NEW_PASSWORD = "another battery, another staple"


@dataclass
class Scene:
    """Alice's browser and her key, both at one address; what an act needs is made without them."""

    organization: Organization
    browser: Client
    key: str

    def api(self, method: str, address: str, body: object = None):
        headers = {"Authorization": f"Bearer {self.key}"}
        options = {"content_type": "application/json"} if method != "get" else {}
        return getattr(Client(REMOTE_ADDR=HERE), method)(address, body, headers=headers, **options)

    def post(self, name: str, /, *ids: object, **body: object):
        return self.browser.post(reverse(name, args=ids), body)

    @property
    def other_key(self) -> str:
        return api_keys.create(self.organization, name="other", created_by=None)[0].public_id

    @property
    def member(self) -> int:
        return self.organization.memberships.create(user=person("dora@example.org"), role="member").id

    @property
    def sheet(self) -> str:
        columns = [{"key": "total", "name": "Total", "type": "number"}]
        return self.organization.items.create(kind="sheet", name="Receipts", columns=columns).unique_key

    @property
    def row(self) -> tuple[str, str]:
        sheet = self.organization.items.get(unique_key=self.sheet)
        return sheet.unique_key, sheet.rows.create(organization=self.organization, name="a").row_key

    @property
    def invitation(self) -> str:
        alice = self.organization.memberships.get().user
        return members.invite(self.organization, "dora@example.org", "viewer", by=alice, address="192.0.2.1")[
            0
        ].public_id


@pytest.fixture
def scene(organization, alice, api_key, settings, monkeypatch) -> Scene:
    # The test's own transaction is never committed; what waits for that, waits within the request.
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act, **_: act())
    settings.WEBHOOK_ALLOW_HTTP = True
    browser = Client(REMOTE_ADDR=HERE)
    browser.force_login(alice)
    webhooks.configure(organization, "https://93.184.216.34/hook", ["ocr.completed"])
    cache.clear()
    return Scene(organization, browser, api_key)


def switch_totp_off(scene: Scene) -> None:
    _switch_totp_on(scene.browser)
    scene.post("mfa_deactivate_totp")


def new_codes(scene: Scene) -> None:
    _switch_totp_on(scene.browser)
    scene.post("mfa_generate_recovery_codes")


def sign_in_with_a_code(scene: Scene) -> None:
    secret = _switch_totp_on(scene.browser)
    cache.clear()
    fresh = Client(REMOTE_ADDR=HERE)
    sign_in(fresh, "alice@example.org")
    fresh.post(reverse("mfa_authenticate"), {"code": code_of(secret)})


ALICE, KEY = "alice@example.org", r"tests \(spocr_\w{4}…\w{4}\)"
WEBHOOK = {"url": "https://93.184.216.34/hook", "events": ["ocr.failed"]}
PAGES: dict[str, tuple[str, Callable[[Scene], object]]] = {
    "invite": ("member.invited", lambda on: on.post("members", email="eve@example.org", role="viewer")),
    "withdraw": ("member.uninvited", lambda on: on.post("invitation_withdraw", on.invitation)),
    "role": ("member.role", lambda on: on.post("member_role", on.member, role="admin")),
    "remove": ("member.removed", lambda on: on.post("member_remove", on.member)),
    "transfer": ("organization.transferred", lambda on: on.post("member_transfer", on.member)),
    "create a key": ("key.created", lambda on: on.post("keys", name="x", scopes=["parse"])),
    "change a key": ("key.changed", lambda on: on.post("key_change", on.other_key, name="x", scopes=["parse"])),
    "roll a key": ("key.rolled", lambda on: on.post("key_roll", on.other_key, overlap_hours="1")),
    "revoke a key": ("key.revoked", lambda on: on.post("key_revoke", on.other_key)),
    "rename": ("organization.renamed", lambda on: on.post("organization", name="New")),
    "retention": ("organization.retention", lambda on: on.post("organization_retention", keep_logs_days="90")),
    "close": ("organization.closed", lambda on: on.post("organization_close", typed_name="Alice's Books")),
    "export all": ("data.exported", lambda on: list(on.post("organization_export").streaming_content)),
    "export the log": ("audit.exported", lambda on: on.browser.get(reverse("audit_csv"))),
    "export usage": ("usage.exported", lambda on: on.browser.get(reverse("usage_csv"))),
    "export a sheet": ("sheet.exported", lambda on: on.browser.get(reverse("sheet_export", args=[on.sheet]))),
    "remove a sheet": ("sheet.removed", lambda on: on.post("item_remove", on.sheet)),
    "remove a row": ("row.removed", lambda on: on.post("sheet_row_remove", *on.row)),
    "sign in": ("person.signed_in", lambda on: sign_in(Client(REMOTE_ADDR=HERE), ALICE)),
    "sign in with a code": ("person.signed_in", sign_in_with_a_code),
    "fail to sign in": ("person.sign_in_failed", lambda on: sign_in(Client(REMOTE_ADDR=HERE), ALICE, "wrong")),
    "switch the second step on": ("person.totp_activated", lambda on: _switch_totp_on(on.browser)),
    "switch the second step off": ("person.totp_deactivated", switch_totp_off),
    "make new recovery codes": ("person.recovery_codes_generated", new_codes),
    "change the password": (
        "person.password_changed",
        lambda on: on.post(
            "account_change_password", oldpassword=PASSWORD, password1=NEW_PASSWORD, password2=NEW_PASSWORD
        ),
    ),
}
APIS: dict[str, tuple[str, Callable[[Scene], object]]] = {
    "change the webhook": ("webhook.changed", lambda on: on.api("put", "/webhook", WEBHOOK)),
    "rotate its secret": ("webhook.rotated", lambda on: on.api("post", "/webhook/rotate")),
    "remove the webhook": ("webhook.removed", lambda on: on.api("delete", "/webhook")),
    "export a sheet": ("sheet.exported", lambda on: on.api("get", "/export", {"path": on.sheet})),
    "remove a sheet": ("sheet.removed", lambda on: on.api("post", "/remove", {"path": on.sheet})),
    "remove a row": ("row.removed", lambda on: on.api("post", "/remove", {"path": "/".join(on.row)})),
}


def of_here(organization: Organization, action: str) -> list[tuple[str, str]]:
    return list(organization.audit_events.filter(action=action, address=HERE).values_list("actor", "address"))


@pytest.mark.parametrize("name", PAGES)
def test_an_act_in_a_browser_leaves_one_event_of_the_person(scene, name):
    action, act = PAGES[name]

    act(scene)

    assert of_here(scene.organization, action) == [(ALICE, HERE)]


@pytest.mark.parametrize("name", APIS)
def test_an_act_with_a_key_leaves_one_event_of_the_key(scene, name):
    action, act = APIS[name]

    answer = act(scene)

    assert answer.status_code == 200
    ((actor, _),) = of_here(scene.organization, action)
    assert re.fullmatch(KEY, actor)


def test_the_first_webhook_is_created_and_later_changed(scene):
    scene.api("delete", "/webhook")
    scene.api("put", "/webhook", WEBHOOK)

    assert len(of_here(scene.organization, "webhook.created")) == 1
    event = scene.organization.audit_events.filter(action="webhook.created").last()
    assert (event.subject, event.details["events"]) == (WEBHOOK["url"], ["ocr.failed"])


def test_a_webhook_that_is_gone_is_switched_off_by_the_service(scene):
    webhooks.send_test(scene.organization)
    delivery = WebhookDelivery.objects.select_related("organization").get()

    deliveries._switch_off(delivery)
    deliveries._switch_off(delivery)

    events = scene.organization.audit_events.filter(action="webhook.disabled")
    assert [(event.actor, event.address, event.subject) for event in events] == [
        ("the service", None, "https://93.184.216.34/hook")
    ]


def test_a_key_that_somebody_found_is_revoked_by_somebody(scene, api_key):
    Client(REMOTE_ADDR=HERE).post(reverse("found_key"), {"text": api_key})

    assert of_here(scene.organization, "key.revoked") == [("somebody who found the key", HERE)]


def test_an_invited_person_joins_and_leaves(scene, alice):
    _, token = members.invite(scene.organization, "dora@example.org", "viewer", by=alice, address="192.0.2.1")
    browser, dora = Client(REMOTE_ADDR=HERE), person("dora@example.org")
    browser.force_login(dora)

    browser.post(reverse("join", args=[token]))
    browser.post(reverse("member_remove", args=[scene.organization.memberships.get(user=dora).id]))

    assert of_here(scene.organization, "member.joined") == [(dora.email, HERE)]
    assert of_here(scene.organization, "member.left") == [(dora.email, HERE)]


def test_no_event_holds_a_secret(scene):
    for _, act in (*PAGES.values(), *APIS.values()):
        act(scene)
        Organization.objects.filter(id=scene.organization.id).update(deletion_due_at=None, name="Alice's Books")
        scene.organization.items.all().delete()
        scene.organization.memberships.exclude(user__email=ALICE).delete()
        scene.organization.memberships.update(role="owner")
        type(scene.organization.memberships.get().user).objects.filter(email="dora@example.org").delete()
        Authenticator.objects.all().delete()
        cache.clear()

    written = str(list(scene.organization.audit_events.values()))
    for secret in (PASSWORD, NEW_PASSWORD, scene.key, "whsec_", scene.organization.webhook_endpoint.sealed_secret):
        assert secret not in written
