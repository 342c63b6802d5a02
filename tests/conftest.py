"""The cast: alice owns Alice's Books, bob is a member of it, charlie is a stranger with his own."""

import os
import tempfile

# Before the settings are read: tests never touch a real data folder.
os.environ.setdefault("SPOCR_DATA_DIR", tempfile.mkdtemp(prefix="spocr-tests-"))
os.environ.setdefault("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")

import pytest
from django.test import Client

from accounts import api_keys, organizations
from accounts.models import Organization, User

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    """Static files are found without collecting them first."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def alice(db) -> User:
    return person("alice@example.org")


@pytest.fixture
def organization(alice) -> Organization:
    return organizations.create(alice, name="Alice's Books")


@pytest.fixture
def bob(organization) -> User:
    bob = person("bob@example.org")
    organization.memberships.create(user=bob, role="member")
    return bob


@pytest.fixture
def charlie(db) -> User:
    charlie = person("charlie@example.org")
    organizations.create(charlie, name="Charlie's Shop")
    return charlie


@pytest.fixture
def api_key(organization, alice) -> str:
    return api_keys.create(organization, name="tests", created_by=alice)[1]


@pytest.fixture
def signed_in(client: Client, alice, organization) -> Client:
    client.force_login(alice)
    return client


def person(email: str) -> User:
    """A person with a confirmed address."""
    user = User.objects.create_user(email, PASSWORD)
    user.emailaddress_set.create(email=email, verified=True, primary=True)
    return user
