"""Statements and exports say what the ledger says."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
import time_machine
from django.db.models import Sum
from django.utils import timezone
from PIL import ImageFile

from accounts.errors import Invalid, NotFound
from accounts.models import Organization
from billing import reports, statements, usage
from billing.models import BillableUnit, BillingAccount, Kind, UsageRecord
from billing.printing import OwnFilesOnly
from billing.usage import Payer
from tests.billing.conftest import ADDRESS


@pytest.fixture
def read(payer, account) -> None:
    for units in (60, 38, 5, 4):
        usage.settle(usage.reserve(payer, Kind.SCAN, units=units), units=units)
    usage.release(usage.reserve(payer, Kind.SCAN), reason="no_text")


def test_the_totals_of_a_statement_are_those_of_the_ledger(read, organization):
    (period,) = statements.periods(organization)

    statement = statements.of(organization, period)

    settled = UsageRecord.objects.filter(status="settled")
    billed = BillableUnit.objects.all()
    assert statement.scans == settled.aggregate(n=Sum("units"))["n"] == 107
    assert statement.further == billed.aggregate(n=Sum("units"))["n"] == 7
    assert statement.amount == sum(unit.units * unit.unit_price for unit in billed) == 35
    assert statement.amount == sum(line.amount for line in statement.lines)
    assert statement.not_charged == 1


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Monthly statement"), ("ja", "月次利用明細書"), ("ko", "월간 이용 명세서")]
)
def test_a_statement_is_a_pdf_in_three_languages_whose_numbers_add_up(read, organization, language, title):
    statement = statements.of(organization, statements.periods(organization)[0])

    text = text_of(statements.as_pdf(statement, language))

    assert title.replace(" ", "") in re.sub(r"\s", "", text)
    assert "$0.35" in text
    assert "107" in text


def test_a_statement_names_what_each_plan_of_the_cycle_included(organization, payer):
    usage.settle(usage.reserve(payer, Kind.SCAN), units=1)
    Organization.objects.filter(id=organization.id).update(plan="starter")
    usage.settle(usage.reserve(Payer(Organization.objects.get(id=organization.id), ADDRESS), Kind.SCAN), units=1)
    # What the plan is today has no part in it.
    Organization.objects.filter(id=organization.id).update(plan="pro")

    statement = statements.of(organization, statements.periods(organization)[0])

    assert statement.included == (100, 400)
    assert "100 → 400" in statements.as_html(statement, "en")


def test_a_cycle_that_began_on_the_last_day_of_a_short_month_ends_with_the_next_ones(organization):
    signed_up = datetime(2026, 1, 31, 10, tzinfo=UTC)
    Organization.objects.filter(id=organization.id).update(created_at=signed_up)
    organization.refresh_from_db()
    with time_machine.travel(datetime(2026, 3, 1, tzinfo=UTC), tick=False):
        usage.settle(usage.reserve(Payer(organization, ADDRESS), Kind.SCAN), units=1)

    statement = statements.of(organization, "2026-02-28T10:00:00")

    assert statement.cycle.end == datetime(2026, 3, 31, 10, tzinfo=UTC)


def test_a_cycle_that_a_subscription_cut_short_ends_where_it_began(organization, payer):
    usage.settle(usage.reserve(payer, Kind.SCAN), units=1)
    began = organization.created_at.replace(microsecond=0) + timedelta(days=9)
    BillingAccount.objects.create(organization=organization, anchor_at=began)

    statement = statements.of(organization, statements.periods(organization)[0])

    assert statement.cycle.end == began


def test_a_statement_in_another_language_is_refused(read, organization):
    with pytest.raises(Invalid, match="en, ja, ko"):
        statements.as_pdf(statements.of(organization, statements.periods(organization)[0]), "fr")


def test_a_cycle_without_usage_has_no_statement(organization):
    with pytest.raises(NotFound):
        statements.of(organization, "2020-01-01T00:00:00")


@pytest.mark.parametrize("address", ["http://169.254.169.254/", "file:///etc/passwd", "data:text/plain,x"])
def test_a_statement_fetches_nothing(address):
    with pytest.raises(ValueError, match="fetches nothing"):
        OwnFilesOnly().fetch(address)


def test_the_name_of_a_customer_cannot_become_markup(read, organization):
    organization.name = '<img src="file:///etc/passwd">'
    organization.save()

    page = statements.as_html(statements.of(organization, statements.periods(organization)[0]), "en")

    assert "<img" not in page


def test_the_export_holds_every_record(read, organization):
    today = timezone.now().date()

    rows = list(csv.DictReader(io.StringIO("".join(reports.as_csv(organization, today, today + timedelta(days=1))))))

    assert [row["units"] for row in rows] == ["60", "38", "5", "4", "1"]
    assert sum(int(row["overage_units"]) for row in rows) == 7
    assert rows[-1]["outcome"] == "no_text"


def test_the_export_goes_on_past_its_batches(payer, organization, monkeypatch):
    monkeypatch.setattr(reports, "_BATCH", 2)
    for _ in range(5):
        usage.settle(usage.reserve(payer, Kind.SCAN), units=1)

    lines = "".join(
        reports.as_csv(organization, timezone.now().date(), timezone.now().date() + timedelta(days=1))
    ).splitlines()

    assert len(lines) == 6


def test_usage_is_split_by_what_made_it(organization):
    for key, endpoint, units in (("key_a", "fields", 2), ("key_b", "text", 5), ("key_a", "text", 1)):
        payer = Payer(organization, "203.0.113.9", key=key, endpoint=endpoint)
        usage.settle(usage.reserve(payer, Kind.SCAN, units=units), units=units)
    today = UsageRecord.objects.first().created_at.date()

    def split(dimension):
        return [(part.name, part.charged) for part in reports.by(dimension, organization, Kind.SCAN, today, today)]

    assert split("key") == [("key_b", 5), ("key_a", 3)]
    assert split("endpoint") == [("text", 6), ("fields", 2)]
    assert [day.charged for day in reports.by_day(organization, Kind.SCAN, today - timedelta(days=1), today)] == [0, 8]


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_printing_leaves_half_a_picture_an_error_for_everybody_else(organization, read):
    """WeasyPrint switches that off for the whole process when it is loaded."""
    statements.as_pdf(statements.of(organization, statements.periods(organization)[0]), "en")

    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
