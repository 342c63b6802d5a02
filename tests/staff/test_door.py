"""Who enters the staff pages, and what a browser may do there."""

import re
import subprocess
import sys

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from frontend.staff.site import site
from frontend.staff.urls import urlpatterns
from tests.conftest import PASSWORD
from tests.staff.conftest import code, sign_in
from tests.test_architecture import ROOT

pytestmark = pytest.mark.django_db
HOME = "/staff/accounts/organization/"
LISTS = [f"/staff/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]


def test_a_visitor_is_asked_to_sign_in():
    for address in ("/staff/", HOME, "/staff/search/", "/staff/plans/"):
        assert Client().get(address)["Location"].startswith("/accounts/login/?next=/staff/")


@pytest.mark.parametrize("address", ["/staff/", HOME, "/staff/plans/", "/staff/login/", "/staff/jsi18n/", "/staff/x"])
def test_for_whoever_is_no_staff_there_is_no_door(signed_in, address):
    assert signed_in.get(address).status_code == 404
    assert signed_in.post(address).status_code == 404


def test_staff_without_a_second_step_are_told_to_set_one_up(sam):
    Authenticator.objects.all().delete()
    browser = Client()
    sign_in(browser, sam.email, with_code=False)

    page = browser.get(HOME)

    assert page.status_code == 403
    assert reverse("mfa_index") in page.text


def test_recovery_codes_alone_are_no_second_step(sam):
    Authenticator.objects.filter(user=sam).update(type="recovery_codes", data={"seed": "x", "used_mask": 0})
    browser = Client()
    browser.force_login(sam)

    assert browser.get(HOME).status_code == 403


def test_a_session_without_the_second_step_is_asked_for_it_once(sam, organization):
    browser = Client()
    browser.force_login(sam)
    asked = browser.get(HOME)
    assert asked["Location"] == f"{reverse('mfa_reauthenticate')}?next=%2Fstaff%2Faccounts%2Forganization%2F"

    back = browser.post(asked["Location"], {"code": code(), "next": HOME})

    assert back["Location"] == HOME
    assert browser.get(HOME).status_code == 200


def test_staff_sign_in_by_both_steps(staff):
    assert staff.get("/staff/", follow=True).status_code == 200


def test_staff_no_longer_are_out_with_the_next_request(staff, sam):
    call_command("make_staff", sam.email, end=True)

    assert staff.get(HOME).status_code == 404


def test_a_closed_account_is_out_with_the_next_request(staff, sam):
    type(sam).objects.update(is_active=False)

    assert staff.get(HOME).status_code in (302, 404)


def test_nobody_becomes_staff_without_an_account(db):
    with pytest.raises(CommandError, match="Sign up"):
        call_command("make_staff", "nobody@example.org")


def test_the_admins_own_sign_in_is_not_there(staff, sam):
    """Its limits of attempts are allauth's: no second door beside them."""
    answer = Client().post("/staff/login/", {"username": sam.email, "password": PASSWORD})

    assert answer["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in Client().session
    names = {getattr(route, "name", "") for route in urlpatterns}
    assert names & {"password_change", "view_on_site", "autocomplete"} == set()


@pytest.mark.parametrize("address", [*LISTS, "/staff/plans/"])
def test_a_page_takes_no_inline_script_and_nothing_from_elsewhere(staff, organization, address):
    page = staff.get(address)

    policy = dict(
        part.strip().split(" ", 1) for part in page["Content-Security-Policy"].split(";") if " " in part.strip()
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert policy["form-action"].split()[0] == policy["font-src"] == "'self'"
    assert page["Cache-Control"].count("no-store") == 1
    for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", page.text, re.DOTALL):
        assert "src=" in attributes or "application/json" in attributes, content[:80]
    assert not re.search(r"\son(click|load|change|submit)=", page.text)
    assert not re.search(r"(src|href)=[\"'](https?:)?//(?!testserver)", page.text)


def test_other_pages_keep_the_strict_policy(staff):
    assert "unsafe" not in staff.get("/dashboard")["Content-Security-Policy"]


def test_the_books_open_by_the_same_door(staff):
    assert "ledger and meter agree" in staff.get(reverse("meter")).text


def test_a_forged_form_changes_nothing(staff, sam, organization):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = staff.cookies

    for name in ("organization_plan", "organization_suspend", "organization_resume"):
        assert careful.post(reverse(f"admin:{name}", args=[organization.id]), {"choice": "pro"}).status_code == 403


def test_the_service_starts_without_loading_the_staff_pages():
    """django-unfold alone takes longer to import than all pages together."""
    program = (
        "import django, sys; django.setup()\n"
        "from django.urls import get_resolver, reverse\n"
        "get_resolver().url_patterns; assert reverse('dashboard') == '/dashboard'\n"
        "assert not [name for name in sys.modules if name.startswith('unfold.')], 'loaded'\n"
        "assert reverse('admin:plans') == '/staff/plans/'"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "SPOCR_DATA_DIR": str(django_settings.DATA_DIR)}

    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, timeout=60)


@pytest.mark.parametrize(
    ("given", "is_fine"), [("operator/desk", True), ("/x/", True), ("a b", False), ("../x", False)]
)
def test_the_address_is_the_operators_choice(given, is_fine):
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SPOCR_DATA_DIR": str(django_settings.DATA_DIR),
        "SPOCR_ADMIN_PATH": given,
    }
    program = "import django; django.setup(); from django.urls import reverse; print(reverse('admin:plans'))"

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert done.stdout.strip() == (f"/{given.strip('/')}/plans/" if is_fine else "")
    assert is_fine or "SPOCR_ADMIN_PATH" in done.stderr


def test_a_member_of_staff_sees_only_their_own_organization_on_other_pages(staff, organization):
    assert organization.name not in staff.get("/dashboard", follow=True).text
