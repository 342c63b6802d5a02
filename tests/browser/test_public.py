"""Prices and status, looked at."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ocr.models import Probe, ProbeDay
from tests.browser.conftest import PHONE, fits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_prices_and_status_fit_any_window(window, look, live_server):
    today = timezone.now().date()
    for back in range(1, 60):
        failed = {7: 30, 21: 4}.get(back, 0)
        ProbeDay.objects.create(
            day=today - timedelta(days=back), well=1440 - failed, failed=failed, p50_milliseconds=210,
            p95_milliseconds=480,
        )  # fmt: skip
    Probe.objects.create(is_well=True, milliseconds=204)
    for name, options in (("", {}), ("-phone-dark", {"viewport": PHONE, "color_scheme": "dark"})):
        page = window(**options)
        for path in ("pricing", "status"):
            page.goto(f"/{path}")
            look(page, path + name)
            assert fits(page)
