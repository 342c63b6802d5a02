"""The pages of an organization: members, settings, end, log; and from one organization to another."""

import csv
import io
import re
import zipfile

import pytest
from django.test import Client
from django.urls import reverse

from accounts import api_keys, organizations
from accounts.models import Organization
from tests.conftest import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(db) -> Client:
    client = Client()
    client.force_login(person("dora@example.org"))
    return client


def link_in(mailoutbox) -> str:
    return re.search(r"https?://[^/]+(/join/\S+)", mailoutbox[-1].body)[1]


def invite(client: Client, email: str, role: str = "member"):
    return client.post(reverse("members"), {"email": email, "role": role}, follow=True)


def test_an_invited_person_joins_by_the_link_in_the_mail(signed_in, organization, dora, mailoutbox):
    page = invite(signed_in, "Dora@example.org")
    assert "dora@example.org" in page.text
    assert mailoutbox[0].to == ["dora@example.org"]

    link = link_in(mailoutbox)
    assert "Join Alice&#x27;s Books?" in dora.get(link).text
    page = dora.post(link, follow=True)

    assert "Welcome to Alice&#x27;s Books." in page.text
    assert organization.memberships.get(user__email="dora@example.org").role == "member"
    assert dora.get(link).status_code == 404


def test_an_invitation_speaks_the_language_of_whoever_has_an_account(signed_in, organization, mailoutbox):
    kim = person("kim@example.org")
    kim.language = "ko"
    kim.save()

    for email in ("kim@example.org", "nobody@example.org"):
        invite(signed_in, email, "viewer")

    korean, english = mailoutbox
    assert korean.subject != "[spocr] Invitation to Alice's Books" == english.subject
    assert "viewer" in english.body
    assert re.search("[가-힣]{2}", korean.body)
    assert "viewer" not in korean.body
    assert link_in(mailoutbox)


def test_an_invitation_whose_mail_cannot_be_sent_is_none(signed_in, organization, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    page = invite(signed_in, "dora@example.org")

    assert page.status_code == 400
    assert "The mail could not be sent" in page.text
    assert not organization.invitations.exists()


def test_looking_at_an_invitation_does_not_use_it_up(signed_in, organization, dora, mailoutbox):
    invite(signed_in, "dora@example.org")

    for _ in range(3):
        assert dora.get(link_in(mailoutbox)).status_code == 200
    assert organization.memberships.count() == 1


def test_the_link_is_worth_nothing_to_somebody_else(signed_in, organization, client, charlie, mailoutbox):
    invite(signed_in, "dora@example.org")
    client.force_login(charlie)

    for response in (client.get(link_in(mailoutbox)), client.post(link_in(mailoutbox))):
        assert response.status_code == 403
        assert "Alice" not in response.text
    assert organization.memberships.count() == 1


def test_a_visitor_with_the_link_is_asked_to_sign_in_first(signed_in, organization, mailoutbox):
    invite(signed_in, "dora@example.org")
    link = link_in(mailoutbox)

    assert Client().get(link)["Location"] == f"{reverse('account_login')}?next={link}"


def test_an_address_that_is_wrong_is_explained_beside_the_form(signed_in, organization, mailoutbox):
    page = invite(signed_in, "nobody")

    assert page.status_code == 400
    assert "is not an e-mail address" in page.text
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("role", "name", "arguments"),
    [
        ("viewer", "members", []),
        ("member", "members", []),
        ("member", "organization_retention", []),
        ("admin", "organization_close", []),
        ("admin", "organization_export", []),
        ("admin", "organization_reopen", []),
    ],
)
def test_a_role_that_is_too_low_is_refused(client, organization, bob, role, name, arguments):
    organization.memberships.filter(user=bob).update(role=role)
    client.force_login(bob)

    response = client.post(reverse(name, args=arguments), {"email": "x@example.org", "role": "member"})

    assert response.status_code == 403
    assert "Your role may not" in response.text


def test_roles_are_changed_and_members_removed_on_the_page(signed_in, organization, bob):
    member = organization.memberships.get(user=bob)

    signed_in.post(reverse("member_role", args=[member.id]), {"role": "admin"})
    member.refresh_from_db()
    assert member.role == "admin"

    page = signed_in.post(reverse("member_remove", args=[member.id]), follow=True)
    assert "bob@example.org" not in page.text
    assert not organization.memberships.filter(user=bob).exists()


def test_the_last_owner_is_told_why_they_cannot_leave(signed_in, organization):
    page = signed_in.post(reverse("member_remove", args=[organization.memberships.get().id]))

    assert page.status_code == 409
    assert "Make somebody else an owner first" in page.text


