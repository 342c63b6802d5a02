"""`Idempotency-Key`: a repeated request does its work once and gets the first one's answer."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts import api_keys, organizations
from ocr.api import idempotency
from ocr.models import Job, KeptAnswer
from tests.contracts.workspace.conftest import encoded, envelope, refused
from tests.jobs import a_sheet, send

KEY = {"Idempotency-Key": "order-1"}
OTHER_BODY = envelope(
    "idempotency_conflict",
    "This Idempotency-Key was used for another request. Use a new key for each new request.",
)
TOTAL = [{"name": "total", "type": "money"}]


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def sheet(organization):
    return a_sheet(organization)


def test_a_repeated_upload_is_one_job_with_the_same_answer(api_key, sheet, charged):
    first = send(api_key, {"one.png": b"one"}, KEY, path="/Receipts")
    second = send(api_key, {"one.png": b"one"}, KEY, path="/Receipts")

    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert (first.get("X-Idempotent-Replay"), second["X-Idempotent-Replay"]) == (None, "true")
    assert Job.objects.count() == len(charged()) == 1


def test_a_repeated_reading_is_charged_once(post, receipt, charged):
    body = {"image": encoded(receipt), "imageType": "base64", "fields": TOTAL}
    first = post(body, headers=KEY)
    second = post(body, headers=KEY)

    assert first.status_code == 200
    assert (second.status_code, second.json()) == (200, first.json())
    assert second["X-Idempotent-Replay"] == "true"
    assert [entry[1] for entry in charged()] == ["settled"]


def test_a_repeated_creation_is_one_sheet(api_key, organization):
    def create(**headers: str):
        body = {"path": "/", "type": "sheet", "name": "Once", "columns": TOTAL}
        headers = {"Authorization": f"Bearer {api_key}", **headers}
        return Client().post("/create", body, content_type="application/json", headers=headers)

    first, second, without = create(**KEY), create(**KEY), create()

    assert (second.status_code, second.json()) == (first.status_code, first.json()) == (201, first.json())
    assert (first.get("X-Idempotent-Replay"), second["X-Idempotent-Replay"]) == (None, "true")
    assert without.status_code == 400  # the name is taken
    assert organization.items.count() == 1


@pytest.mark.parametrize(
    ("files", "fields"),
    [
        ({"one.png": b"two"}, {}),
        ({"other.png": b"one"}, {}),
        ({"one.png": b"one"}, {"wait": "false", "path": "/Other"}),
    ],
    ids=["bytes", "name", "path"],
)
def test_the_same_key_with_another_body_is_refused(api_key, organization, sheet, files, fields):
    a_sheet(organization, "Other")
    send(api_key, {"one.png": b"one"}, KEY, path="/Receipts")

    assert refused(send(api_key, files, KEY, **{"path": "/Receipts", **fields})) == (409, OTHER_BODY)
    assert Job.objects.count() == 1


def test_the_same_key_of_another_organization_is_another_request(api_key, sheet, charlie):
    shop = organizations.of(charlie)
    a_sheet(shop)
    key = api_keys.create(shop, name="tests", created_by=charlie)[1]

    statuses = [send(secret, {"one.png": b"one"}, KEY, path="/Receipts").status_code for secret in (api_key, key)]

    assert statuses == [202, 202]
    assert Job.objects.count() == 2


def test_an_answer_is_kept_for_a_day(api_key, sheet):
    send(api_key, {"one.png": b"one"}, KEY, path="/Receipts")

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=23, minutes=59)):
        idempotency.forget_old_answers()
        send(api_key, {"one.png": b"one"}, KEY, path="/Receipts")
        assert Job.objects.count() == 1
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=24, minutes=1)):
        send(api_key, {"one.png": b"one"}, KEY, path="/Receipts")
        assert Job.objects.count() == 2
        idempotency.forget_old_answers()
        assert KeptAnswer.objects.count() == 1


def test_a_refused_request_may_be_repeated_once_it_is_mended(api_key, organization):
    assert send(api_key, {"one.png": b"one"}, KEY, path="/Receipts").status_code == 404
    a_sheet(organization)

    assert send(api_key, {"one.png": b"one"}, KEY, path="/Receipts").status_code == 202


def test_a_repeat_while_the_first_still_runs_is_refused(api_key, organization, sheet, monkeypatch):
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.1)

    def act(ticket: idempotency.Ticket) -> idempotency.Answer:
        with pytest.raises(idempotency.StillRunning):
            idempotency.once(organization, "k", lambda: "print", lambda _: pytest.fail("did the work twice"))
        return idempotency.Answer(200, {})

    assert idempotency.once(organization, "k", lambda: "print", act).status == 200


def test_the_work_of_a_request_whose_process_died_is_done_by_a_repeat(organization):
    def die(ticket: idempotency.Ticket) -> idempotency.Answer:
        monkey = KeptAnswer.objects.get()
        ticket.drop = lambda: None  # a killed process tidies nothing up
        raise KeyboardInterrupt(monkey)

    with pytest.raises(KeyboardInterrupt):
        idempotency.once(organization, "k", lambda: "print", die)
    KeptAnswer.objects.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))

    answer = idempotency.once(organization, "k", lambda: "print", lambda _: idempotency.Answer(201, {"made": 1}))

    assert answer == idempotency.Answer(201, {"made": 1})


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve"])
def test_an_unusable_key_is_refused(api_key, sheet, key):
    status, body = refused(send(api_key, {"one.png": b"one"}, {"Idempotency-Key": key}, path="/Receipts"))

    assert (status, body["error"]["code"]) == (400, "invalid_request")


def test_whoever_keeps_no_results_keeps_no_answer_and_still_pays_once(post, receipt, charged, organization):
    body = {"image": encoded(receipt), "imageType": "base64", "fields": TOTAL}
    assert post(body, headers=KEY).status_code == 200
    idempotency.forget_old_answers()
    assert post(body, headers=KEY).status_code == 200

    type(organization).objects.filter(id=organization.id).update(keep_results_days=0)
    idempotency.forget_old_answers()

    assert KeptAnswer.objects.get().body == ""
    assert refused(post(body, headers=KEY)) == (
        409,
        envelope("idempotency_conflict", idempotency.AnswerNotKept.message),
    )
    assert len(charged()) == 1
