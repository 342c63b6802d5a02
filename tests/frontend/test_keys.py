"""API keys are created, shown once and revoked on the pages."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import api_keys

pytestmark = pytest.mark.django_db


def test_a_new_key_is_shown_exactly_once(signed_in, organization):
    page = signed_in.post(reverse("keys"), {"name": "Import", "scopes": ["parse"]}, follow=True)

    secret = page.context["secret"]
    assert api_keys.find(secret).organization == organization
    assert f"apikey: {secret}" in page.text.replace("&#x27;", "'")
    assert "no-store" in page["Cache-Control"]
    assert signed_in.get(reverse("key_created"))["Location"] == reverse("keys")
    assert secret not in signed_in.get(reverse("keys")).text


def test_a_key_needs_a_name(signed_in, organization):
    page = signed_in.post(reverse("keys"), {"name": "  ", "scopes": ["parse"]})

    assert page.status_code == 400
    assert 'aria-invalid="true"' in page.text
    assert not organization.keys.exists()


def test_a_name_that_looks_like_html_stays_text(signed_in, organization, alice):
    api_keys.create(organization, name="<b>bold</b>", created_by=alice)

    assert "&lt;b&gt;bold&lt;/b&gt;" in signed_in.get(reverse("keys")).text


def test_revoking_asks_first(signed_in, organization, api_key):
    key = organization.keys.get()

    page = signed_in.get(reverse("key_revoke", args=[key.public_id]))

    assert key.hint in page.text
    assert api_keys.find(api_key)


def test_a_revoked_key_no_longer_works(signed_in, organization, api_key):
    key = organization.keys.get()

    page = signed_in.post(reverse("key_revoke", args=[key.public_id]), follow=True)

    assert "The key “tests” is revoked." in page.text
    with pytest.raises(api_keys.InactiveApiKey):
        api_keys.find(api_key)


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_key_of_another_organization_does_not_exist(client, charlie, organization, api_key, method):
    client.force_login(charlie)
    address = reverse("key_revoke", args=[organization.keys.get().public_id])

    page = getattr(client, method)(address)

    assert page.status_code == 404
    assert api_keys.find(api_key)


def test_a_viewer_sees_keys_and_may_not_manage_them(client, bob, organization, api_key):
    organization.memberships.filter(user=bob).update(role="viewer")
    client.force_login(bob)

    page = client.get(reverse("keys"))

    assert organization.keys.get().hint in page.text
    assert "Create key" not in page.text
    assert client.post(reverse("keys"), {"name": "Mine"}).status_code == 403
    assert client.post(reverse("key_revoke", args=[organization.keys.get().public_id])).status_code == 403


@pytest.mark.parametrize("name", ["dashboard", "keys", "key_created"])
def test_strangers_are_asked_to_sign_in(client, name):
    assert client.get(reverse(name))["Location"] == f"{reverse('account_login')}?next={reverse(name)}"


def test_creating_a_key_is_guarded_against_forged_forms(alice, organization):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice)

    assert careful.post(reverse("keys"), {"name": "Forged"}).status_code == 403
    assert not organization.keys.exists()


def test_a_key_is_made_with_limits(signed_in, organization):
    sheet = organization.items.create(kind="sheet", name="Receipts")
    entered = {
        "name": "Report",
        "scopes": ["sheets:read"],
        "sheet_key": sheet.unique_key,
        "expires_on": "2099-12-31",
        "networks": "203.0.113.0/24\n2001:db8::/32",
        "monthly_cap": "500",
    }

    signed_in.post(reverse("keys"), entered)

    key = organization.keys.get()
    assert (key.scopes, key.sheet_key, key.monthly_cap) == (["sheets:read"], sheet.unique_key, 500)
    assert key.networks == ["203.0.113.0/24", "2001:db8::/32"]
    assert key.expires_at.isoformat() == "2100-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["parse"], "networks": "nonsense"}, "is no network"),
        ({"scopes": ["parse"], "expires_on": "2001-01-01"}, "would have expired already"),
        ({"scopes": ["parse"], "sheet_key": "itm_of_somebody_else"}, "Select a valid choice"),
    ],
)
def test_limits_that_cannot_be_are_explained_beside_their_field(signed_in, organization, entered, words):
    page = signed_in.post(reverse("keys"), {"name": "Import", **entered})

    assert page.status_code == 400
    assert words in page.text
    assert not organization.keys.exists()


def test_the_limits_of_a_key_are_changed(signed_in, organization, api_key):
    key = organization.keys.get()
    assert "checked" in signed_in.get(reverse("key_change", args=[key.public_id])).text

    signed_in.post(reverse("key_change", args=[key.public_id]), {"name": "narrow", "scopes": ["usage"]})

    changed = api_keys.find(api_key)
    assert (changed.name, changed.scopes) == ("narrow", ["usage"])


def test_a_rolled_key_is_shown_once_and_the_old_one_works_on(signed_in, organization, api_key):
    old = organization.keys.get()

    page = signed_in.post(reverse("key_roll", args=[old.public_id]), {"overlap_hours": "24"}, follow=True)

    assert api_keys.find(page.context["secret"]).replaces == old
    assert api_keys.find(api_key) == old


def test_the_list_shows_use_and_hints(signed_in, organization, api_key):
    api_keys.count_use(api_keys.find(api_key), "203.0.113.9")
    api_keys.create(organization, name="idle", created_by=None)

    page = signed_in.get(reverse("keys")).text

    assert "203.0.113.9" in page
    assert "never used" in page
    assert "no expiry" in page


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}])
def test_whoever_finds_a_key_ends_it_and_its_owners_are_told(organization, alice, api_key, mailoutbox, headers):
    stranger = Client(enforce_csrf_checks=True)

    response = stranger.post(reverse("found_key"), {"text": f"KEY={api_key}"}, headers=headers)

    assert response.status_code == 200
    with pytest.raises(api_keys.InactiveApiKey):
        api_keys.find(api_key)
    assert [mail.to for mail in mailoutbox] == [[alice.email]]
    assert api_key not in mailoutbox[0].body


def test_reporting_tells_nothing_about_the_key(organization, api_key, mailoutbox):
    answers = [
        Client().post(reverse("found_key"), {"text": text}, headers={"Accept": "application/json"}).content
        for text in (api_key, "spocr_" + "0" * 30 + "2C8GjS", "no key at all", api_key)
    ]

    assert set(answers) == {b'{"status": "ok"}'}
    assert len(mailoutbox) == 1
