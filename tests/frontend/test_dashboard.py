"""The dashboard tells what is used of what the plan includes."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import Organization
from billing import usage
from billing.models import Kind
from billing.usage import Payer

pytestmark = pytest.mark.django_db


def test_usage_stands_beside_its_limit(signed_in, organization):
    usage.reserve(Payer(organization, "192.0.2.1"), Kind.SCAN, units=7)

    page = signed_in.get(reverse("dashboard"))

    assert "Alice&#x27;s Books" in page.text
    assert [(bar.title, bar.used, bar.limit) for bar in page.context["bars"]] == [
        ("Scans", 7, 100),
        ("Parse requests", 0, 25_000),
    ]


def test_each_limit_tells_when_it_is_counted_anew(client, alice, organization, clock):
    """Scans by the organization's own month, Parse requests by the calendar's."""
    Organization.objects.update(created_at=datetime(2026, 11, 5, tzinfo=UTC))
    clock.move_to(datetime(2027, 3, 12, tzinfo=UTC))
    client.force_login(alice)

    text = client.get(reverse("dashboard")).text

    assert "Counted anew from 5 April 2027" in text
    assert "Counted anew from 1 April 2027" in text


def test_a_plan_without_limits_shows_none(signed_in, organization):
    organization.plan = "self_hosted"
    organization.save()

    page = signed_in.get(reverse("dashboard"))

    assert page.text.count("no limit") == 2
    assert "<progress" not in page.text


def test_a_used_up_limit_says_so(signed_in, organization):
    usage.reserve(Payer(organization, "192.0.2.1"), Kind.SCAN, units=100)

    assert "Used up. A larger plan" in signed_in.get(reverse("dashboard")).text


def test_the_first_step_is_done_when_there_is_a_key(signed_in, api_key):
    assert "You have an API key" in signed_in.get(reverse("dashboard")).text


def test_a_person_without_organization_is_told_what_to_do(client, alice):
    client.force_login(alice)

    page = client.get(reverse("dashboard"))

    assert page.status_code == 404
    assert "ask an owner to invite you." in page.text
