"""Rows: what removing them gives back, and what the database holds of them."""

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing import usage
from billing.models import Kind
from billing.usage import Payer
from ocr import rows, sheets
from ocr.models import Job
from tests.ocr.sheets_cast import add_values, new_sheet


def test_removing_a_sheet_gives_back_what_its_waiting_jobs_reserved(organization):
    sheet, payer = new_sheet(organization), Payer(organization, "127.0.0.1")
    before = usage.remaining(payer, Kind.SCAN)
    row = rows.add(sheet, name="a.png", file=None)
    record = usage.reserve(payer, Kind.SCAN, subject="job_x")
    Job.objects.create(organization=organization, row=row, usage=record, deadline_at=timezone.now())
    assert usage.remaining(payer, Kind.SCAN) == before - 1

    sheets.remove(organization, "/Invoices")

    record.refresh_from_db()
    assert (usage.remaining(payer, Kind.SCAN), record.status) == (before, "released")
    assert not Job.objects.exists()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec=None)))
def test_any_text_is_stored_and_returned(organization, text):
    organization.items.all().delete()

    row = add_values(new_sheet(organization), text, {"vendor": text, "items": text})

    stored = row.values["vendor"]["value"]
    assert stored == "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text if c != "\0")
    assert row.name == stored[:300]


@pytest.mark.parametrize("size", [1_000_000])
def test_a_word_of_a_megabyte_is_stored(organization, size):
    row = add_values(new_sheet(organization), "a", {"vendor": "ש" * size})

    assert len(row.values["vendor"]["value"]) == size
