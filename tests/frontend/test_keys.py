"""API keys are created, shown once and revoked on the pages."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts import api_keys

pytestmark = pytest.mark.django_db


def test_a_new_key_is_shown_exactly_once(signed_in, organization):
    page = signed_in.post(reverse("keys"), {"name": "Import"}, follow=True)

    secret = page.context["secret"]
    assert api_keys.find(secret).organization == organization
    assert f"apikey: {secret}" in page.text.replace("&#x27;", "'")
    assert "no-store" in page["Cache-Control"]
    assert signed_in.get(reverse("key_created"))["Location"] == reverse("keys")
    assert secret not in signed_in.get(reverse("keys")).text


def test_a_key_needs_a_name(signed_in, organization):
    page = signed_in.post(reverse("keys"), {"name": "  "})

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
