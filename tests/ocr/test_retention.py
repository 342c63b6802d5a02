"""What is deleted, when, and that nothing of it is left."""

import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from accounts import api_keys, organizations
from accounts.models import AuditEvent, DeletionReceipt, Organization
from ocr import retention, schedules, takeout, tenant_rows
from ocr.models import RateWindow, Row, StoredFile
from tests.tenant_rows import MARK, fill

HERE = "192.0.2.7"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }


@pytest.fixture
def full(organization, alice):
    return fill(organization, alice)


@pytest.fixture
def others(charlie):
    return fill(charlie.organizations.get(), charlie)


def due(organization) -> None:
    # An hour, not a moment: for PostgreSQL now is when the test began.
    Organization.objects.filter(id=organization.id).update(deletion_due_at=timezone.now() - timedelta(hours=1))
    organization.refresh_from_db()


def stored(folder) -> list[str]:
    return [path.read_text() for path in folder.rglob("*") if path.is_file()]


def dump() -> str:
    """The whole database as text."""
    rows = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and model._meta.db_table in connection.introspection.table_names():
            rows += [f"{model._meta.label} {values}" for values in model._base_manager.values_list()]
    return "\n".join(rows)


def test_every_row_and_file_of_a_deleted_organization_is_gone(organization, full, others, tmp_path):
    RateWindow.objects.create(holder=f"organization:{organization.id}", minute=1, hits=1)
    RateWindow.objects.create(holder=f"key:{organization.keys.get().id}", minute=1, hits=1)
    assert all(rows.exists() for rows in tenant_rows.of(organization) if rows.model in tenant_rows.tables())
    assert stored(tmp_path).count(MARK + organization.public_id) >= 1
    due(organization)

    assert retention.delete_due_organizations() == 1

    gone, receipt = organization.public_id, DeletionReceipt.objects.get()
    assert receipt.public_id == gone
    assert receipt.rows["accounts.ApiKey"] == 1
    lines = [line for line in dump().splitlines() if gone in line]
    assert [line.split()[0] for line in lines] == ["accounts.DeletionReceipt"]
    assert not any(gone in content for content in stored(tmp_path))
    assert not RateWindow.objects.exists()


def test_the_neighbours_rows_and_files_stay(organization, full, others, charlie, tmp_path):
    theirs = charlie.organizations.get()
    before = {rows.model: rows.count() for rows in tenant_rows.of(theirs)}
    due(organization)

    retention.delete_due_organizations()

    assert {rows.model: rows.count() for rows in tenant_rows.of(theirs)} == before
    assert set(stored(tmp_path)) == {MARK + theirs.public_id}


def test_within_the_grace_period_everything_stays_and_can_be_taken_back(organization, full, alice):
    organizations.close(organization, typed_name="Alice's Books", by=alice, address=HERE)
    assert retention.delete_due_organizations() == 0

    organizations.reopen(organization, by=alice, address=HERE)
    organization.refresh_from_db()
    assert organization.deletion_due_at is None


def test_a_deletion_that_ended_half_way_is_taken_up_again(organization, full, tmp_path, monkeypatch):
    due(organization)
    monkeypatch.setattr(retention, "_delete_set_free", lambda _: 1 / 0)
    assert retention.delete_due_organizations() == 0
    assert Organization.objects.filter(id=organization.id).exists()

    monkeypatch.undo()
    assert retention.delete_due_organizations() == 1
    assert not Organization.objects.filter(id=organization.id).exists()


def test_deletion_and_sweep_are_scheduled():
    assert {"delete_due_organizations", "sweep_retention"} <= set(schedules.ACTS)


def test_images_older_than_the_organization_keeps_them_are_swept(organization, full, others, alice, tmp_path):
    organizations.keep(organization, {"keep_images_days": 30}, by=alice, address=HERE)
    StoredFile.objects.update(created_at=timezone.now() - timedelta(days=31))
    Row.objects.update(status="done")
    organization.jobs.update(status="done")

    retention.sweep()

    assert not organization.files.exists()
    assert organization.rows.exists()
    assert organization.audit_events.filter(action="retention.images").exists()
    assert StoredFile.objects.count() == 1  # the neighbour's


def test_rows_older_than_the_organization_keeps_them_are_swept_with_their_files(
    organization, full, others, alice, django_capture_on_commit_callbacks
):
    organizations.keep(organization, {"keep_results_days": 7}, by=alice, address=HERE)
    name = organization.files.get().storage_name
    Row.objects.update(created_at=timezone.now() - timedelta(days=8), status="done")

    with django_capture_on_commit_callbacks(execute=True):
        retention.sweep()

    assert not organization.rows.exists()
    assert not default_storage.exists(name)
    assert Row.objects.count() == 1


def test_nothing_younger_or_still_being_read_is_swept(organization, full, alice):
    organizations.keep(organization, {"keep_images_days": 30, "keep_results_days": 7}, by=alice, address=HERE)
    retention.sweep()
    assert (organization.rows.count(), organization.files.count()) == (1, 1)

    old = timezone.now() - timedelta(days=40)
    Row.objects.update(created_at=old, status="processing")
    StoredFile.objects.update(created_at=old)
    organization.jobs.update(status="processing")
    retention.sweep()
    assert (organization.rows.count(), organization.files.count()) == (1, 1)


def test_the_export_holds_every_table_and_file_of_one_organization(organization, full, others, alice, charlie):
    secret = api_keys.create(organization, name="later", created_by=alice)[1]

    with takeout.pack(organization, by=alice, address=HERE) as packed, zipfile.ZipFile(packed) as archive:
        names = set(archive.namelist())
        everything = b"".join(archive.read(name) for name in names).decode()
        keys = [json.loads(line) for line in archive.read("tables/accounts.apikey.jsonl").splitlines()]

    # All but what the database makes from other tables.
    kept = [model for model in tenant_rows.tables() if model._meta.managed]
    assert {f"tables/{model._meta.label_lower}.jsonl" for model in kept} <= names
    assert f"files/{organization.files.get().storage_name}" in names
    assert charlie.organizations.get().public_id not in everything
    assert secret not in everything
    assert all("digest" not in key for key in keys)
    assert "sealed_secret" not in everything
    assert AuditEvent.objects.filter(action="data.exported", organization=organization).count() == 1
