"""What anybody may see: prices, and how the service does."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from ocr import probing
from ocr.models import Probe, ProbeDay

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_prices_are_those_of_the_plan_table_in_three_currencies(client):
    assert "$19 <small>" in client.get("/pricing").content.decode()
    assert "¥2,900" in client.get("/pricing?currency=jpy").content.decode()
    assert "₩27,000" in client.get("/pricing?currency=krw").content.decode()
    assert "$19 <small>" in client.get("/pricing?currency=xxx").content.decode()


def test_the_probe_reads_a_real_page():
    probe = probing.run()

    assert probe.is_well
    assert probe.milliseconds > 0


def test_a_probe_that_fails_is_noted(settings, tmp_path):
    settings.PROBE_FILE = tmp_path / "missing.png"

    assert not probing.run().is_well


def test_a_day_that_is_over_is_summed_up_once_and_its_probes_are_forgotten():
    with time_machine.travel(NOON, tick=False):
        for milliseconds in range(1, 101):
            Probe.objects.create(at=NOON - timedelta(days=3), is_well=True, milliseconds=milliseconds)
        Probe.objects.create(at=NOON - timedelta(days=3), is_well=False, milliseconds=60_000)
        Probe.objects.create(at=NOON, is_well=True, milliseconds=7)

        probing.sum_up()
        probing.sum_up()

        day = ProbeDay.objects.get()
        assert (day.well, day.failed, day.p50_milliseconds, day.p95_milliseconds) == (100, 1, 50, 95)
        assert Probe.objects.count() == 1
        assert probing.days(4)[0] == (day.day, probing.Figures(100, 1, 50, 95))
        assert probing.days(4)[3][1] == probing.Figures(1, 0, 7, 7)


def test_the_status_page_shows_what_was_measured(client):
    Probe.objects.create(is_well=True, milliseconds=321)
    Probe.objects.create(is_well=False, milliseconds=60_000)

    text = client.get("/status").content.decode()

    assert "1 well, 1 failed" in text
    assert "321 ms" in text
    assert text.count("<rect") == 90
    assert "bar-poor" in text


@pytest.mark.parametrize("name", ["terms", "privacy"])
def test_terms_and_privacy_hold_placeholders_that_say_so(client, name):
    text = client.get(reverse(name)).content.decode()

    assert "note-warning" in text
    assert f'href="{reverse(name)}"' in client.get("/").content.decode()
    assert f'href="{reverse(name)}"' in client.get("/accounts/signup/").content.decode()


def test_an_operators_own_terms_stand_in_their_place(client, settings, tmp_path):
    (tmp_path / "legal").mkdir()
    (tmp_path / "legal" / "terms.html").write_text("<p>What {{ site_name }} GmbH promises.</p>")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    settings.PRIVACY_URL = "https://example.com/privacy"

    assert "<p>What spocr GmbH promises.</p>" in client.get("/terms").content.decode()
    assert client.get("/privacy")["Location"] == "https://example.com/privacy"
    assert 'href="https://example.com/privacy"' in client.get("/").content.decode()
