"""A receiver of webhooks that fails as the wind blows: in the end it has had every event, each under one id."""

import random
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from ocr import deliveries, webhooks
from ocr.models import WebhookDelivery
from tests.receivers import Received, Receiver

EVENTS, FAILING = 150, 0.3


@pytest.fixture
def secret(sheet, organization, receiver) -> str:
    return webhooks.configure(organization, receiver.url, ["ocr.completed"])[1]


@pytest.fixture
def moody(receiver) -> Receiver:
    dice = random.Random(7)
    receiver.decide = lambda _: 500 if dice.random() < FAILING else 200
    return receiver


def send_events(organization) -> set[str]:
    return {webhooks.send_test(organization).event.public_id for _ in range(EVENTS)}


def send_what_is_due() -> None:
    while deliveries.send_next():
        pass


def send_until_nothing_waits() -> None:
    while WebhookDelivery.objects.filter(status="pending").exists():
        WebhookDelivery.objects.update(next_at=datetime(2020, 1, 1, tzinfo=UTC))  # the pause is over
        send_what_is_due()


def is_signed(one: Received, secret: str) -> bool:
    Webhook(secret).verify(one.body, one.headers)
    return True


def test_a_receiver_that_fails_at_random_gets_every_event(organization, secret, moody):
    events = send_events(organization)

    send_until_nothing_waits()

    assert set(moody.ids) == events
    assert len(moody.received) > EVENTS  # it did fail
    assert all(is_signed(one, secret) for one in moody.received)
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"delivered"}


def test_without_repeating_it_would_miss_some(organization, secret, moody):
    send_events(organization)

    send_what_is_due()

    assert WebhookDelivery.objects.filter(status="pending").count() > EVENTS * FAILING / 2
