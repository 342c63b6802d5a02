"""Views of a sheet under a name: kept for everybody in the organization."""

import pytest

from accounts.errors import WrongValue
from ocr import saved_views
from ocr.saved_views import MAX_VIEWS, NoSuchView
from tests.ocr.sheets_cast import new_sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def sheet(organization):
    return new_sheet(organization)


def save(sheet, alice, name="Large", where=("total>100",), sort=("-total",), select=("vendor", "total")):
    return saved_views.save(sheet, name, where=where, sort=sort, select=select, by=alice)


def test_a_view_keeps_filter_order_and_columns(sheet, alice):
    save(sheet, alice, name="  Large ")

    view = saved_views.of(sheet)[0]
    assert (view.name, view.created_by, view.organization) == ("Large", alice, sheet.organization)
    assert (view.where, view.sort, view.select) == (["total>100"], ["-total"], ["vendor", "total"])


def test_the_same_name_again_replaces_what_it_shows(sheet, alice):
    first = save(sheet, alice)
    save(sheet, alice, where=["total>200"])

    assert [(view.key, view.where) for view in saved_views.of(sheet)] == [(first.key, ["total>200"])]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": " "}, "name: Must not be empty"),
        ({"name": "n" * 81}, "name: Has 81 characters; at most 80"),
        ({"name": "a\x00b"}, "cannot be shown"),
        ({"where": ["nothing>1"]}, "There is no column 'nothing'"),
        ({"sort": ["items.amount"]}, "sort by a column that it has once"),
        ({"select": ["nothing"]}, "There is no column 'nothing'"),
    ],
)
def test_what_is_wrong_with_a_view_is_named_and_nothing_is_kept(sheet, alice, given, sentence):
    with pytest.raises(WrongValue, match=sentence):
        save(sheet, alice, **given)

    assert saved_views.of(sheet) == []


def test_a_sheet_keeps_so_many_views(sheet, alice):
    for number in range(MAX_VIEWS):
        save(sheet, alice, name=str(number))

    with pytest.raises(WrongValue, match="Delete one"):
        save(sheet, alice, name="one more")
    save(sheet, alice, name="0", where=["total>5"])


def test_a_view_is_found_through_its_own_sheet_alone(sheet, alice, organization):
    view = save(sheet, alice)
    organization.plan = "pro"
    organization.save(update_fields=["plan"])
    other = new_sheet(organization, "Other")

    with pytest.raises(NoSuchView):
        saved_views.remove(other, view.key)
    saved_views.remove(sheet, view.key)

    assert saved_views.of(sheet) == []
