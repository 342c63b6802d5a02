"""allauth's pages wear our look. They do so only while `frontend` stands before `allauth` in
INSTALLED_APPS: the first template of a name wins."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_entrance_pages_wear_our_look(client, name):
    page = client.get(reverse(name)).text

    assert '<div class="card stack narrow">' in page
    assert 'class="site-header"' in page
    assert "<label for=" in page


@pytest.mark.parametrize("name", ["account_email", "account_change_password", "account_logout"])
def test_account_pages_wear_our_look(signed_in, name):
    page = signed_in.get(reverse(name)).text

    assert 'class="side-nav"' in page
    assert 'class="button' in page


def test_a_wrong_password_is_explained_beside_the_form(client, alice):
    page = client.post(reverse("account_login"), {"login": alice.email, "password": "wrong"})

    assert 'role="alert"' in page.text
