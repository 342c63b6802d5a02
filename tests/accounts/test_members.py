"""Members: invited by mail, let in once, promoted, removed; somebody always owns the organization."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from accounts import members, organizations
from accounts.errors import Conflict, Forbidden, Invalid, NotFound
from accounts.members import LastOwner
from accounts.models import Invitation, Membership
from tests.conftest import person
from tests.parallel import at_once

HERE = "192.0.2.7"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def dora(db):
    return person("dora@example.org")


@pytest.fixture
def token(organization, alice, dora) -> str:
    return members.invite(organization, " Dora@Example.org ", "member", by=alice, address=HERE)[1]


def member(organization, user) -> Membership:
    return organization.memberships.get(user=user)


def test_an_invited_person_joins_with_the_role_and_works_there(organization, dora, token):
    organizations.create(dora, name="Dora's own")

    assert members.accept(token, dora, address=HERE) == organization
    assert member(organization, dora).role == "member"
    assert organizations.of(dora) == organization


def test_only_the_hash_of_an_invitation_is_kept(organization, token):
    assert token not in str(Invitation.objects.values().get())
    assert len(token) >= 43


def test_an_invitation_is_used_once(organization, dora, token):
    members.accept(token, dora, address=HERE)
    organization.memberships.filter(user=dora).delete()

    with pytest.raises(NotFound, match="used"):
        members.accept(token, dora, address=HERE)
    assert not organization.memberships.filter(user=dora).exists()


@pytest.mark.parametrize(
    "email",
    [
        "eve@example.org",
        "dora@example.org.evil.example",
        "dоra@example.org",  # Cyrillic о
        "dora@exampłe.org",
        "ｄora@example.org",  # a full-width d, which NFKC would make one of ours
    ],
)
def test_an_invitation_is_for_one_address_to_the_code_point(organization, token, email):
    with pytest.raises(Forbidden, match="another e-mail address"):
        members.accept(token, person(email), address=HERE)

    assert organization.memberships.count() == 1


def test_an_address_that_is_not_confirmed_opens_nothing(organization, dora, token):
    dora.emailaddress_set.update(verified=False)

    with pytest.raises(Forbidden):
        members.accept(token, dora, address=HERE)


def test_an_invitation_expires_after_a_week(organization, alice, dora):
    with time_machine.travel(NOON, tick=False) as clock:
        _, token = members.invite(organization, dora.email, "member", by=alice, address=HERE)
        clock.shift(timedelta(days=7))

        with pytest.raises(NotFound, match="expired"):
            members.accept(token, dora, address=HERE)


def test_a_withdrawn_invitation_is_dead(organization, alice, dora, token):
    members.withdraw(organization, Invitation.objects.get().public_id, by=alice, address=HERE)

    with pytest.raises(NotFound):
        members.accept(token, dora, address=HERE)


def test_a_second_invitation_replaces_the_first(organization, alice, dora, token):
    _, second = members.invite(organization, dora.email, "viewer", by=alice, address=HERE)

    with pytest.raises(NotFound):
        members.accept(token, dora, address=HERE)
    members.accept(second, dora, address=HERE)
    assert member(organization, dora).role == "viewer"


def test_an_organization_about_to_be_deleted_lets_nobody_in(organization, alice, dora, token):
    organizations.close(organization, typed_name="Alice's Books", by=alice, address=HERE)

    with pytest.raises(NotFound):
        members.accept(token, dora, address=HERE)


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c.example", "dоra@example.org", "a" * 300 + "@example.org"])
def test_what_is_no_address_is_not_invited(organization, alice, email):
    with pytest.raises(Invalid):
        members.invite(organization, email, "member", by=alice, address=HERE)


def test_a_member_is_not_invited_again(organization, alice, bob):
    with pytest.raises(Conflict, match="member already"):
        members.invite(organization, "BOB@example.org", "admin", by=alice, address=HERE)


def test_there_is_an_end_to_open_invitations(organization, alice):
    for number in range(members.MAX_OPEN_INVITATIONS):
        members.invite(organization, f"p{number}@example.org", "viewer", by=alice, address=HERE)

    with pytest.raises(Conflict, match="Withdraw some"):
        members.invite(organization, "one.more@example.org", "viewer", by=alice, address=HERE)


@pytest.mark.parametrize("role", ["owner", "admin", "member", "viewer"])
@pytest.mark.parametrize("given", ["owner", "admin", "member", "viewer", "emperor"])
def test_who_may_give_which_role(organization, alice, bob, role, given):
    organization.memberships.filter(user=bob).update(role=role)
    may = {"owner": {"owner", "admin", "member", "viewer"}, "admin": {"admin", "member", "viewer"}}.get(role, set())

    if given in may:
        members.invite(organization, "new@example.org", given, by=bob, address=HERE)
    else:
        with pytest.raises(Invalid if given == "emperor" else Forbidden):
            members.invite(organization, "new@example.org", given, by=bob, address=HERE)


def test_an_admin_neither_makes_nor_unmakes_owners(organization, alice, bob):
    organization.memberships.filter(user=bob).update(role="admin")

    for act in (
        lambda: members.set_role(organization, member(organization, bob).id, "owner", by=bob, address=HERE),
        lambda: members.set_role(organization, member(organization, alice).id, "viewer", by=bob, address=HERE),
        lambda: members.remove(organization, member(organization, alice).id, by=bob, address=HERE),
        lambda: members.transfer(organization, member(organization, bob).id, by=bob, address=HERE),
    ):
        with pytest.raises(Forbidden):
            act()

    assert member(organization, alice).role == "owner"


def test_the_last_owner_cannot_leave_or_step_down(organization, alice, bob):
    last = member(organization, alice)

    with pytest.raises(LastOwner):
        members.remove(organization, last.id, by=alice, address=HERE)
    with pytest.raises(LastOwner):
        members.set_role(organization, last.id, "admin", by=alice, address=HERE)

    members.set_role(organization, member(organization, bob).id, "owner", by=alice, address=HERE)
    members.remove(organization, last.id, by=alice, address=HERE)
    assert [m.user for m in organization.memberships.all()] == [bob]


def test_anybody_else_may_leave(organization, bob):
    members.remove(organization, member(organization, bob).id, by=bob, address=HERE)

    assert not organization.memberships.filter(user=bob).exists()


def test_ownership_is_handed_over(organization, alice, bob):
    members.transfer(organization, member(organization, bob).id, by=alice, address=HERE)

    assert (member(organization, bob).role, member(organization, alice).role) == ("owner", "admin")
    with pytest.raises(Forbidden):
        members.transfer(organization, member(organization, bob).id, by=alice, address=HERE)


def test_members_of_another_organization_do_not_exist(organization, alice, charlie):
    theirs = charlie.memberships.get().id

    for act in (members.remove, members.transfer):
        with pytest.raises(NotFound):
            act(organization, theirs, by=alice, address=HERE)
    with pytest.raises(NotFound):
        members.set_role(organization, theirs, "viewer", by=alice, address=HERE)
    assert charlie.memberships.get().role == "owner"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_once_one_stays(organization, alice, bob):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which hides a race. Set DATABASE_URL=postgres://…")
    organization.memberships.update(role="owner")
    leaving = iter([alice, bob])

    def leave():
        user = next(leaving)
        members.remove(organization, member(organization, user).id, by=user, address=HERE)

    outcomes = at_once(leave, 2)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastOwner", "NoneType"]
    assert organization.memberships.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_invitation_accepted_twice_at_once_lets_in_once(organization, dora, token):
    outcomes = at_once(lambda: members.accept(token, dora, address=HERE), 4)

    assert organization.memberships.filter(user=dora).count() == 1
    assert sum(outcome == organization for outcome in outcomes) == 1
    assert organization.audit_events.filter(action="member.joined").count() == 1
