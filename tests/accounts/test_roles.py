"""The table of roles, walked whole, and the document that prints it."""

import re
from pathlib import Path

import pytest

from accounts import roles
from accounts.errors import Forbidden
from accounts.models import Membership
from accounts.roles import Act
from tests.conftest import person

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "accounts.md"
EVERYBODY, WORKERS, MANAGERS, OWNERS = (
    {"owner", "admin", "member", "viewer"},
    {"owner", "admin", "member"},
    {"owner", "admin"},
    {"owner"},
)
# Written a second time on purpose: a change of the table is a change of two places.
EXPECTED = {
    Act.LOOK: EVERYBODY,
    Act.READ_DOCUMENTS: WORKERS,
    Act.EDIT_SHEETS: WORKERS,
    Act.MANAGE_KEYS: WORKERS,
    Act.MANAGE_WEBHOOKS: MANAGERS,
    Act.MANAGE_MEMBERS: MANAGERS,
    Act.SEE_AUDIT_LOG: MANAGERS,
    Act.CHANGE_SETTINGS: MANAGERS,
    Act.MANAGE_BILLING: OWNERS,
    Act.MANAGE_OWNERS: OWNERS,
    Act.EXPORT: OWNERS,
    Act.DELETE: OWNERS,
}


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("role", Membership.Role.values)
def test_each_role_may_do_what_the_table_says(organization, act, role):
    dora = person("dora@example.org")
    organization.memberships.create(user=dora, role=role)

    assert roles.may(organization, dora, act) == (role in EXPECTED[act])
    if role not in EXPECTED[act]:
        with pytest.raises(Forbidden, match=re.escape(act.value)):
            roles.demand(organization, dora, act)


@pytest.mark.parametrize("act", Act)
def test_a_stranger_may_nothing(organization, charlie, act):
    with pytest.raises(Forbidden):
        roles.demand(organization, charlie, act)


def test_the_document_prints_the_table():
    lines = DOCUMENT.read_text().splitlines()

    printed = {cells[1]: cells[2:6] for line in lines if (cells := [cell.strip() for cell in line.split("|")])[1:]}
    for act in Act:
        marks = ["yes" if role in EXPECTED[act] else "" for role in Membership.Role.values]
        assert printed[act.value] == marks, act
