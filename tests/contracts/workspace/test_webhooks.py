"""Webhooks: set, signed, sent ten times at most, written down, sent again on request."""

import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from django.test import Client
from standardwebhooks import Webhook, WebhookVerificationError

from accounts import api_keys, organizations
from billing import usage
from billing.models import BillingAccount, Kind
from billing.usage import Payer
from ocr import deliveries, leases, webhooks
from ocr.leases import Due
from ocr.models import WebhookDelivery, WebhookEndpoint
from tests.contracts.conftest import Near
from tests.contracts.workspace.conftest import envelope, refused
from tests.contracts.workspace.test_jobs import Like
from tests.jobs import a_sheet, accepted, drained, get
from tests.receivers import OUTSIDE, receiving

NOW = Near(datetime.now(UTC).timestamp() * 1000, 600_000)
NOT_PUBLIC = "The URL could not be reached: its host does not resolve to a public address."
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _closed_world(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network(f"{OUTSIDE}/32"),)
    settings.WEBHOOK_TIMEOUT_SECONDS = 2


@pytest.fixture
def receiver():
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def call(api_key):
    def call(method: str, path: str, body: object = None, key: str = ""):
        client = Client(raise_request_exception=False)
        data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return client.generic(method.upper(), path, headers={"Authorization": f"Bearer {key or api_key}"}, **data)

    return call


@pytest.fixture
def secret(call, receiver) -> str:
    """Of a webhook that hears everything."""
    return call("put", "/webhook", {"url": receiver.url, "events": list(webhooks.EVENTS)}).json()["secret"]


def due_now() -> None:
    WebhookDelivery.objects.update(next_at=datetime(2020, 1, 1, tzinfo=UTC))


def sent() -> int:
    count = 0
    while deliveries.send_next():
        count += 1
    return count


def test_a_webhook_is_set_shown_and_removed(call, receiver):
    shown = {
        "url": receiver.url,
        "events": ["ocr.completed"],
        "active": True,
        "disabledReason": None,
        "createdAt": NOW,
        "formerSecretUntil": None,
    }

    made = call("put", "/webhook", {"url": receiver.url, "events": ["ocr.completed"]})

    assert (made.status_code, made.json()) == (200, {**shown, "secret": Like(r"whsec_[A-Za-z0-9+/]{43}=")})
    assert call("get", "/webhook/").json() == shown
    assert call("delete", "/webhook").json() == {"ok": True}
    assert refused(call("get", "/webhook")) == (
        404,
        envelope("not_found", "There is no webhook yet. Set one: PUT /webhook."),
    )


def test_the_secret_is_not_readable_in_the_database(secret):
    endpoint = WebhookEndpoint.objects.get()

    assert secret not in endpoint.sealed_secret
    assert secret.removeprefix("whsec_") not in endpoint.sealed_secret


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"url": "http://127.0.0.1/"}, "url", NOT_PUBLIC),
        ({"url": "http://169.254.169.254/latest"}, "url", NOT_PUBLIC),
        ({"url": "http://[::1]/"}, "url", NOT_PUBLIC),
        ({"url": "http://localhost:8000/"}, "url", NOT_PUBLIC),
        (
            {"events": ["ocr.done"]},
            "events",
            f"There is no event 'ocr.done'. Choose from: {', '.join(webhooks.EVENTS)}.",
        ),
        ({"events": []}, "events", 'Must be a list of event types such as ["ocr.completed", "ocr.failed"].'),
        ({"secret": "mine"}, "secret", webhooks.UNUSABLE),
    ],
)
def test_what_cannot_be_used_is_refused_when_it_is_set(call, receiver, change, field, message):
    body = {"url": receiver.url, "events": ["ocr.completed"], **change}

    assert refused(call("put", "/webhook", body)) == (
        400,
        envelope("validation_failed", f"{field}: {message}", errors=[{"field": field, "message": message}]),
    )
    assert not WebhookEndpoint.objects.exclude(url="").exists()


def test_only_https_is_taken_where_the_operator_does_not_allow_http(call, receiver, settings):
    settings.WEBHOOK_ALLOW_HTTP = False

    _, body = refused(call("put", "/webhook", {"url": receiver.url, "events": ["ocr.failed"]}))

    assert body["error"]["message"] == "url: The URL must begin with https://, so that nobody reads along."


