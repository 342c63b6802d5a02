"""What nobody should be able to say: fields that a form does not have, and what an error must not tell."""

import subprocess
import sys

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Membership, Organization, User
from billing import subscriptions
from billing.models import BillingAccount, UsageCounter, UsageRecord
from tests.test_architecture import ROOT
from tests.test_isolation import FOREIGN, IS_API, OURS

pytestmark = pytest.mark.django_db
# What each of these pages is for.
MEANT = {
    "organization_new": "makes another organization, of the person's own",
    "organization_close": "sets deletion_due_at, after the name was typed",
}
PAGES = [name for name in OURS if name in FOREIGN and not FOREIGN[name] and name not in MEANT]


def every_column() -> dict[str, str]:
    """The name of each column of ours with a value that would be a gain."""
    names = {field.name for model in apps.get_models() for field in model._meta.concrete_fields}
    gains = dict.fromkeys(names, "1")
    gains |= {"role": "owner", "plan": "enterprise", "is_staff": "on", "is_superuser": "on", "status": "active"}
    return gains | {"name": "Alice's Books", "keep_logs_days": "", "organization": "1", "scopes": "parse"}


def rights() -> list[object]:
    """What must not move."""
    columns = "id", "public_id", "plan", "suspended_at", "deletion_due_at"
    return [
        list(Organization.objects.order_by("id").values(*columns)),
        list(Membership.objects.order_by("id").values("id", "organization", "user", "role")),
        list(User.objects.order_by("id").values("id", "email", "is_staff", "is_superuser", "is_active")),
        list(
            BillingAccount.objects.order_by("id").values("organization", "customer_id", "status", "plan", "cap_amount")
        ),
        list(UsageCounter.objects.order_by("id").values("holder", "used", "included_used")),
        list(UsageRecord.objects.filter(status="settled").values("id")),
        AuditEvent.objects.exclude(organization__memberships__user__email="alice@example.org").count(),
    ]


@pytest.mark.parametrize("name", PAGES)
def test_fields_that_a_form_does_not_have_change_no_right(organization, alice, charlie, api_key, name):
    subscriptions.account_for(organization)
    before = rights()
    options: dict = {"headers": {"Authorization": f"Bearer {api_key}"}} if name in IS_API else {}
    browser = Client(raise_request_exception=False, **options)
    if name not in IS_API:
        browser.force_login(alice)

    kind = {"content_type": "application/json"} if name in IS_API and name != "parse-image" else {}
    answers = [browser.post(reverse(name), every_column(), **kind), browser.get(reverse(name), every_column())]

    assert all(answer.status_code < 500 for answer in answers)
    assert all(list(answer.streaming_content) for answer in answers if answer.streaming)  # a file is closed at its end
    assert rights() == before


@pytest.mark.parametrize("address", ["/dashboard", "/healthz", "/accounts/login/"])
def test_an_error_tells_the_requests_id_and_nothing_else(signed_in, monkeypatch, address):
    def broken(*_, **__):
        raise RuntimeError("password=hunter2 at /srv/secret/path.py")

    monkeypatch.setattr("django.core.handlers.base.BaseHandler.resolve_request", broken)
    signed_in.raise_request_exception = False

    page = signed_in.get(address)

    assert page.status_code == 500
    for told in ("hunter2", "RuntimeError", "Traceback", "path.py", "site-packages"):
        assert told not in page.text


def test_behind_https_cookies_are_bound_to_this_host_and_never_sent_in_the_clear():
    program = (
        "import django; django.setup(); from django.conf import settings as s\n"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH, s.SECURE_HSTS_SECONDS > 0)"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SPOCR_DATA_DIR": str(django_settings.DATA_DIR),
        "SPOCR_SITE_URL": "https://ocr.example.com",
    }

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)

    # `__Host-`: browsers take it only with Secure, path / and without a domain.
    assert done.stdout.split() == ["__Host-sessionid", "__Host-csrftoken", *["True"] * 3, "None", "/", "True"]
