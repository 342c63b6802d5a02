"""Caps of the workspace are exact, however many ask at the same moment."""

import io

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from accounts import organizations
from accounts.models import Organization
from ocr import files, sheets
from ocr.files import StorageFull
from ocr.sheets import TooManySheets, Wanted
from tests.conftest import person
from tests.ocr.sheets_cast import COLUMNS
from tests.parallel import at_once

PLAN = '[free]\nname = "F"\nfile_bytes = 9\npdf_pages = 1\nhas_watermark = true\nsheets = 3\nstorage_bytes = 100\n'


@pytest.fixture
def shop(transactional_db, settings, tmp_path) -> Organization:
    (tmp_path / "plans.toml").write_text(PLAN)
    settings.PLANS_FILE = tmp_path / "plans.toml"
    settings.MEDIA_ROOT = tmp_path / "files"
    return organizations.create(person("shop@example.org"), name="Shop")


def store(organization: Organization, content: bytes) -> None:
    written = files.write(organization, io.BytesIO(content))
    with files.discarded_on_failure([written]), transaction.atomic():
        files.register(organization, written)


def test_as_many_sheets_are_made_as_the_plan_has(shop):
    numbers = iter(range(100))

    results = at_once(lambda: sheets.create(shop, "/", Wanted("sheet", str(next(numbers)), COLUMNS)), 10)

    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 7
    assert {type(error) for error in refused} == {TooManySheets}
    assert shop.items.count() == 3


def test_as_many_bytes_are_kept_as_the_plan_has_and_refused_ones_leave_nothing(shop):
    numbers = iter(range(100))

    results = at_once(lambda: store(shop, b"%025d" % next(numbers)), 10)

    assert [type(result) for result in results if result is not None] == [StorageFull] * 6
    assert files.used_bytes(shop) == 100
    assert len(default_storage.listdir(shop.public_id)[1]) == 4


def test_the_same_content_at_once_is_one_file(shop):
    results = at_once(lambda: store(shop, b"the same picture"), 10)

    assert results == [None] * 10
    assert files.used_bytes(shop) == 16
    assert len(default_storage.listdir(shop.public_id)[1]) == 1


def test_one_name_is_given_once(shop):
    results = at_once(lambda: sheets.create(shop, "/", Wanted("folder", "Same")), 10)

    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert shop.items.count() == 1