def test_an_address_that_became_private_is_refused_when_it_is_sent_to(call, secret, receiver, settings):
    call("post", "/webhook/test")
    settings.WEBHOOK_ALLOWED_NETWORKS = ()

    sent()

    (delivery,) = call("get", "/webhooks/deliveries").json()["deliveries"]
    log = call("get", f"/webhooks/deliveries/{delivery['id']}").json()["attempts"]
    assert receiver.received == []
    assert [(attempt["statusCode"], attempt["reason"]) for attempt in log] == [(None, NOT_PUBLIC)]


def test_a_read_page_is_told_with_its_whole_result(call, api_key, organization, secret, receiver, receipt):
    (job,) = accepted(a_sheet(organization), receipt)
    drained()
    sent()

    created, completed = (json.loads(one.body) for one in receiver.received)
    told = get(api_key, f"/jobs/{job.public_id}").json()
    del told["queuePosition"], told["expectedAt"]
    told["imageUrl"] = Like(r"http://\S+")
    assert created["type"] == "item.created"
    assert completed == {
        "id": Like(r"evt_\w{24}"),
        "type": "ocr.completed",
        "apiVersion": "2026-11-01",
        "createdAt": NOW,
        "data": told,
    }
    assert completed["id"] == receiver.received[1].event_id
    assert completed["data"]["result"]["data"]["total"]["value"] == "$5.50"


def test_a_failed_page_is_told_with_its_reason(organization, secret, receiver):
    accepted(a_sheet(organization), b"no image")
    drained()
    sent()

    data = json.loads(receiver.received[-1].body)
    assert data["type"] == "ocr.failed"
    assert (data["data"]["status"], data["data"]["error"]["code"]) == ("failed", "invalid_image")


def test_the_public_library_verifies_the_signature_and_refuses_a_changed_body(call, secret, receiver):
    call("post", "/webhook/test")
    sent()
    (one,) = receiver.received

    assert Webhook(secret).verify(one.body, one.headers)["type"] == "webhook.test"
    for changed in ({"webhook-id": "evt_other"}, {"webhook-timestamp": str(int(one.headers["webhook-timestamp"]) + 1)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(one.body, {**one.headers, **changed})
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(one.body + b" ", one.headers)


def test_the_older_header_is_an_hmac_of_the_body(call, secret, receiver):
    call("post", "/webhook/test")
    sent()
    (one,) = receiver.received

    expected = hmac.new(secret.encode(), one.body, hashlib.sha256).hexdigest()
    assert one.headers["x-spaceocr-signature"] == f"sha256={expected}"


def test_the_documented_code_verifies_what_was_sent_and_nothing_else(call, secret, receiver):
    page = (ROOT / "docs" / "api" / "jobs-and-webhooks.md").read_text()
    sample = re.search(r"```python\n(import base64.*?)```", page, re.DOTALL)[1]
    scope: dict[str, object] = {}
    exec(sample, scope)
    call("post", "/webhook/test")
    sent()
    (one,) = receiver.received

    assert len(sample.strip().splitlines()) <= 14
    assert scope["is_genuine"](secret, one.headers, one.body) is True
    assert scope["is_genuine"](secret, one.headers, one.body + b" ") is False
    assert scope["is_genuine"](secret, {**one.headers, "webhook-timestamp": "1700000000"}, one.body) is False


def test_both_secrets_verify_for_a_day_after_a_change(call, secret, receiver):
    new = call("post", "/webhook/rotate").json()["secret"]
    call("post", "/webhook/test")
    sent()
    (one,) = receiver.received

    assert new != secret
    assert len(one.headers["webhook-signature"].split()) == 2
    for live in (secret, new):
        Webhook(live).verify(one.body, one.headers)


def test_a_former_secret_no_longer_signs_after_a_day(call, organization, secret):
    new = call("post", "/webhook/rotate").json()["secret"]

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=23, minutes=59)):
        assert webhooks.live_secrets(organization) == [new, secret]
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=24, minutes=1)):
        assert webhooks.live_secrets(organization) == [new]


def test_ten_attempts_follow_the_schedule_and_then_the_owner_gets_a_mail(call, secret, receiver, alice):
    receiver.status = 500
    id_ = call("post", "/webhook/test").json()["id"]

    pauses = []
    for _ in range(10):
        due_now()
        assert deliveries.send_next() is True
        after = datetime.now(UTC)
        pauses.append((WebhookDelivery.objects.get().next_at - after).total_seconds())
    due_now()

    assert deliveries.send_next() is False
    assert pauses[:9] == [Near(seconds, 3) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)]
    body = call("get", f"/webhooks/deliveries/{id_}").json()
    assert (body["status"], body["attemptCount"], body["nextAttemptAt"]) == ("failed", 10, None)
    assert [attempt["reason"] for attempt in body["attempts"]] == ["The receiver answered 500."] * 10
    assert len(set(receiver.ids)) == 1


