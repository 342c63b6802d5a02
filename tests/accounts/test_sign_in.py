"""Signing up and in: what an attacker tries, and what a careful person switches on."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import organizations
from accounts.models import AuditEvent, Membership, User
from tests.codes import code_of
from tests.conftest import PASSWORD, person
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another battery, another staple"


@pytest.fixture(autouse=True)
def _no_earlier_attempts():
    cache.clear()


@pytest.fixture
def browser() -> Client:
    return Client()


def sign_in(browser: Client, email: str, password: str = PASSWORD, **options):
    return browser.post(reverse("account_login"), {"login": email, "password": password}, **options)


def is_in(browser: Client) -> bool:
    return browser.get(reverse("dashboard")).status_code == 200


def masked(response) -> str:
    """A page without what differs each time, or repeats what was entered."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.text)
    return re.sub(r"[\w.+-]+@[\w.-]+", "@", page)


def test_the_session_changes_at_sign_in(browser, alice, organization):
    browser.get(reverse("account_login"))
    session = browser.session
    session["planted"] = "by an attacker"
    session.save()
    browser.cookies[django_settings.SESSION_COOKIE_NAME] = planted = session.session_key

    sign_in(browser, alice.email)

    assert is_in(browser)
    assert browser.session.session_key != planted
    attacker = Client()
    attacker.cookies[django_settings.SESSION_COOKIE_NAME] = planted
    assert not is_in(attacker)


def test_a_session_cookie_is_worth_nothing_after_signing_out(browser, alice, organization):
    sign_in(browser, alice.email)
    stolen = Client()
    stolen.cookies[django_settings.SESSION_COOKIE_NAME] = browser.session.session_key
    assert is_in(stolen)

    browser.post(reverse("account_logout"))

    assert not is_in(stolen)


def test_a_new_password_ends_the_other_sessions(browser, alice, organization):
    other = Client()
    sign_in(browser, alice.email), sign_in(other, alice.email)

    browser.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )

    assert is_in(browser)
    assert not is_in(other)


def test_sessions_are_listed_and_ended_elsewhere(browser, alice, organization):
    other = Client(HTTP_USER_AGENT="Other/1.0")
    sign_in(browser, alice.email), sign_in(other, alice.email)
    assert "Other/1.0" in browser.get(reverse("usersessions_list")).text

    browser.post(reverse("usersessions_list"))

    assert is_in(browser)
    assert not is_in(other)


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(browser, alice, organization):
    sign_in(browser, alice.email)

    cookie = browser.cookies[django_settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["domain"]


@pytest.mark.parametrize(
    "there",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "https:evil.example", "javascript:alert(1)"],
)
def test_sign_in_leads_to_no_other_site(browser, alice, organization, there):
    response = browser.post(
        reverse("account_login"), {"login": alice.email, "password": PASSWORD, "next": there}, follow=False
    )

    assert response["Location"] == reverse("dashboard")


def test_a_forged_host_is_refused_and_stands_in_no_mail(alice, organization, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["testserver"]

    forged = Client(raise_request_exception=False).post(
        reverse("account_reset_password"), {"email": alice.email}, headers={"host": "evil.example"}
    )
    asked = Client().post(
        reverse("account_reset_password"), {"email": alice.email}, headers={"X-Forwarded-Host": "evil.example"}
    )

    assert (forged.status_code, asked.status_code) == (400, 302)
    assert len(mailoutbox) == 1
    assert "evil.example" not in mailoutbox[0].body


def test_mails_name_the_site_as_its_pages_do(mailoutbox, settings):
    settings.SITE_NAME, settings.SITE_URL = "Example OCR", "https://ocr.example.org"

    Client().post(reverse("account_signup"), {"email": "dora@example.org", "password1": PASSWORD})

    (mail,) = mailoutbox
    assert "Hello from Example OCR!" in mail.body
    assert "an account on ocr.example.org." in mail.body
    assert "testserver" not in mail.body


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password", "account_logout"])
def test_forged_forms_are_refused(alice, organization, name):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(alice)

    assert careful.post(reverse(name), {"login": alice.email, "password": PASSWORD}).status_code == 403


def test_extra_fields_of_the_sign_up_form_give_no_rights(browser, organization):
    extra = {"is_staff": "on", "is_superuser": "1", "role": "owner", "organization": organization.public_id, "id": "1"}

    browser.post(reverse("account_signup"), {"email": "eve@example.org", "password1": PASSWORD, **extra})

    eve = User.objects.get(email="eve@example.org")
    assert not eve.is_staff
    assert not eve.is_superuser
    assert not organization.memberships.filter(user=eve).exists()


def test_whoever_signs_up_owns_an_organization_of_their_own(browser, organization):
    browser.post(reverse("account_signup"), {"email": "eve@example.org", "password1": PASSWORD})

    membership = Membership.objects.get(user__email="eve@example.org")
    assert (membership.role, membership.organization == organization) == ("owner", False)


def test_an_address_that_is_not_confirmed_opens_nothing(browser):
    browser.post(reverse("account_signup"), {"email": "eve@example.org", "password1": PASSWORD})
    fresh = Client()
    sign_in(fresh, "eve@example.org")

    assert not is_in(browser)
    assert not is_in(fresh)


def test_signing_up_with_a_known_address_looks_as_with_a_new_one(alice, organization, mailoutbox):
    answers = [
        Client().post(reverse("account_signup"), {"email": email, "password1": PASSWORD}, follow=True)
        for email in (alice.email, "nobody@example.org")
    ]

    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert masked(answers[0]) == masked(answers[1])
    assert {mail.to[0] for mail in mailoutbox} == {alice.email, "nobody@example.org"}
    assert User.objects.filter(email=alice.email).get().check_password(PASSWORD)


def test_a_reset_for_an_unknown_address_looks_as_for_a_known_one(alice, organization):
    answers = [
        Client().post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in (alice.email, "nobody@example.org")
    ]

    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert masked(answers[0]) == masked(answers[1])


def test_a_wrong_password_looks_as_an_unknown_address(alice, organization):
    answers = [sign_in(Client(), email, "wrong") for email in (alice.email, "nobody@example.org")]

    assert answers[0].status_code == answers[1].status_code == 200
    assert masked(answers[0]) == masked(answers[1])


@pytest.mark.parametrize(
    "email", ["alıce@example.org", "alice@examplе.org", "ALICE@EXAMPLE.ORG.", "alice@exam\u00adple.org"]
)
def test_an_address_that_looks_alike_resets_nobody_elses_password(alice, organization, mailoutbox, email):
    Client().post(reverse("account_reset_password"), {"email": email})

    for mail in mailoutbox:
        assert "/password/reset/key/" not in mail.body
        assert mail.to != [alice.email]


def test_a_thousand_attempts_try_five_passwords(alice, organization, monkeypatch):
    tried = []
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda user, raw: tried.append(raw) or check(user, raw))

    for number in range(1000):
        # Each from another address, as a botnet would.
        sign_in(Client(REMOTE_ADDR=f"198.51.{number // 250}.{number % 250 + 1}"), alice.email, f"guess {number}")

    assert len(tried) == 5
    blocked = Client(REMOTE_ADDR="203.0.113.5")
    sign_in(blocked, alice.email)
    assert not is_in(blocked)


