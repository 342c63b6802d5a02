"""Notices reach owners by mail, once, and the layer above for the webhooks."""

import pytest
from django.core import mail

from billing import notices, usage
from billing.models import Kind, Notice


@pytest.fixture
def half_used(payer) -> None:
    usage.settle(usage.reserve(payer, Kind.SCAN, units=50), units=50)


def test_owners_are_told_once(half_used, bob):
    assert notices.send_mails() == 1
    assert notices.send_mails() == 0

    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    assert "50 % of the included scans used" in message.subject
    assert "50 of the 100 scans" in message.body


def test_a_mail_server_that_is_away_is_tried_again(half_used, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(OSError, match="refused"):
        notices.send_mails()

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notices.send_mails() == 1


def test_a_notice_is_handed_to_the_webhooks_once(half_used):
    (notice,) = notices.unannounced()

    assert notices.mark_announced(notice)
    assert not notices.mark_announced(notice)

    assert list(notices.unannounced()) == []
    assert Notice.objects.get().mailed_at is None