def test_the_mail_names_the_delivery_and_goes_to_the_owners_once_a_day(
    call, secret, receiver, alice, bob, django_capture_on_commit_callbacks
):
    receiver.status = 500
    ids = [call("post", "/webhook/test").json()["id"] for _ in range(2)]
    WebhookDelivery.objects.update(attempts=9)

    with django_capture_on_commit_callbacks(execute=True):
        sent()

    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    assert message.subject == "[spocr] A webhook could not be delivered"
    assert f"POST /webhooks/deliveries/{ids[0]}/redeliver" in message.body


def test_a_delivery_shows_each_attempt(call, secret, receiver):
    made = call("post", "/webhook/test")
    sent()
    (one,) = receiver.received

    line = {
        "id": Like(r"dlv_\w{24}"),
        "eventId": one.event_id,
        "type": "webhook.test",
        "url": receiver.url,
        "status": "delivered",
        "attemptCount": 1,
        "nextAttemptAt": None,
        "createdAt": NOW,
        "finishedAt": NOW,
    }
    assert made.status_code == 202
    assert made.json() == {**line, "status": "pending", "attemptCount": 0, "nextAttemptAt": NOW, "finishedAt": None}
    assert call("get", "/webhooks/deliveries?limit=1").json() == {"deliveries": [line], "nextCursor": None}
    assert call("get", f"/webhooks/deliveries/{made.json()['id']}").json() == {
        **line,
        "attempts": [
            {"number": 1, "statusCode": 200, "reason": None, "startedAt": NOW, "milliseconds": Near(1000, 1000)}
        ],
        "body": one.body.decode(),
    }


def test_an_event_is_sent_again_on_request_with_the_same_id_and_bytes(call, secret, receiver):
    id_ = call("post", "/webhook/test").json()["id"]
    sent()

    again = call("post", f"/webhooks/deliveries/{id_}/redeliver")
    sent()

    first, second = receiver.received
    assert again.status_code == 202
    assert again.json()["id"] != id_
    assert (first.event_id, first.body) == (second.event_id, second.body)


def test_a_redirect_is_a_failure_and_not_followed(call, secret, receiver):
    receiver.status, receiver.headers = 302, {"Location": receiver.url + "/elsewhere"}
    call("post", "/webhook/test")
    sent()

    attempt = WebhookDelivery.objects.get().log.get()
    assert (len(receiver.received), attempt.status_code) == (1, 302)
    assert attempt.reason == "The receiver redirects; redirects are not followed. Give its final address."


def test_a_receiver_that_says_when_to_come_back_is_heard(call, secret, receiver):
    receiver.status, receiver.headers = 503, {"Retry-After": "120"}
    call("post", "/webhook/test")
    sent()

    pause = WebhookDelivery.objects.get().next_at - datetime.now(UTC)
    assert pause.total_seconds() == Near(120, 5)


def test_a_slow_receiver_is_given_up(call, secret, receiver, settings):
    settings.WEBHOOK_TIMEOUT_SECONDS, receiver.seconds = 1, 3
    call("post", "/webhook/test")
    sent()

    assert WebhookDelivery.objects.get().log.get().reason == "it takes too long; the limit is 1 s."


def test_410_switches_the_webhook_off_and_the_owner_gets_a_mail(
    call, secret, receiver, alice, django_capture_on_commit_callbacks
):
    receiver.status = 410
    for _ in range(2):
        call("post", "/webhook/test")
    with django_capture_on_commit_callbacks(execute=True):
        deliveries.send_next()

    body = call("get", "/webhook").json()
    assert (body["active"], body["disabledReason"]) == (False, "The receiver answered 410 Gone.")
    assert sorted(WebhookDelivery.objects.values_list("status", flat=True)) == ["cancelled", "failed"]
    assert [message.subject for message in mail.outbox] == ["[spocr] Your webhook was switched off"]


def test_a_webhook_that_was_removed_is_sent_nothing_more(call, secret, receiver):
    call("post", "/webhook/test")
    call("delete", "/webhook")

    assert (sent(), receiver.received) == (0, [])


