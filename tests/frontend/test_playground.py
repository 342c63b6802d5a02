"""The playground: a form for every endpoint, a key for an hour, and the same call as code."""

import json
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts import api_keys
from accounts.models import Scope
from ocr.api.endpoints import all_endpoints

UPLOADING = "post-parse-image"


def samples(browser: Client, **asked) -> str:
    return unescape(browser.post("/playground/samples", json.dumps(asked), content_type="application/json").text)


@pytest.mark.parametrize("endpoint", all_endpoints(), ids=lambda endpoint: endpoint.slug)
def test_every_endpoint_has_its_form(signed_in, endpoint):
    page = unescape(signed_in.get("/playground", {"endpoint": endpoint.slug}).text)

    assert f'data-path="{endpoint.path}"' in page
    if endpoint.body == "json":
        assert json.dumps(endpoint.example, indent=2, ensure_ascii=False) in page
    else:
        for parameter in endpoint.parameters:
            assert f'name="{parameter.name}"' in page
    assert all(language in page for language in ("curl", "Python", "JavaScript"))


def test_parts_of_a_path_are_fields(signed_in):
    page = signed_in.get("/playground?endpoint=get-jobs-jobid").text

    assert 'name="jobId"' in page


def test_an_unknown_endpoint_is_told(signed_in):
    assert signed_in.get("/playground?endpoint=nonsense").status_code == 404


def test_a_key_for_an_hour_is_made_shown_once_and_ends(signed_in, organization):
    back = signed_in.post("/playground/key", {"endpoint": UPLOADING})["Location"]

    first, second = signed_in.get(back), signed_in.get(back)
    (key,) = organization.keys.all()
    secret = first.text.partition('data-key="')[2].partition('"')[0]
    assert api_keys.find(secret) == key
    assert 'data-key=""' in second.text
    assert "no-store" in first["Cache-Control"]
    assert back == f"/playground?endpoint={UPLOADING}"
    assert Scope.QUERY not in key.scopes
    with (
        time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1), tick=False),
        pytest.raises(api_keys.InactiveApiKey),
    ):
        api_keys.find(secret)


def test_the_next_key_replaces_the_one_before(signed_in, organization, api_key):
    signed_in.post("/playground/key")
    signed_in.post("/playground/key")

    live = organization.keys.filter(revoked_at=None).values_list("name", flat=True)
    assert sorted(live) == ["Playground", "tests"]
    actions = organization.audit_events.filter(action__in=["key.created", "key.revoked"], details__name="Playground")
    assert actions.count() >= 2


def test_a_viewer_may_look_but_makes_no_key(client, bob, organization):
    organization.memberships.filter(user=bob).update(role="viewer")
    client.force_login(bob)

    assert "Make a key for one hour" not in client.get("/playground").text
    assert client.post("/playground/key").status_code == 403
    assert not organization.keys.exists()


def test_the_code_beside_is_the_call_that_the_form_makes(signed_in):
    shown = samples(
        signed_in, endpoint=UPLOADING, values={"OCREngine": "2", "isTable": "true"}, file_name="my receipt.png"
    )

    assert "curl -X POST http://127.0.0.1:8000/parse/image" in shown
    assert "-F OCREngine=2" in shown
    assert "-F isTable=true" in shown
    assert '"OCREngine": "2"' in shown
    assert "my receipt.png" in shown


def test_a_json_body_and_a_part_of_the_path_stand_in_the_code(signed_in):
    body = samples(signed_in, endpoint="post-ocr-text", body={"image": "https://example.org/a.png"})
    path = samples(signed_in, endpoint="get-jobs-jobid", values={"jobId": "job_1"})

    assert '{"image": "https://example.org/a.png"}' in body
    assert "/jobs/job_1" in path
    assert "job_1?" not in path


@pytest.mark.parametrize("content", [b"{", b"[" * 100_000, b"\xff", b""])
def test_what_is_no_json_is_refused(signed_in, content):
    response = signed_in.post("/playground/samples", content, content_type="application/json")

    assert response.status_code == 400


def test_markup_in_values_is_text(signed_in):
    response = signed_in.post(
        "/playground/samples",
        json.dumps({"endpoint": UPLOADING, "values": {"language": "<script>alert(1)</script>"}}),
        content_type="application/json",
    )

    assert "<script>" not in response.text
    assert "&lt;script&gt;" in response.text
