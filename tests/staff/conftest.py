"""Sam works for the operator of the site and has an authenticator app."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.codes import code_of
from tests.conftest import PASSWORD, person

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADDRESS = "192.0.2.77"


def code() -> str:
    return code_of(SECRET)


def sign_in(browser: Client, email: str, *, with_code: bool) -> None:
    cache.clear()  # a code is good once
    browser.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    if with_code:
        browser.post(reverse("mfa_authenticate"), {"code": code()})


@pytest.fixture
def sam(db) -> User:
    sam = person("sam@example.org")
    call_command("make_staff", sam.email)
    TOTP.activate(sam, SECRET)
    return User.objects.get(id=sam.id)


@pytest.fixture
def staff(sam) -> Client:
    """Sam's browser, in which both steps were taken."""
    browser = Client(REMOTE_ADDR=ADDRESS)
    sign_in(browser, sam.email, with_code=True)
    return browser
