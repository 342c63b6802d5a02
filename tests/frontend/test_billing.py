"""The pages of plan and money: clicked through against the local Stripe, and without any."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organization
from billing import subscriptions, usage
from billing.models import BillingAccount, Kind, UsageRecord
from billing.usage import Payer
from tests.billing.conftest import local_stripe, portal  # noqa: F401 - fixtures

PAGES = ("billing", "usage", "not_charged", "invoices")


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_work_without_stripe(signed_in, page):
    assert signed_in.get(reverse(page)).status_code == 200


def test_without_stripe_the_page_says_so_and_sells_nothing(signed_in):
    shown = signed_in.get(reverse("billing")).content.decode()

    assert "Billing is off on this site" in shown
    assert "Subscribe" not in shown


@pytest.mark.parametrize("page", ["checkout", "payment", "cancel", "resume"])
def test_without_stripe_nothing_can_be_bought(signed_in, page):
    assert signed_in.post(reverse(f"billing_{page}"), {"plan": "starter"}).status_code == 409


def test_a_member_sees_usage_and_decides_nothing(client, bob):
    client.force_login(bob)

    assert client.get(reverse("usage")).status_code == 200
    assert client.post(reverse("billing_checkout"), {"plan": "starter"}).status_code == 403
    assert client.post(reverse("billing_spending"), {"cap": "5"}).status_code == 403
    assert client.get(reverse("invoices")).status_code == 403


def test_the_self_hosted_edition_has_no_billing_pages(signed_in, settings):
    settings.EDITION = "self_hosted"

    assert signed_in.get(reverse("billing")).status_code == 404
    assert signed_in.get(reverse("usage")).status_code == 200


def test_buying_changing_and_cancelling_by_clicks(signed_in, portal):  # noqa: F811
    to_stripe = signed_in.post(reverse("billing_checkout"), {"plan": "starter", "currency": "jpy"})
    assert to_stripe["Location"].startswith(portal.stripe.address + "/checkout/")
    portal.click(to_stripe["Location"], card="good")
    assert "waiting for the payment provider" in signed_in.get(reverse("billing") + "?checkout=done").content.decode()
    portal.events_arrive()
    assert "¥7,500" in signed_in.get(reverse("billing")).content.decode()

    shown = signed_in.get(reverse("billing_change") + "?plan=pro").content.decode()
    assert re.search(r"To pay now</th><td class=\"number\">¥4,[56]\d\d", shown)
    signed_in.post(reverse("billing_change_now"), {"plan": "pro"})
    assert portal.plan == "pro"

    signed_in.post(reverse("billing_cancel"))
    assert "is cancelled and ends on" in signed_in.get(reverse("billing")).content.decode()
    signed_in.post(reverse("billing_resume"))
    assert not portal.account.is_ending
    assert "LOCAL-" in signed_in.get(reverse("invoices")).content.decode()


def test_the_spend_cap_is_typed_as_money(signed_in, portal):  # noqa: F811
    portal.subscribe("free")

    assert signed_in.post(reverse("billing_spending"), {"is_on": "on", "cap": "12.50"}).status_code == 302

    account = BillingAccount.objects.get()
    assert (account.is_pay_per_image, account.cap_amount) == (True, 1250)
    assert "$12.50" in signed_in.get(reverse("billing")).content.decode()


@pytest.mark.parametrize("cap", ["", "-1", "0", "x", "1.234"])
def test_an_impossible_cap_is_explained(signed_in, portal, cap):  # noqa: F811
    portal.subscribe("free")

    answer = signed_in.post(reverse("billing_spending"), {"is_on": "on", "cap": cap})

    assert answer.status_code == 400
    assert "errorlist" in answer.content.decode()


def test_a_chart_has_its_numbers_in_a_table_behind_it(signed_in, organization):
    usage.settle(usage.reserve(Payer(organization, "192.0.2.1"), Kind.SCAN, units=1234 - 1200), units=34)
    usage.release(usage.reserve(Payer(organization, "192.0.2.1"), Kind.SCAN, units=3), reason="timeout")

    shown = signed_in.get(reverse("usage")).content.decode()

    assert shown.count("<rect") == 2
    assert '<td class="number">34</td>' in shown
    assert "took too long" in signed_in.get(reverse("not_charged")).content.decode()


def test_the_export_is_a_file(signed_in, organization):
    usage.settle(usage.reserve(Payer(organization, "192.0.2.1"), Kind.SCAN), units=1)

    answer = signed_in.get(reverse("usage_csv"))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert b"".join(answer.streaming_content).count(b"\n") == 2


def test_the_export_reaches_back_as_far_as_there_are_records(signed_in, organization):
    record = usage.reserve(Payer(organization, "192.0.2.1"), Kind.SCAN)
    UsageRecord.objects.filter(id=record.id).update(created_at=timezone.now() - timedelta(days=1000))

    answer = signed_in.get(reverse("usage_csv"), {"first": "2020-01-01"})

    assert b"".join(answer.streaming_content).count(b"\n") == 2


def test_a_day_that_is_none_is_said_and_nothing_else_exported(signed_in):
    answer = signed_in.get(reverse("usage_csv"), {"first": "yesterday"})

    assert answer.status_code == 400
    assert "2026-11-30" in answer.content.decode()


def test_a_change_to_a_smaller_plan_is_taken_back_by_a_click(signed_in, portal):  # noqa: F811
    portal.subscribe("pro")
    signed_in.post(reverse("billing_change_now"), {"plan": "starter"})
    shown = signed_in.get(reverse("billing")).content.decode()
    assert "the plan changes to Starter" in shown
    assert "Keep Pro" in shown
    # What is chosen already is not offered again.
    assert re.findall(r"billing/change\?plan=(\w+)", shown) == ["free"]

    signed_in.post(reverse("billing_change_now"), {"plan": "pro"})

    assert portal.account.kept_plan == ""
    assert "Keep Pro" not in signed_in.get(reverse("billing")).content.decode()


def test_while_a_payment_is_overdue_no_change_is_offered(signed_in, portal):  # noqa: F811
    portal.subscribe("starter")
    assert "See the change" in signed_in.get(reverse("billing")).content.decode()
    portal.subscription["status"] = "past_due"
    subscriptions.refresh(portal.organization)

    shown = signed_in.get(reverse("billing")).content.decode()

    assert "The last payment failed" in shown
    assert "See the change" not in shown


def test_a_plan_may_be_given_up_for_further_scans_alone(signed_in, portal):  # noqa: F811
    portal.subscribe("starter")
    portal.allow_spending(500)
    assert "Pay-per-image goes on" in signed_in.get(reverse("billing_change"), {"plan": "free"}).content.decode()

    signed_in.post(reverse("billing_change_now"), {"plan": "free"})

    assert portal.plan == "starter"
    with time_machine.travel(portal.account.period_end_at + timedelta(minutes=1), tick=False):
        portal.stripe.state.renew_due()
        portal.events_arrive()
        assert portal.plan == "free"
        assert portal.account.is_pay_per_image


def test_each_currency_stands_beside_its_price(signed_in, portal):  # noqa: F811
    shown = signed_in.get(reverse("billing")).content.decode()

    assert [price for price in ("JPY · ¥2,900", "KRW · ₩69,000", "USD · $0.05") if price not in shown] == []


def test_a_plan_by_agreement_has_no_price(signed_in, organization, settings):
    settings.BILLING_CURRENCY = "jpy"
    Organization.objects.filter(id=organization.id).update(plan="enterprise")

    shown = signed_in.get(reverse("billing")).content.decode()

    assert "price by agreement" in shown
    assert shown.count("¥0") == 1  # the free plan


def test_whoever_subscribes_anew_is_told_to_wait(signed_in, portal):  # noqa: F811
    portal.subscribe("starter")
    portal.stripe.state.end(portal.subscription)
    portal.events_arrive()
    portal.click(portal.checkout("pro"), card="good")

    assert "waiting for the payment provider" in signed_in.get(reverse("billing") + "?checkout=done").content.decode()


def test_an_invoice_in_a_currency_of_no_plan_is_shown(signed_in, portal):  # noqa: F811
    portal.subscribe("starter")
    for invoice in portal.stripe.state.table("invoice").values():
        invoice["currency"] = "eur"

    assert "EUR 19.00" in signed_in.get(reverse("invoices")).content.decode()


def test_a_statement_is_downloaded(signed_in, organization):
    usage.settle(usage.reserve(Payer(organization, "192.0.2.1"), Kind.SCAN), units=1)
    link = re.search(r'/billing/statements/[^"]+', signed_in.get(reverse("invoices")).content.decode())[0]

    answer = signed_in.get(link)

    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


def test_a_stranger_sees_no_statement_of_others(client, charlie, organization):
    usage.settle(usage.reserve(Payer(organization, "192.0.2.1"), Kind.SCAN), units=1)
    period = organization.usage_records.get().period
    client.force_login(charlie)

    assert client.get(reverse("statement", kwargs={"period": period})).status_code == 404


def test_only_staff_see_the_books(signed_in, alice):
    assert signed_in.get(reverse("meter")).status_code == 404
    alice.is_staff = True
    alice.save()

    # With a second step they do: tests/staff/test_door.py.
    assert signed_in.get(reverse("meter")).status_code == 403