def test_an_upload_may_name_an_address_of_its_own(api_key, organization, receiver, call):
    new = call("post", "/webhook/rotate").json()["secret"]
    accepted(a_sheet(organization), b"no image", webhook_url=receiver.url)
    drained()
    sent()

    (one,) = receiver.received
    assert Webhook(new).verify(one.body, one.headers)["type"] == "ocr.failed"


def test_the_secret_that_an_uploads_address_made_is_told_when_the_webhook_is_set(organization, receiver, call):
    accepted(a_sheet(organization), b"no image", webhook_url=receiver.url)
    drained()
    sent()

    told = call("put", "/webhook", {"url": receiver.url, "events": ["ocr.failed"]}).json()["secret"]

    (one,) = receiver.received
    assert Webhook(told).verify(one.body, one.headers)["type"] == "ocr.failed"


def test_every_event_of_the_contract_may_be_chosen(call, receiver):
    every = ["ocr.completed", "ocr.failed", "item.created", "item.updated", "usage.threshold", "webhook.test"]

    assert call("put", "/webhook", {"url": receiver.url, "events": every}).json()["events"] == every


def test_each_threshold_of_the_included_scans_and_of_the_cap_is_told_once(secret, organization, receiver):
    BillingAccount.objects.create(organization=organization, currency="usd", is_pay_per_image=True, cap_amount=50)
    payer = Payer(organization, "203.0.113.9")
    for units in (49, 1, 50, 5, 5):
        usage.settle(usage.reserve(payer, Kind.SCAN, units=units), units=units)

    for _ in range(2):
        webhooks.announce_thresholds()
        sent()

    told = [Webhook(secret).verify(one.body, one.headers) for one in receiver.received]
    assert {event["type"] for event in told} == {"usage.threshold"}
    assert sorted((event["data"]["subject"], event["data"]["percent"]) for event in told) == [
        *(("cap", percent) for percent in (50, 80, 90, 100)),
        *(("included", percent) for percent in (50, 80, 90, 100)),
    ]
    half = next(event["data"] for event in told if (event["data"]["subject"], event["data"]["percent"]) == ("cap", 50))
    assert half == {"period": half["period"], "subject": "cap", "percent": 50, "used": 5, "limit": 10}


def test_an_event_whose_delivery_was_not_noted_is_sent_again_with_the_same_id(call, secret, receiver):
    call("post", "/webhook/test")
    claimed = leases.claim(Due.of(deliveries._due()), seconds=60)
    deliveries._post(WebhookDelivery.objects.get(id=claimed.id), int(time.time()))  # and here its process dies
    WebhookDelivery.objects.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))

    sent()

    assert len(receiver.received) == 2
    assert len(set(receiver.ids)) == 1


def test_a_delivery_that_somebody_else_has_now_is_not_noted_twice(call, secret, receiver):
    call("post", "/webhook/test")
    claimed = leases.claim(Due.of(deliveries._due()), seconds=60)
    late = WebhookDelivery.objects.get(id=claimed.id)
    WebhookDelivery.objects.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    sent()

    deliveries._attempt(late, claimed)

    assert WebhookDelivery.objects.get().log.count() == 1


def test_one_organizations_slow_receiver_leaves_senders_to_others(call, secret, charlie, receiver):
    for _ in range(3):
        call("post", "/webhook/test")
    shop = organizations.of(charlie)
    webhooks.configure(shop, receiver.url, ["ocr.failed"])
    webhooks.send_test(shop)

    holders = [leases.claim(Due.of(deliveries._due()), seconds=60) for _ in range(4)]

    owners = [WebhookDelivery.objects.get(id=held.id).organization_id for held in holders if held]
    assert sorted(owners.count(owner) for owner in set(owners)) == [1, 2]
    assert holders[3] is None


@pytest.mark.parametrize("path", ["", "/redeliver"])
def test_a_delivery_of_another_organization_is_not_found(call, charlie, secret, path):
    id_ = call("post", "/webhook/test").json()["id"]
    key = api_keys.create(organizations.of(charlie), name="tests", created_by=charlie)[1]

    assert refused(call("post" if path else "get", f"/webhooks/deliveries/{id_}{path}", key=key)) == (
        404,
        envelope("not_found", "There is no such delivery. Deliveries are kept for 30 days."),
    )