def test_ownership_is_handed_over_on_the_page(signed_in, organization, alice, bob):
    signed_in.post(reverse("member_transfer", args=[organization.memberships.get(user=bob).id]))

    assert organization.memberships.get(user=bob).role == "owner"
    assert signed_in.post(reverse("organization_close"), {"typed_name": "Alice's Books"}).status_code == 403


def test_a_person_makes_a_second_organization_and_switches(signed_in, organization, alice, api_key):
    page = signed_in.post(reverse("organization_new"), {"name": "Second"}, follow=True)
    second = Organization.objects.get(name="Second")
    assert "<h1>Second</h1>" in page.text
    assert organization.keys.get().hint not in signed_in.get(reverse("keys")).text

    signed_in.post(reverse("organization_switch"), {"organization": organization.public_id})

    assert organizations.of(alice) == organization
    assert organization.keys.get().hint in signed_in.get(reverse("keys")).text
    assert second.public_id in signed_in.get(reverse("dashboard")).text


def test_nobody_switches_to_an_organization_that_is_not_theirs(client, charlie, organization):
    client.force_login(charlie)

    assert client.post(reverse("organization_switch"), {"organization": organization.public_id}).status_code == 404
    assert organizations.of(charlie).name == "Charlie's Shop"


def test_name_and_retention_are_changed(signed_in, organization):
    signed_in.post(reverse("organization"), {"name": "  New \n name "})
    signed_in.post(
        reverse("organization_retention"), {"keep_images_days": "0", "keep_results_days": "", "keep_logs_days": "90"}
    )

    organization.refresh_from_db()
    assert organization.name == "New name"
    kept = organization.keep_images_days, organization.keep_results_days, organization.keep_logs_days
    assert kept == (0, None, 90)


@pytest.mark.parametrize("days", [{"keep_logs_days": "1"}, {"keep_logs_days": "x"}, {"keep_images_days": "-1"}])
def test_days_out_of_range_are_explained(signed_in, organization, days):
    page = signed_in.post(reverse("organization_retention"), {"keep_logs_days": "90", **days})

    assert page.status_code == 400
    organization.refresh_from_db()
    assert organization.keep_logs_days == 365


def test_deletion_asks_for_the_name_and_can_be_taken_back(signed_in, organization, api_key):
    wrong = signed_in.post(reverse("organization_close"), {"typed_name": "alice's books"})
    assert wrong.status_code == 400
    assert api_keys.find(api_key)

    page = signed_in.post(reverse("organization_close"), {"typed_name": "Alice's Books"}, follow=True)
    assert "is deleted with everything in it on" in page.text
    with pytest.raises(api_keys.InactiveApiKey):
        api_keys.find(api_key)

    signed_in.post(reverse("organization_reopen"))
    assert api_keys.find(api_key)


def test_everything_is_downloaded_as_one_archive(signed_in, organization, api_key):
    response = signed_in.post(reverse("organization_export"))

    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert "tables/accounts.apikey.jsonl" in archive.namelist()
    assert response["Content-Disposition"] == f'attachment; filename="{organization.public_id}.zip"'


def test_the_audit_log_is_shown_filtered_and_as_csv(signed_in, organization, api_key):
    page = signed_in.get(reverse("audit"))
    assert "key.created" in page.text
    assert "organization.created" in page.text
    filtered = signed_in.get(reverse("audit"), {"action": "key.created"})
    assert [event.action for event in filtered.context["events"]] == ["key.created"]

    response = signed_in.get(reverse("audit_csv"), {"action": "key.created"})

    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert [row[2] for row in rows] == ["action", "key.created"]
    assert organization.audit_events.filter(action="audit.exported").count() == 1


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_the_audit_log_is_for_owners_and_admins(client, organization, bob, role):
    organization.memberships.filter(user=bob).update(role=role)
    client.force_login(bob)

    assert client.get(reverse("audit")).status_code == 403
    assert client.get(reverse("audit_csv")).status_code == 403


def test_whoever_has_left_their_last_organization_finds_a_way_on(client, organization, bob):
    client.force_login(bob)
    member = organization.memberships.get(user=bob)
    shown = client.post(reverse("member_remove", args=[member.id]), follow=True)
    assert shown.status_code == 404
    assert f'href="{reverse("organization_new")}"' in shown.text

    assert client.get(reverse("organization_new")).status_code == 200
    client.post(reverse("organization_new"), {"name": "Bob's Own"})

    assert "Bob&#x27;s Own" in client.get(reverse("dashboard")).text
