"""The audit log: every act leaves an event, and no event can be changed."""

import csv
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts import api_keys, audit, members, organizations
from accounts.audit import Actor
from accounts.key_limits import Limits
from accounts.models import AuditEvent
from tests.conftest import person

HERE = "192.0.2.7"


def events(organization) -> list[tuple[str, str, str | None]]:
    return list(organization.audit_events.order_by("id").values_list("action", "actor", "address"))


def test_every_change_of_a_key_is_recorded(organization, alice):
    alice_here = Actor.of(alice, HERE)
    key, secret = api_keys.create(organization, name="one", created_by=alice, by=alice_here)
    api_keys.change(organization, key.public_id, name="two", limits=Limits(monthly_cap=5), by=alice_here)
    api_keys.roll(organization, key.public_id, overlap=timedelta(hours=1), by=alice_here)
    api_keys.revoke(organization, key.public_id, by=alice_here)
    api_keys.revoke(organization, key.public_id, by=alice_here)

    acts = ["key.created", "key.changed", "key.rolled", "key.revoked"]
    assert events(organization)[1:] == [(act, alice.email, HERE) for act in acts]
    assert not any(secret[6:] in str(row) for row in AuditEvent.objects.values())


def test_every_change_of_members_is_recorded(organization, alice, bob):
    dora, member = person("dora@example.org"), organization.memberships.get(user=bob)
    _, token = members.invite(organization, dora.email, "viewer", by=alice, address=HERE)
    members.accept(token, dora, address=HERE)
    members.set_role(organization, member.id, "admin", by=alice, address=HERE)
    members.transfer(organization, member.id, by=alice, address=HERE)
    members.remove(organization, organization.memberships.get(user=dora).id, by=bob, address=HERE)
    members.remove(organization, organization.memberships.get(user=alice).id, by=alice, address=HERE)
    invitation, _ = members.invite(organization, "eve@example.org", "member", by=bob, address=HERE)
    members.withdraw(organization, invitation.public_id, by=bob, address=HERE)

    assert events(organization)[1:] == [
        ("member.invited", alice.email, HERE),
        ("member.joined", dora.email, HERE),
        ("member.role", alice.email, HERE),
        ("organization.transferred", alice.email, HERE),
        ("member.removed", bob.email, HERE),
        ("member.left", alice.email, HERE),
        ("member.invited", bob.email, HERE),
        ("member.uninvited", bob.email, HERE),
    ]


def test_an_act_that_fails_leaves_no_event(organization, alice):
    before = AuditEvent.objects.count()

    with pytest.raises(members.LastOwner):
        members.remove(organization, organization.memberships.get().id, by=alice, address=HERE)

    assert AuditEvent.objects.count() == before


def test_the_database_refuses_to_change_an_event(organization):
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        AuditEvent.objects.update(actor="nobody")

    assert AuditEvent.objects.get().actor == "alice@example.org"


def test_the_database_refuses_to_delete_an_event_that_is_kept(organization):
    with pytest.raises(DatabaseError, match="are kept"), transaction.atomic():
        AuditEvent.objects.all().delete()
    with pytest.raises(DatabaseError, match="are kept"), transaction.atomic():
        organization.delete()

    assert AuditEvent.objects.exists()


def test_events_older_than_the_organization_keeps_them_are_swept(organization, alice):
    organizations.keep(organization, {"keep_logs_days": 30}, by=alice, address=HERE)
    old, young = (timezone.now() - timedelta(days=days) for days in (31, 29))
    for moment in (old, young):
        organization.audit_events.create(actor="x", action="key.created", created_at=moment)

    assert audit.forget_old() == 1
    assert not organization.audit_events.filter(created_at=old).exists()
    assert organization.audit_events.filter(created_at=young).exists()


def test_a_name_with_line_breaks_makes_no_second_line(organization):
    audit.record(organization, "key.created", by=Actor("eve\r\n2026-11-20 admin signed in"), subject="a\nb")

    event = organization.audit_events.last()
    assert (event.actor, event.subject) == ("eve 2026-11-20 admin signed in", "a b")


def test_the_log_as_csv_holds_no_formulas(organization):
    audit.record(organization, "key.created", by=Actor('=HYPERLINK("http://x")', HERE), details={"name": "a,b"})

    rows = list(csv.reader(audit.as_csv(audit.events(organization))))

    assert rows[0] == list(audit.COLUMNS)
    assert rows[1][1:] == ['\'=HYPERLINK("http://x")', "key.created", "", HERE, "name=a,b"]
    assert len(rows) == 3


def test_the_log_is_filtered_by_action_and_actor(organization, alice, charlie):
    api_keys.create(organization, name="one", created_by=alice)
    audit.record(organization, "key.created", by=Actor("robot"))

    assert [event.actor for event in audit.events(organization, action="key.created")] == ["robot", alice.email]
    assert [event.action for event in audit.events(organization, actor="ROB")] == ["key.created"]
    assert audit.actions(organization) == ["key.created", "organization.created"]
