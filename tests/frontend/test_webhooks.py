"""The webhooks console: set, paused, rotated, removed; what was sent and how each attempt went."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from ipaddress import ip_network

import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from ocr import deliveries, schedules, signing, webhooks
from ocr.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from tests.receivers import OUTSIDE, receiving

CHOSEN = ["ocr.completed", "ocr.failed"]


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network(f"{OUTSIDE}/32"),)
    with receiving() as one:
        yield one


@pytest.fixture
def endpoint(organization, receiver) -> WebhookEndpoint:
    return webhooks.configure(organization, receiver.url, CHOSEN)[0]


@pytest.fixture
def delivered(endpoint, organization) -> WebhookDelivery:
    """A test event that arrived."""
    one = webhooks.send_test(organization)
    deliveries.send_next()
    return one


def test_a_webhook_is_set_and_its_secret_is_shown_once(signed_in, organization, receiver):
    response = signed_in.post("/webhooks", {"url": receiver.url, "events": CHOSEN})

    shown = signed_in.get(response["Location"]).text
    endpoint = webhooks.get(organization)
    assert (endpoint.url, endpoint.events) == (receiver.url, CHOSEN)
    assert webhooks.live_secrets(organization)[0] in unescape(shown)
    assert signed_in.get("/webhooks/secret")["Location"] == "/webhooks"


def test_a_webhook_that_is_changed_keeps_its_secret(signed_in, organization, endpoint):
    before = webhooks.live_secrets(organization)

    response = signed_in.post("/webhooks", {"url": endpoint.url, "events": ["usage.threshold"]})

    assert response["Location"] == "/webhooks"
    assert webhooks.get(organization).events == ["usage.threshold"]
    assert webhooks.live_secrets(organization) == before


@pytest.mark.parametrize(
    ("url", "events", "told"),
    [
        ("http://example.com/x", CHOSEN, "must begin with https://"),
        ("https://127.0.0.1/x", CHOSEN, "public address"),
        ("nonsense", CHOSEN, "valid URL"),
        ("https://example.com", [], "required"),
        ("https://example.com", ["ocr.dreamt"], "ocr.dreamt is not one of"),
    ],
)
def test_what_cannot_be_used_is_told_beside_its_field(signed_in, url, events, told):
    response = signed_in.post("/webhooks", {"url": url, "events": events})

    assert response.status_code == 400
    assert told in unescape(response.text)
    assert url in response.text
    assert not WebhookEndpoint.objects.exclude(url="").exists()


def test_a_paused_webhook_hears_nothing_until_it_is_switched_on(signed_in, organization, endpoint):
    signed_in.post("/webhooks/pause")
    webhooks.emit(organization, "ocr.completed", dict)
    assert "Paused by hand." in signed_in.get("/webhooks").text
    assert not organization.webhook_deliveries.exists()

    signed_in.post("/webhooks/resume")
    webhooks.emit(organization, "ocr.completed", dict)
    assert organization.webhook_deliveries.count() == 1
    actions = organization.audit_events.order_by("id").values_list("action", flat=True)
    assert list(actions)[-2:] == ["webhook.paused", "webhook.resumed"]


def test_a_new_secret_is_shown_and_the_former_one_signs_as_well(signed_in, organization, endpoint):
    former = webhooks.live_secrets(organization)

    shown = signed_in.get(signed_in.post("/webhooks/new-secret")["Location"]).text

    assert len(webhooks.live_secrets(organization)) == 2
    assert webhooks.live_secrets(organization)[1:] == former
    assert webhooks.live_secrets(organization)[0] in unescape(shown)
    assert "the former secret signs as well" in signed_in.get("/webhooks").text


def test_it_is_removed_after_a_question(signed_in, organization, endpoint):
    assert "Remove the webhook?" in signed_in.get("/webhooks/remove").text

    signed_in.post("/webhooks/remove")

    assert "Where shall we call?" in signed_in.get("/webhooks").text


def test_a_test_event_arrives_and_its_attempt_is_shown(signed_in, receiver, endpoint, organization):
    where = signed_in.post("/webhooks/send-test")["Location"]
    assert "None yet" in signed_in.get(where).text

    deliveries.send_next()

    page = signed_in.get(where).text
    assert receiver.ids == [organization.webhook_events.get().public_id]
    assert '<span class="badge badge-good">200</span>' in page
    assert "webhook.test" in page
    assert " ms</td>" in page


def test_the_headers_shown_are_those_that_were_sent(signed_in, receiver, delivered, organization):
    page = unescape(signed_in.get(f"/webhooks/sent/{delivered.public_id}").text)

    (got,) = receiver.received
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        assert f"{name}: {got.headers[name]}" in page
    assert got.body.decode() in page
    assert Webhook(webhooks.live_secrets(organization)[0]).verify(got.body, got.headers)


def test_a_failed_attempt_says_why_and_how_the_answer_began(signed_in, receiver, endpoint, organization, settings):
    receiver.status, receiver.body = 500, b"<b>out of \x00 order</b>" + b"x" * 1000
    one = webhooks.send_test(organization)

    deliveries.send_next()

    page = signed_in.get(f"/webhooks/sent/{one.public_id}").text
    assert "The receiver answered 500." in page
    assert "&lt;b&gt;out of � order&lt;/b&gt;" in page
    assert len(one.log.get().excerpt) == 500
    assert "Next attempt" in page


def test_a_delivery_is_sent_again_with_the_same_id_and_bytes(signed_in, receiver, delivered):
    where = signed_in.post(f"/webhooks/sent/{delivered.public_id}/again")["Location"]
    deliveries.send_next()

    first, second = receiver.received
    assert (first.event_id, first.body) == (second.event_id, second.body)
    assert where != f"/webhooks/sent/{delivered.public_id}"


def test_the_list_is_filtered(signed_in, delivered, organization):
    webhooks.emit(organization, "ocr.failed", dict, upload_url="https://example.com/mine")

    def rows(query: str) -> int:
        return signed_in.get(f"/webhooks?{query}").text.count("/webhooks/sent/")

    assert rows("") == 3
    assert rows("status=delivered") == rows("kind=webhook.test") == rows("target=upload") == 1
    assert rows("kind=ocr.failed") == rows("target=webhook") == 2
    assert "No delivery fits." in signed_in.get("/webhooks?status=failed").text


def test_the_list_goes_on_page_by_page(signed_in, endpoint, organization):
    for _ in range(51):
        webhooks.send_test(organization)

    first = signed_in.get("/webhooks?kind=webhook.test").text
    older = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    second = signed_in.get("/webhooks" + older).text

    assert (first.count("/webhooks/sent/"), second.count("/webhooks/sent/")) == (50, 1)


def test_a_payload_is_gone_when_results_are_kept_no_longer(signed_in, delivered, organization):
    waiting = webhooks.send_test(organization)
    organization.keep_results_days = 0
    organization.save()
    WebhookEvent.objects.update(created_at=timezone.now() - timedelta(hours=1))

    schedules.ACTS["forget_old_payloads"]()

    page = signed_in.get(f"/webhooks/sent/{delivered.public_id}").text
    assert "kept no longer" in page
    assert "It works." not in page
    assert signed_in.post(f"/webhooks/sent/{delivered.public_id}/again").status_code == 404
    assert WebhookEvent.objects.get(deliveries=waiting).body  # it is still on its way


def test_payloads_stay_where_results_do(delivered, organization):
    WebhookEvent.objects.update(created_at=timezone.now() - timedelta(days=20))

    schedules.ACTS["forget_old_payloads"]()

    assert WebhookEvent.objects.get().body


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_only_owners_and_admins_come_in(client, bob, organization, role, delivered):
    organization.memberships.filter(user=bob).update(role=role)
    client.force_login(bob)

    addresses = ["/webhooks", f"/webhooks/sent/{delivered.public_id}", "/webhooks/remove"]
    assert [client.get(address).status_code for address in addresses] == [403] * 3
    acts = ["", "/send-test", "/pause", "/resume", "/new-secret", "/remove", f"/sent/{delivered.public_id}/again"]
    assert [client.post("/webhooks" + act).status_code for act in acts] == [403] * len(acts)


def test_a_strangers_delivery_does_not_exist(client, charlie, delivered):
    client.force_login(charlie)

    assert client.get(f"/webhooks/sent/{delivered.public_id}").status_code == 404
    assert client.post(f"/webhooks/sent/{delivered.public_id}/again").status_code == 404


def test_a_signature_names_the_second_of_its_attempt(delivered):
    attempt = delivered.log.get()

    made = deliveries.headers(delivered, int(attempt.started_at.timestamp()))

    assert datetime.fromtimestamp(int(made["webhook-timestamp"]), UTC) == attempt.started_at.replace(microsecond=0)
    assert signing.PREFIX not in str(made)
