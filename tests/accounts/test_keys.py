"""API keys: what one looks like, what is kept of it, who is let in with it."""

import hashlib
import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from django.utils import timezone

from accounts import api_keys, key_format, tenancy
from accounts.errors import Invalid, NotFound
from accounts.key_limits import Limits
from accounts.models import ApiKey
from ocr.api.authentication import key_of

# Digits, capitals, small letters; the last six of a key are CRC32 of the 30 before.
KNOWN_GOOD = "spocr_000000000000000000000000000000" + "2C8GjS"
WRONG = [
    "",
    "spocr_",
    "spocr_short",
    "sk_live_000000000000000000000000000000000000",
    KNOWN_GOOD[:-1],
    KNOWN_GOOD + "0",
    KNOWN_GOOD.replace("spocr_", "SPOCR_"),
    "spocr_" + "ü" * 36,
    "spocr_" + "\x00" * 36,
]


def typos(secret: str) -> list[str]:
    """The key with each of its characters mistyped, and with each pair of neighbours swapped."""
    changed = [secret[:at] + ("y" if secret[at] == "x" else "x") + secret[at + 1 :] for at in range(6, 42)]
    swapped = [secret[:at] + secret[at + 1] + secret[at] + secret[at + 2 :] for at in range(6, 41)]
    return [typo for typo in changed + swapped if typo != secret]


def test_a_key_is_a_prefix_thirty_random_characters_and_a_checksum(organization, alice):
    secrets = {api_keys.create(organization, name="one", created_by=alice)[1] for _ in range(20)}

    assert len(secrets) == 20
    assert all(re.fullmatch(r"spocr_[0-9A-Za-z]{36}", secret) for secret in secrets)
    assert key_format.is_well_formed(KNOWN_GOOD)


def test_a_key_opens_its_own_organization(organization, charlie, api_key):
    key = api_keys.find(api_key)

    assert key.organization == organization
    assert key.name == "tests"


def test_every_typo_is_refused_without_a_query(api_key, django_assert_num_queries):
    with django_assert_num_queries(0):
        for typo in [*typos(api_key), *WRONG]:
            with pytest.raises(api_keys.InvalidApiKey):
                api_keys.find(typo)


def test_a_well_formed_key_that_nobody_made_is_refused(db):
    with pytest.raises(api_keys.InvalidApiKey):
        api_keys.find(KNOWN_GOOD)


def test_only_the_hash_of_a_key_is_kept(organization, api_key):
    kept = ApiKey.objects.values().get()

    assert kept["digest"] == hashlib.sha256(api_key.encode()).hexdigest()
    assert kept["hint"] == f"{api_key[:10]}…{api_key[-4:]}"
    assert not any(api_key[10:-4] in str(value) for value in kept.values())


def test_a_revoked_key_is_refused(organization, api_key):
    key = api_keys.find(api_key)

    api_keys.revoke(organization, key.public_id)

    with pytest.raises(api_keys.InactiveApiKey):
        api_keys.find(api_key)


def test_revoking_twice_keeps_the_first_time(organization, api_key):
    public_id = api_keys.find(api_key).public_id
    first = api_keys.revoke(organization, public_id).revoked_at

    assert api_keys.revoke(organization, public_id).revoked_at == first


def test_a_stranger_cannot_revoke_a_key(charlie, api_key):
    key = api_keys.find(api_key)

    with pytest.raises(NotFound):
        api_keys.revoke(charlie.organizations.get(), key.public_id)

    assert api_keys.find(api_key) == key


def test_the_last_use_is_written_at_most_once_a_minute(organization, api_key, django_assert_num_queries):
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    with time_machine.travel(noon, tick=False) as clock:
        api_keys.note_use(api_keys.find(api_key))
        clock.shift(timedelta(seconds=59))
        with django_assert_num_queries(1):
            api_keys.note_use(api_keys.find(api_key))
        assert api_keys.find(api_key).last_used_at == noon

        clock.shift(timedelta(seconds=2))
        api_keys.note_use(api_keys.find(api_key))
        assert api_keys.find(api_key).last_used_at == noon + timedelta(seconds=61)


@pytest.mark.parametrize("name", ["", "   ", "\n", "n" * 101])
def test_a_key_needs_a_name_that_fits(organization, alice, name):
    with pytest.raises(Invalid):
        api_keys.create(organization, name=name, created_by=alice)


def test_white_space_around_a_name_is_dropped(organization, alice):
    key, _ = api_keys.create(organization, name="  till \n 3 ", created_by=alice)

    assert key.name == "till 3"


def test_a_key_outlives_the_person_who_made_it(organization, bob):
    _, secret = api_keys.create(organization, name="bob's", created_by=bob)

    bob.delete()

    assert api_keys.find(secret).organization == organization


def test_a_request_costs_one_query_for_its_key_and_one_to_count_it(api_key, rf):
    request = rf.get("/ocr/fields")
    request.resolver_match = resolve("/ocr/fields")
    key_of(api_key, request)  # the minute's note of its use is written
    tenancy.leave()  # as at a request's end

    with CaptureQueriesContext(connection) as queries:
        key = key_of(api_key, request)
        assert key.organization.name == "Alice's Books"

    statements = [query["sql"].split()[0] for query in queries]
    assert [verb for verb in statements if verb in ("SELECT", "INSERT", "UPDATE")] == ["SELECT", "INSERT"]


def test_a_key_is_found_by_an_index(api_key):
    plan = ApiKey.objects.filter(digest="x").explain()

    assert re.search(r"USING INDEX|Index Scan|Seq Scan", plan)
    assert connection.vendor != "sqlite" or "USING INDEX" in plan


def test_a_key_found_quickly_is_the_same_as_one_that_django_loads(organization, alice):
    limits = Limits(scopes=("parse",), networks=("10.0.0.0/8",), monthly_cap=7)
    key, secret = api_keys.create(organization, name="x", created_by=alice, limits=limits)

    found, known = api_keys.find(secret), ApiKey.objects.select_related("organization").get(id=key.id)

    for one, other in ((found, known), (found.organization, known.organization)):
        values = {name: value for name, value in vars(one).items() if name != "_state"}
        assert values == {name: value for name, value in vars(other).items() if name != "_state"}
        assert (one._state.adding, one._state.db) == (other._state.adding, other._state.db)
