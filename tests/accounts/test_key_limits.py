"""What narrows an API key, and what ends it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts import api_keys, key_format, key_limits
from accounts.api_keys import InactiveApiKey, KeyCapReached
from accounts.audit import Actor
from accounts.errors import Forbidden, Invalid, NotFound
from accounts.key_limits import Limits
from accounts.models import ApiKey, KeyMonth, Scope
from tests.parallel import at_once

ALICE = Actor("alice@example.org", "192.0.2.1")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def limited(organization, **limits) -> tuple[ApiKey, str]:
    return api_keys.create(organization, name="limited", created_by=None, limits=Limits(**limits))


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"scopes": ()}, "scopes"),
        ({"scopes": ("parse", "everything")}, "scopes"),
        ({"scopes": ("parse", "sheets:read"), "sheet_key": "itm_1"}, "scopes"),
        ({"networks": ("10.0.0.0/33",)}, "networks"),
        ({"networks": ("nonsense",)}, "networks"),
        ({"networks": ("10.0.0.1/8",)}, "networks"),
        ({"networks": tuple(f"10.0.0.{n}" for n in range(51))}, "networks"),
        ({"monthly_cap": 0}, "monthly_cap"),
        ({"monthly_cap": 2**31}, "monthly_cap"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expires_at"),
    ],
)
def test_limits_that_make_no_sense_are_refused(organization, limits, field):
    with pytest.raises(Invalid) as refused:
        limited(organization, **limits)

    assert refused.value.details["field"] == field
    assert not organization.keys.exists()


def test_a_network_with_a_slip_is_refused_with_a_proposal(organization):
    with pytest.raises(Invalid, match=r"Did you mean 10\.0\.0\.0/8\?"):
        limited(organization, networks=("10.0.0.1/8",))


@pytest.mark.parametrize(
    ("networks", "address", "is_let_in"),
    [
        ((), "203.0.113.7", True),
        (("203.0.113.7",), "203.0.113.7", True),
        (("203.0.113.7",), "203.0.113.8", False),
        (("203.0.113.0/24", "2001:db8::/32"), "203.0.113.255", True),
        (("203.0.113.0/24", "2001:db8::/32"), "2001:db8::1", True),
        (("203.0.113.0/24",), "2001:db8::1", False),
        (("0.0.0.0/0",), "2001:db8::1", False),
    ],
)
def test_a_key_is_good_for_its_networks_only(organization, networks, address, is_let_in):
    key, _ = limited(organization, networks=networks)

    if is_let_in:
        key_limits.demand_address(key, address)
    else:
        with pytest.raises(Forbidden, match=address):
            key_limits.demand_address(key, address)


@pytest.mark.parametrize("missing", Scope.values)
def test_each_scope_is_asked_for_by_itself(organization, missing):
    key, _ = limited(organization, scopes=tuple(scope for scope in Scope.values if scope != missing))

    key_limits.demand_scopes(key, *(scope for scope in Scope.values if scope != missing))
    with pytest.raises(Forbidden, match=missing):
        key_limits.demand_scopes(key, missing)


def test_a_key_expires_at_the_second(organization):
    with time_machine.travel(NOON, tick=False) as clock:
        _, secret = limited(organization, expires_at=NOON + timedelta(hours=1))
        clock.shift(timedelta(seconds=3599))
        assert api_keys.find(secret)

        clock.shift(timedelta(seconds=1))
        with pytest.raises(InactiveApiKey, match="expired"):
            api_keys.find(secret)


def test_a_key_of_an_organization_about_to_be_deleted_rests(organization, api_key):
    organization.deletion_due_at = timezone.now() + timedelta(days=14)
    organization.save()

    with pytest.raises(InactiveApiKey, match="about to be deleted"):
        api_keys.find(api_key)


def test_use_is_counted_by_the_month(organization):
    with time_machine.travel(datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), tick=False) as clock:
        key, _ = limited(organization, monthly_cap=2)
        api_keys.count_use(key, "192.0.2.1")
        api_keys.count_use(key, "192.0.2.1")
        with pytest.raises(KeyCapReached) as refused:
            api_keys.count_use(key, "192.0.2.1")
        assert (refused.value.seconds, refused.value.retry_after_seconds) == (30 * 86_400, 1)

        clock.shift(timedelta(seconds=1))
        api_keys.count_use(key, "192.0.2.1")

    assert dict(KeyMonth.objects.values_list("month", "requests")) == {"2026-11": 2, "2026-12": 1}


def test_the_last_use_remembers_the_address(organization, api_key):
    api_keys.count_use(api_keys.find(api_key), "2001:db8::7")

    assert organization.keys.get().last_used_address == "2001:db8::7"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_monthly_cap_is_exact_however_many_ask_at_once(organization):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which hides a race. Set DATABASE_URL=postgres://…")
    key, _ = limited(organization, monthly_cap=60)

    outcomes = at_once(lambda: [_outcome(key) for _ in range(4)], 20)

    assert sum(outcome.count("passed") for outcome in outcomes) == 60
    assert organization.keys.get().months.get().requests == 60


def _outcome(key: ApiKey) -> str:
    try:
        api_keys.count_use(key, "192.0.2.1")
    except KeyCapReached:
        return "refused"
    return "passed"


def test_checking_a_key_takes_one_query_by_an_index(organization, api_key, django_assert_num_queries):
    with django_assert_num_queries(1) as queries:
        key = api_keys.find(api_key)
        key_limits.demand_address(key, "192.0.2.1")
        key_limits.demand_scopes(key, "parse")
        assert key.organization.name

    explained = ApiKey.objects.filter(digest=key_format.digest(api_key)).explain()
    assert "digest" in explained
    assert ("USING INDEX" in explained) or ("Index Scan" in explained) or connection.vendor == "postgresql"
    assert "accounts_organization" in queries.captured_queries[0]["sql"]


def test_a_rolled_key_and_its_successor_work_side_by_side_for_the_overlap(organization):
    with time_machine.travel(NOON, tick=False) as clock:
        old, old_secret = limited(organization, scopes=("parse",), monthly_cap=7, networks=("10.0.0.0/8",))
        new, new_secret = api_keys.roll(organization, old.public_id, overlap=timedelta(hours=24), by=ALICE)
        clock.shift(timedelta(hours=23, minutes=59))
        assert {api_keys.find(old_secret), api_keys.find(new_secret)} == {old, new}

        clock.shift(timedelta(minutes=1))
        with pytest.raises(InactiveApiKey):
            api_keys.find(old_secret)

    assert Limits.of(api_keys.find(new_secret)) == Limits(scopes=("parse",), monthly_cap=7, networks=("10.0.0.0/8",))


def test_a_key_is_rolled_once(organization, api_key):
    public_id = organization.keys.get().public_id
    api_keys.roll(organization, public_id, overlap=timedelta(hours=1), by=ALICE)

    with pytest.raises(InactiveApiKey):
        api_keys.roll(organization, public_id, overlap=timedelta(hours=1), by=ALICE)

    assert organization.keys.count() == 2


def test_rolling_never_lengthens_the_life_of_a_key(organization):
    end = timezone.now() + timedelta(hours=1)
    old, _ = limited(organization, expires_at=end)

    api_keys.roll(organization, old.public_id, overlap=timedelta(days=7), by=ALICE)

    assert organization.keys.get(id=old.id).expires_at == end


@pytest.mark.parametrize("overlap", [timedelta(days=31), timedelta(seconds=-1)])
def test_an_overlap_has_a_limit(organization, api_key, overlap):
    with pytest.raises(Invalid):
        api_keys.roll(organization, organization.keys.get().public_id, overlap=overlap, by=ALICE)


def test_a_stranger_changes_and_rolls_no_key(organization, charlie, api_key):
    theirs, public_id = charlie.organizations.get(), organization.keys.get().public_id

    with pytest.raises(NotFound):
        api_keys.roll(theirs, public_id, overlap=timedelta(0), by=ALICE)
    with pytest.raises(NotFound):
        api_keys.change(theirs, public_id, name="mine", limits=Limits(), by=ALICE)

    assert api_keys.find(api_key).name == "tests"


def test_a_revoked_key_cannot_be_changed(organization, api_key):
    public_id = organization.keys.get().public_id
    api_keys.revoke(organization, public_id)

    with pytest.raises(InactiveApiKey):
        api_keys.change(organization, public_id, name="again", limits=Limits(), by=ALICE)


def test_a_found_key_is_revoked_wherever_it_stands_in_the_text(organization, charlie, api_key):
    other = api_keys.create(charlie.organizations.get(), name="theirs", created_by=charlie)[1]
    untouched = api_keys.create(organization, name="untouched", created_by=None)[1]

    revoked = api_keys.revoke_found(f"export KEY='{api_key}' # or {other}?\n{api_key}", address="198.51.100.1")

    assert {key.name for key in revoked} == {"tests", "theirs"}
    for secret in (api_key, other):
        with pytest.raises(InactiveApiKey):
            api_keys.find(secret)
    assert api_keys.find(untouched)
    assert api_keys.revoke_found(api_key, address="198.51.100.1") == []


def test_our_keys_are_told_from_text_that_looks_like_them():
    secrets = [key_format.generate() for _ in range(1000)]
    mutated = [secret[:-7] + ("a" if secret[-7] != "a" else "b") + secret[-6:] for secret in secrets]

    assert key_format.found_in(" ".join(secrets)) == secrets
    assert key_format.found_in(" ".join(mutated)) == []


def test_hints_name_what_an_owner_should_look_at(organization):
    with time_machine.travel(NOON, tick=False):
        fresh, _ = limited(organization)
        fleeting, _ = limited(organization, expires_at=NOON + timedelta(days=6))
    later = NOON + timedelta(days=31)

    assert api_keys.hints(fresh, now=NOON) == ["never_used", "no_expiry"]
    assert api_keys.hints(fleeting, now=NOON) == ["never_used", "expires_soon"]
    assert api_keys.hints(fleeting, now=later) == []
    fresh.last_used_at = NOON + timedelta(minutes=1)
    assert api_keys.hints(fresh, now=later) == ["idle", "no_expiry"]
    assert api_keys.hints(fresh, now=NOON + timedelta(days=2)) == ["no_expiry"]
