"""System checks of payments: contradictions that would lose money or send keys elsewhere."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@register()
def check_stripe_address(**_: Any) -> Iterator[CheckMessage]:
    """spocr.E010: another address for Stripe takes a test key only, and lies on this machine."""
    address, key = settings.STRIPE_ADDRESS, settings.STRIPE_SECRET_KEY
    if address and (not key.startswith("sk_test_") or urlsplit(address).hostname not in LOOPBACK):
        yield Error(
            "SPOCR_STRIPE_ADDRESS sends payments to another place than Stripe.",
            hint="Unset it. It is for the local Stripe on 127.0.0.1, with a key that begins with sk_test_.",
            id="spocr.E010",
        )


@register()
def check_stripe_secrets(**_: Any) -> Iterator[CheckMessage]:
    """spocr.W010: with a key, both secrets of the webhook endpoints are set."""
    missing = [name for name in ("STRIPE_WEBHOOK_SECRET", "STRIPE_METER_WEBHOOK_SECRET") if not getattr(settings, name)]
    if settings.STRIPE_SECRET_KEY and missing:
        yield Warning(
            f"{' and '.join(missing)} is not set: Stripe's events are refused, and plans change only once a day.",
            hint="Make the endpoints /stripe/events and /stripe/meter-events at Stripe and set their secrets.",
            id="spocr.W010",
        )
