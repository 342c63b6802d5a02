"""Every page asks for the right act: each role at each door, as the table of `docs/accounts.md` says.

Routes are found in the URL table: a new one without an entry here fails."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import api_keys, roles
from accounts.errors import Forbidden
from accounts.key_limits import Limits
from accounts.models import Membership, Scope
from accounts.roles import Act
from tests.accounts.test_roles import EXPECTED
from tests.conftest import person
from tests.test_isolation import FOREIGN, IS_API, OURS, World

pytestmark = pytest.mark.django_db
LOWEST_FIRST = ("viewer", "member", "admin", "owner")
# By route: what a look takes, and what a change takes; None where there is no such method.
DOORS: dict[str, tuple[Act | None, Act | None]] = {
    **dict.fromkeys(("keys",), (Act.LOOK, Act.MANAGE_KEYS)),
    **dict.fromkeys(("key_change", "key_roll", "key_revoke"), (Act.MANAGE_KEYS, Act.MANAGE_KEYS)),
    "organization": (Act.LOOK, Act.CHANGE_SETTINGS),
    "organization_retention": (None, Act.CHANGE_SETTINGS),
    "organization_close": (Act.DELETE, Act.DELETE),
    "organization_reopen": (None, Act.DELETE),
    "organization_export": (None, Act.EXPORT),
    "members": (Act.LOOK, Act.MANAGE_MEMBERS),
    **dict.fromkeys(("member_role", "member_remove", "invitation_withdraw"), (None, Act.MANAGE_MEMBERS)),
    "member_transfer": (None, Act.MANAGE_OWNERS),
    **dict.fromkeys(("sheets", "sheet", "sheet_progress", "sheet_export", "sheet_picture"), (Act.LOOK, None)),
    **dict.fromkeys(("sheet_new", "item_remove", "sheet_review"), (Act.EDIT_SHEETS, Act.EDIT_SHEETS)),
    "sheet_row": (Act.LOOK, Act.EDIT_SHEETS),
    **dict.fromkeys(
        ("folder_new", "saved_view_save", "saved_view_remove", "sheet_row_remove"), (None, Act.EDIT_SHEETS)
    ),
    **dict.fromkeys(("sheet_upload", "sheet_retry"), (None, Act.READ_DOCUMENTS)),
    **dict.fromkeys(("billing", "usage", "usage_csv", "not_charged"), (Act.LOOK, None)),
    **dict.fromkeys(("invoices", "statement", "billing_change"), (Act.MANAGE_BILLING, None)),
    **dict.fromkeys(
        (
            "billing_checkout",
            "billing_payment",
            "billing_change_now",
            "billing_cancel",
            "billing_resume",
            "billing_spending",
        ),
        (None, Act.MANAGE_BILLING),
    ),
    **dict.fromkeys(("audit", "audit_csv"), (Act.SEE_AUDIT_LOG, None)),
    **dict.fromkeys(("requests", "request"), (Act.MANAGE_KEYS, None)),
    **dict.fromkeys(("webhooks", "webhook_remove"), (Act.MANAGE_WEBHOOKS, Act.MANAGE_WEBHOOKS)),
    "webhook_delivery": (Act.MANAGE_WEBHOOKS, None),
    **dict.fromkeys(
        ("webhook_send_test", "webhook_pause", "webhook_resume", "webhook_new_secret", "webhook_resend"),
        (None, Act.MANAGE_WEBHOOKS),
    ),
    "playground": (Act.LOOK, None),
    "playground_key": (None, Act.MANAGE_KEYS),
    "playground_samples": (None, Act.LOOK),
}
# What no role decides, each with its reason.
NO_ROLE = {
    "dashboard": "one's own, whatever the role",
    "key_created": "shows what this session has just made",
    "webhook_secret": "shows what this session has just made",
    "organization_new": "for everybody",
    "organization_switch": "among one's own",
    "join": "for whoever is invited",
    "meter": "for staff: tests/staff",
    "linked-file": "signed: tests/contracts/workspace/test_files.py",
    "searchable-pdf": "signed",
}
METHODS = [
    (name, method) for name, acts in DOORS.items() for method, act in zip(("get", "post"), acts, strict=True) if act
]


@pytest.fixture
def own(organization, alice, charlie) -> dict[str, str]:
    """Ids of everything that the organization has; its member is dora, whom anybody of rank may move."""
    ids = World(organization, alice, charlie).ids
    # One that may do more than a member is for managers: see below.
    organization.keys.update(scopes=["parse"])
    # Made without a reading, its rows hold no cells: an export reads them.
    organization.rows.update(keys=["", ""], texts=["", ""])
    organization.items.filter(kind="sheet").update(columns=[{"key": "total", "name": "Total", "type": "number"}])
    dora = organization.memberships.create(user=person("dora@example.org"), role="member")
    return ids | {"member": str(dora.id)}


def test_every_page_has_an_entry():
    pages = {name for name in OURS if name in FOREIGN} - set(IS_API)

    assert pages - set(DOORS) - set(NO_ROLE) == set()
    assert (set(DOORS) | set(NO_ROLE)) - pages == set()


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_each_door_opens_to_the_roles_of_the_table(organization, own, bob, name, method):
    act = DOORS[name][method == "post"]
    wanted = FOREIGN[name] or {}
    values = {parameter: own.get(what, what.removeprefix("=")) for parameter, what in wanted.items()}
    address = reverse(name, kwargs={part: value for part, value in values.items() if not part.startswith("?")})
    body = {part[1:]: value for part, value in values.items() if part.startswith("?")}
    # To a script a page that goes back with a message answers by its status, too.
    browser = Client(raise_request_exception=False, headers={"Accept": "application/json"})
    browser.force_login(bob)

    opened = []
    for role in LOWEST_FIRST:
        organization.memberships.filter(user=bob).update(role=role)
        answer = getattr(browser, method)(address, body)
        if answer.streaming:
            list(answer.streaming_content)  # to its end, where it closes its file
        if answer.status_code != 403:
            opened.append(role)

    assert set(opened) == EXPECTED[act]


@pytest.mark.parametrize("role", Membership.Role.values)
def test_nobody_gets_further_by_a_key_than_by_themselves(organization, bob, role):
    organization.memberships.filter(user=bob).update(role=role)
    may_manage = role in EXPECTED[Act.MANAGE_WEBHOOKS]

    assert (Scope.WEBHOOKS in roles.scopes_of(organization, bob)) == may_manage
    if not may_manage:
        with pytest.raises(Forbidden, match="manage webhooks"):
            roles.demand_scopes(organization, bob, [Scope.PARSE, Scope.WEBHOOKS])
    else:
        roles.demand_scopes(organization, bob, [Scope.PARSE, Scope.WEBHOOKS])


def test_a_member_makes_no_key_for_webhooks_and_takes_over_none(client, organization, bob, alice):
    client.force_login(bob)
    wide, _ = api_keys.create(organization, name="wide", created_by=alice)
    narrow, _ = api_keys.create(organization, name="narrow", created_by=alice, limits=Limits(scopes=("parse",)))
    assert "Manage webhooks" not in client.get(reverse("keys")).content.decode()

    made = client.post(reverse("keys"), {"name": "mine", "scopes": ["parse", "webhooks"]})

    assert made.status_code == 400
    assert not organization.keys.filter(name="mine").exists()
    assert client.get(reverse("key_change", args=[wide.public_id])).status_code == 403
    assert client.post(reverse("key_roll", args=[wide.public_id]), {"overlap_hours": "1"}).status_code == 403
    assert client.post(reverse("key_roll", args=[narrow.public_id]), {"overlap_hours": "1"}).status_code == 302
    assert client.post(reverse("key_revoke", args=[wide.public_id])).status_code == 302


def test_a_members_playground_key_opens_no_webhooks(client, organization, bob):
    client.force_login(bob)

    client.post(reverse("playground_key"))

    assert "webhooks" not in organization.keys.get().scopes
