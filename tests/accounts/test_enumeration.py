"""Nobody learns from the time that an answer takes whether an address is known."""

import statistics
import time
from collections.abc import Callable
from itertools import count

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import adapter
from accounts.models import Organization, User
from tests.conftest import PASSWORD, person

ROUNDS, ALIKE_SECONDS = 25, 0.01
FORMS: dict[str, Callable[[str], dict[str, str]]] = {
    "account_login": lambda email: {"login": email, "password": "wrong " + PASSWORD},
    "account_signup": lambda email: {"email": email, "password1": PASSWORD},
    "account_reset_password": lambda email: {"email": email},
}


@pytest.fixture
def known(db) -> str:
    return person("known@example.org").email


@pytest.fixture
def hashed(monkeypatch) -> list[str]:
    """Passwords that were hashed: with the service's own hasher, nearly all the time of an answer."""
    passwords: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *given: passwords.append(given[1]) or encode(*given), raising=True
    )
    return passwords


def send(name: str, email: str) -> None:
    cache.clear()  # limits are another matter
    Client().post(reverse(name), FORMS[name](email))


def seconds(name: str, email: str) -> float:
    """Processor time of one answer: on a busy machine, the clock on the wall says little."""
    started = time.thread_time()
    send(name, email)
    return time.thread_time() - started


def difference(name: str, known: str) -> float:
    """Seconds between the medians of both, asked in turn."""
    nobody = (f"nobody{number}@example.org" for number in count())
    seconds(name, known), seconds(name, next(nobody))  # what is loaded once
    pairs = [(seconds(name, known), seconds(name, next(nobody))) for _ in range(ROUNDS)]
    one, other = (statistics.median(times) for times in zip(*pairs, strict=True))
    return abs(one - other)


@pytest.mark.parametrize("name", FORMS)
def test_known_and_unknown_addresses_take_the_same_time(known, name):
    assert difference(name, known) < ALIKE_SECONDS


@pytest.mark.parametrize("name", FORMS)
def test_as_many_passwords_are_hashed_for_a_known_address_as_for_an_unknown_one(known, hashed, name):
    send(name, known)
    for_known = len(hashed)
    send(name, "nobody@example.org")

    assert len(hashed) - for_known == for_known


def test_a_sign_up_that_did_nothing_for_a_known_address_would_tell(known, hashed, monkeypatch):
    monkeypatch.setattr(adapter, "_sign_up_nobody", lambda: None)
    send("account_signup", known)
    assert not hashed

    send("account_signup", "nobody@example.org")

    assert len(hashed) == 1


def test_signing_up_nobody_leaves_nobody(known):
    before = (User.objects.count(), Organization.objects.count())

    send("account_signup", known)

    assert (User.objects.count(), Organization.objects.count()) == before
