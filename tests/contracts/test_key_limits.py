"""A key's limits hold at the doors of both API families, each in its own words."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.key_limits import Limits
from accounts.models import KeyMonth
from tests.contracts.workspace.conftest import envelope, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def limited(organization):
    return lambda **limits: api_keys.create(organization, name="l", created_by=None, limits=Limits(**limits))[1]


def parse(key: str, **options):
    return Client(**options).post("/parse/image", {"language": "eng"}, headers={"apikey": key})


def fields(key: str, **options):
    headers = {"Authorization": f"Bearer {key}"}
    return Client(**options).post("/ocr/fields", {}, content_type="application/json", headers=headers)


def words(response) -> str:
    assert (response.status_code, response["Content-Type"]) == (403, "application/json")
    return json.loads(response.content)


def lacking(scope: str) -> str:
    return f"The API key lacks the scope '{scope}'. Give it that scope on the page of keys, or use another key."


def test_a_key_without_the_scope_is_refused_by_the_parse_api(limited):
    assert words(parse(limited(scopes=("fields", "usage")))) == lacking("parse")


def test_a_key_without_the_scope_is_refused_by_the_workspace_api(limited):
    body = envelope("forbidden", lacking("fields"), scope="fields")

    assert refused(fields(limited(scopes=("parse", "usage")))) == (403, body)


def test_a_key_with_the_scope_is_let_in(limited):
    assert parse(limited(scopes=("parse",))).json()["OCRExitCode"] == 99
    assert fields(limited(scopes=("fields",))).status_code == 400


def test_a_key_may_be_barred_from_web_addresses(limited):
    key = limited(scopes=("parse",))

    for refusal in (
        Client().get("/parse/imageurl", {"apikey": key, "url": "http://x"}),
        Client().get("/parse/imageurl", {"APIKEY": f" {key} ", "url": "http://x"}),
        Client().post(f"/parse/image?apikey={key}", {"language": "eng"}),
        Client().post(f"/parse/image?other={key}", {"language": "eng"}, headers={"apikey": key}),
    ):
        assert words(refusal) == lacking("query")
    assert Client().get("/parse/imageurl", {"apikey": limited(scopes=("parse", "query"))}).status_code == 200


def test_a_caller_from_elsewhere_is_refused(limited):
    key = limited(networks=("203.0.113.0/24",))
    told = "The API key may not be used from the address 198.51.100.9. Add it on the page of keys."

    assert words(parse(key, REMOTE_ADDR="198.51.100.9")) == told
    assert refused(fields(key, REMOTE_ADDR="198.51.100.9")) == (403, envelope("forbidden", told))
    assert parse(key, REMOTE_ADDR="203.0.113.77").status_code == 200


def test_nobody_pretends_another_address(limited):
    key = limited(networks=("203.0.113.0/24",))

    response = Client(REMOTE_ADDR="198.51.100.9").post(
        "/parse/image", headers={"apikey": key, "X-Forwarded-For": "203.0.113.7"}
    )

    assert "198.51.100.9" in words(response)


def test_the_keys_own_cap_is_told_by_both(limited, settings):
    parse_key, fields_key = limited(monthly_cap=1), limited(monthly_cap=1)
    parse(parse_key), fields(fields_key)

    refusal = parse(parse_key)
    assert words(refusal).startswith("You may only perform this action upto maximum 1 number of times within ")
    assert int(refusal["Retry-After"]) > 0
    status, body = refused(fields(fields_key))
    assert (status, body["error"]["code"], body["details"]) == (403, "forbidden", {"limit": 1})
    assert set(KeyMonth.objects.values_list("requests", flat=True)) == {1}


@pytest.mark.parametrize("end", ["expired", "revoked", "closed"])
def test_a_dead_key_is_refused_from_the_next_request_on(limited, organization, end):
    key = limited()
    assert fields(key).status_code == 400

    if end == "expired":
        organization.keys.update(expires_at=timezone.now())
    elif end == "revoked":
        api_keys.revoke(organization, organization.keys.get().public_id)
    else:
        type(organization).objects.update(deletion_due_at=timezone.now() + timedelta(days=1))

    assert words(parse(key)) == "The API key is invalid"
    assert refused(fields(key))[1]["error"]["code"] == "key_inactive"


def test_a_refused_request_is_not_counted(limited):
    parse(limited(scopes=("fields",)))

    assert not KeyMonth.objects.exists()