def test_one_address_tries_at_most_ten_people_a_minute(db, monkeypatch):
    people = [person(f"p{number}@example.org") for number in range(15)]
    tried = []
    monkeypatch.setattr(User, "check_password", lambda user, raw: tried.append(user.email) is not None)

    for one in people:
        sign_in(Client(REMOTE_ADDR="198.51.100.1"), one.email, "Winter2026!")

    assert len(tried) == 10


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_limits_are_never_passed_by_attempts_at_once(rf):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which hides a race. Set DATABASE_URL=postgres://…")
    request = rf.post("/")

    def attempt() -> bool:
        return bool(ratelimit.consume(request, action="login_failed", key="alice@example.org"))

    allowed = sum(outcome is True for outcome in at_once(attempt, 12))
    # One that waits too long for its turn is refused: never more than the limit.
    assert allowed <= 5
    assert allowed + sum(attempt() for _ in range(5)) == 5


def test_proxies_that_nobody_trusts_do_not_lift_the_limit(alice, organization, monkeypatch):
    tried = []
    monkeypatch.setattr(User, "check_password", lambda user, raw: tried.append(raw) is not None)
    people = [person(f"p{number}@example.org") for number in range(15)]

    for number, one in enumerate(people):
        sign_in(Client(REMOTE_ADDR="198.51.100.1", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}"), one.email, "wrong")

    assert len(tried) == 10


def test_a_second_step_is_asked_for_once_it_is_switched_on(browser, alice, organization):
    sign_in(browser, alice.email)
    secret = _switch_totp_on(browser)
    assert Authenticator.objects.filter(user=alice, type="recovery_codes").exists()

    fresh = Client()
    response = sign_in(fresh, alice.email)
    assert response["Location"] == reverse("mfa_authenticate")
    assert not is_in(fresh)

    fresh.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_in(fresh)
    cache.clear()  # a code is good once: this one is asked for in the same half minute
    fresh.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert is_in(fresh)


def test_a_recovery_code_works_once(browser, alice, organization):
    sign_in(browser, alice.email)
    _switch_totp_on(browser)
    code = Authenticator.objects.get(user=alice, type="recovery_codes").wrap().get_unused_codes()[0]

    for expected in (True, False):
        fresh = Client()
        sign_in(fresh, alice.email)
        fresh.post(reverse("mfa_authenticate"), {"code": code})
        assert is_in(fresh) == expected


def test_changing_the_second_step_asks_for_the_password_again(browser, alice, organization):
    browser.force_login(alice)

    response = browser.get(reverse("mfa_activate_totp"))

    assert response["Location"].startswith(reverse("account_reauthenticate"))


@pytest.mark.parametrize("name", ["mfa_index", "usersessions_list", "account_login"])
def test_pages_of_the_second_step_hold_no_inline_script(browser, alice, organization, name):
    if name != "account_login":
        sign_in(browser, alice.email)

    page = browser.get(reverse(name))

    assert page.status_code == 200
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", page.text, re.DOTALL):
        assert "src=" in attributes or "application/json" in attributes, content[:80]


def test_sign_ins_and_changes_of_password_stand_in_the_log_of_each_organization(browser, alice, organization):
    second = organizations.create(alice, name="Second")
    sign_in(Client(REMOTE_ADDR="198.51.100.3"), alice.email, "wrong")
    sign_in(browser, alice.email)
    browser.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )

    for one in (organization, second):
        events = one.audit_events.filter(action__startswith="person.").order_by("id")
        assert [event.action for event in events] == [
            "person.sign_in_failed",
            "person.signed_in",
            "person.password_changed",
        ]
        assert events[0].address == "198.51.100.3"
    assert not any(PASSWORD in str(row) or NEW_PASSWORD in str(row) for row in AuditEvent.objects.values())


def _switch_totp_on(browser: Client) -> str:
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = browser.get(reverse("mfa_activate_totp"))
    secret = parse_qs(urlsplit(page.context["totp_url"]).query)["secret"][0]
    browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    return secret
