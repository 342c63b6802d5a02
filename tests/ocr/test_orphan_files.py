"""Bytes that were written and never registered do not stay for ever."""

import io
import os
import time

import pytest
from django.core.files.storage import default_storage

from ocr import files
from ocr.models import StoredFile


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def aged(name: str, hours: float) -> None:
    moment = time.time() - hours * 3600
    os.utime(default_storage.path(name), (moment, moment))


def test_what_a_dead_process_wrote_is_deleted_after_a_day(organization):
    orphan = files.write(organization, io.BytesIO(b"left behind"))
    aged(orphan.storage_name, 25)
    fresh = files.write(organization, io.BytesIO(b"being uploaded"))

    assert files.sweep_orphans() == 1

    assert not default_storage.exists(orphan.storage_name)
    assert default_storage.exists(fresh.storage_name)


def test_what_a_row_names_is_kept_however_old(organization):
    kept = files.register(organization, files.write(organization, io.BytesIO(b"kept")))
    aged(kept.storage_name, 1000)

    assert files.sweep_orphans() == 0

    assert default_storage.exists(StoredFile.objects.get().storage_name)
