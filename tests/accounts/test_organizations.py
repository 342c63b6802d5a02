"""Organizations: made with an owner, found for a person, and what roles may do."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import organizations
from accounts.errors import NotFound
from accounts.models import ApiKey, Membership, Organization, User
from tests.conftest import person


def test_an_organization_has_its_first_owner_from_the_start(alice, organization):
    membership = organization.memberships.get()

    assert (membership.user, membership.role) == (alice, "owner")
    assert (organization.name, organization.plan) == ("Alice's Books", "free")


@pytest.mark.parametrize(
    ("email", "name", "called"),
    [("dora@example.org", "Dora Day", "Dora Day"), ("dora@example.org", "", "dora")],
)
def test_without_a_name_an_organization_is_called_after_its_owner(db, email, name, called):
    dora = User.objects.create_user(email, "a long password", name=name)

    assert organizations.create(dora).name == called


def test_ids_that_leave_the_database_are_prefixed_and_cannot_be_guessed(alice):
    ids = {organizations.create(alice).public_id for _ in range(20)}

    assert len(ids) == 20
    assert all(public_id.startswith("org_") and len(public_id) == 20 for public_id in ids)


def test_a_person_works_in_the_organization_they_joined_first(alice, organization, bob, charlie):
    charlie.organizations.get().memberships.create(user=bob, role="viewer")

    assert organizations.of(alice) == organization
    assert organizations.of(bob) == organization
    assert organizations.of(charlie).name == "Charlie's Shop"


def test_a_person_without_an_organization_is_told_what_to_do(db):
    with pytest.raises(NotFound, match="ask an owner to invite you"):
        organizations.of(person("nobody@example.org"))


def test_nobody_is_a_member_twice(organization, alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        organization.memberships.create(user=alice, role="viewer")

    assert Membership.objects.count() == 1


def test_an_unknown_role_is_refused_by_the_database(organization, charlie):
    with pytest.raises(IntegrityError), transaction.atomic():
        organization.memberships.create(user=charlie, role="emperor")


def test_an_address_belongs_to_one_person_in_any_letter_case(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("Alice@Example.org", "a long password")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(id=person("dora@example.org").id).update(email="ALICE@example.org")


def test_an_organization_takes_its_keys_with_it(organization, api_key):
    Organization.objects.update(deletion_due_at=timezone.now() - timedelta(minutes=1))

    organization.delete()

    assert not Organization.objects.exists()
    assert not ApiKey.objects.exists()
