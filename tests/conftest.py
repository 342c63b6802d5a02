"""The cast: alice owns Alice's Books, bob is a member of it, charlie is a stranger with his own."""

import os
import shutil
import signal
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import api_keys, organizations, tenancy, walls
from accounts.models import Organization, User
from ocr import pool, reading
from ocr.api.requests import note_caller
from tests import poison
from tests.settings import OWN_DATA_DIR

PASSWORD = "correct horse battery staple"


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the engine host that the first reading of this run started, and leave nothing behind."""
    if hasattr(config, "workerinput"):
        return
    _end_engine_host()
    if OWN_DATA_DIR:
        shutil.rmtree(OWN_DATA_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, worker_id: str) -> None:
    """SQLite in a file as in production: threads and locks behave otherwise in memory."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        file = django_settings.DATA_DIR / f"test-{worker_id}.sqlite3"
        database.setdefault("TEST", {})["NAME"] = str(file)


@pytest.fixture(autouse=True)
def _quick_settings(settings):
    """Passwords are hashed quickly; static files are found without collecting them first."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _nobody_asks():
    """A test that calls a door itself leaves behind whom it let in, which middleware forgets otherwise."""
    yield
    tenancy.leave()
    note_caller("-", "-")


@pytest.fixture(autouse=True)
def _emptied_whole(request: pytest.FixtureRequest):
    """After a test with real transactions the database is emptied, which the audit log's wall would refuse."""
    marker = request.node.get_closest_marker("django_db")
    real = {"transactional_db", "live_server"} & set(request.fixturenames)
    is_real = bool(real) or (marker is not None and marker.kwargs.get("transaction", False))
    if is_real:
        request.getfixturevalue("transactional_db")
    yield
    if is_real:
        walls.lift_audit(connection)


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


@pytest.fixture
def clock(db) -> Iterator[time_machine.Traveller]:
    """Time stands still until the test moves it."""
    with time_machine.travel(timezone.now(), tick=False) as travelled:
        yield travelled


@pytest.fixture(scope="session")
def picture() -> bytes:
    """A PNG that shows `poison.TEXT`."""
    return poison.GOOD["png_rgb"]()


def person(email: str) -> User:
    """A person with a confirmed address."""
    user = User.objects.create_user(email, PASSWORD)
    user.emailaddress_set.create(email=email, verified=True, primary=True)
    return user


def _end_engine_host() -> None:
    path = reading.engine_host().socket
    with suppress(OSError), socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        os.kill(struct.unpack("3i", credentials)[0], signal.SIGTERM)
        deadline = time.monotonic() + 10
        while Path(path).exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    for process in pool._started:
        process.wait(10)
