import pytest
from django.core.management import CommandError, call_command

from accounts import api_keys
from accounts.models import Organization, User

pytestmark = pytest.mark.django_db


def test_a_new_person_gets_an_account_an_organization_and_a_key(capsys):
    call_command("issue_key", "Dora@Example.org", "--plan", "pro")

    key = api_keys.find(capsys.readouterr().out.splitlines()[-1])
    assert key.organization.plan == "pro"
    assert key.organization.memberships.get().user.email == "dora@example.org"


def test_the_key_is_the_only_line_of_standard_output(capsys):
    call_command("issue_key", "dora@example.org")

    assert capsys.readouterr().out.strip().count("\n") == 0


def test_a_known_person_gets_another_key_of_the_same_organization(capsys, alice, organization):
    call_command("issue_key", "alice@example.org")

    assert api_keys.find(capsys.readouterr().out.strip()).organization == organization
    assert (User.objects.count(), Organization.objects.count()) == (1, 1)


def test_a_plan_stays_when_none_is_named(capsys, organization):
    call_command("issue_key", "alice@example.org", "--plan", "starter")
    call_command("issue_key", "alice@example.org")

    organization.refresh_from_db()
    assert organization.plan == "starter"


def test_an_unknown_plan_is_refused_with_the_plans_there_are_and_nothing_is_made(capsys):
    with pytest.raises(CommandError, match="Choose one of: free, starter"):
        call_command("issue_key", "dora@example.org", "--plan", "gold")

    assert not User.objects.exists()


def test_what_is_no_address_is_refused(capsys):
    with pytest.raises(CommandError, match="is not an e-mail address"):
        call_command("issue_key", "dora")
