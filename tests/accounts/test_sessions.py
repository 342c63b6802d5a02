"""How long a session lasts: by a clock that the tests set."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.conftest import PASSWORD

IDLE, WHOLE = timedelta(hours=2), timedelta(hours=12)
A_MOMENT = timedelta(seconds=1)


@pytest.fixture
def browser(clock, alice, organization) -> Client:
    browser = Client()
    browser.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get(reverse("dashboard")).status_code == 200


def test_whoever_does_nothing_for_two_hours_is_signed_out(browser, clock):
    clock.shift(IDLE - A_MOMENT)
    assert is_in(browser)
    clock.shift(IDLE)

    response = browser.get(reverse("dashboard"), follow=True)

    assert response.redirect_chain == [(f"{reverse('account_login')}?next={reverse('dashboard')}", 302)]
    assert "You were signed out because your session had ended." in response.text


def test_whoever_keeps_on_working_is_signed_out_after_twelve_hours(browser, clock):
    for _ in range(11):
        clock.shift(timedelta(hours=1))
        assert is_in(browser)
    clock.shift(timedelta(hours=1) - A_MOMENT)
    assert is_in(browser)

    clock.shift(A_MOMENT)

    assert not is_in(browser)


def test_signing_in_again_begins_anew(browser, clock, alice):
    clock.shift(WHOLE)
    assert not is_in(browser)

    browser.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})

    clock.shift(IDLE - A_MOMENT)
    assert is_in(browser)


def test_a_session_that_ended_changes_nothing_any_more(browser, clock, organization):
    stolen = browser.session.session_key
    clock.shift(IDLE)

    browser.post(reverse("organization_new"), {"name": "Too late"})

    assert not organization.memberships.get().user.memberships.filter(organization__name="Too late").exists()
    assert not Session.objects.filter(session_key=stolen).exists()


def test_the_operator_sets_both_limits(browser, clock, settings):
    settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE = 60, 90

    clock.shift(59)
    assert is_in(browser)
    clock.shift(32)

    assert not is_in(browser)


def test_a_session_from_before_there_were_limits_begins_now(clock, alice, organization):
    browser = Client()
    browser.force_login(alice)

    assert is_in(browser)
    clock.shift(IDLE)
    assert not is_in(browser)


def test_the_cookie_ends_with_the_browser(browser):
    cookie = browser.cookies["sessionid"]

    assert cookie["expires"] == ""
    assert cookie["max-age"] == ""


def test_not_every_look_at_a_page_is_a_write(browser, clock):
    is_in(browser)
    clock.shift(59)

    with CaptureQueriesContext(connection) as asked:
        is_in(browser)
    assert not [query for query in asked if (query["sql"] or "").startswith("UPDATE")]

    clock.shift(1)
    with CaptureQueriesContext(connection) as asked:
        is_in(browser)
    assert len([query for query in asked if (query["sql"] or "").startswith('UPDATE "django_session"')]) == 1


def test_pages_without_a_session_depend_on_no_cookie(clock):
    assert "Cookie" not in Client().get(reverse("healthz")).get("Vary", "")
