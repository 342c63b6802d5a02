"""GET /view, row by row of the contract, on whole bodies."""

import re

import pytest
from django.test import Client

from ocr import rows, sheets
from tests.contracts.workspace.conftest import envelope, refused
from tests.ocr.sheets_cast import BOX, COLUMNS, add, cell, new_sheet


def test_a_folder_lists_its_items(call, organization):
    folder = sheets.create(organization, "/", sheets.Wanted("folder", "2026"))
    sheet = sheets.create(organization, "/2026", sheets.Wanted("sheet", "Invoices", COLUMNS))

    assert call("/view", path="/2026").json() == {
        "type": "folder",
        "path": "/2026",
        "items": [
            {"path": "/2026/Invoices", "name": "Invoices", "type": "sheet", "uniqueKey": sheet.unique_key},
        ],
    }
    assert call("/view/", path="/").json() == {
        "type": "folder",
        "path": "/",
        "items": [{"path": "/2026", "name": "2026", "type": "folder", "uniqueKey": folder.unique_key}],
    }


def test_a_sheet_shows_its_rows_in_the_flat_form_with_boxes(call, organization):
    total = cell("¥84,263", amount="84263", currency="JPY")
    row = add(new_sheet(organization), "a.png", vendor="株式会社", total=total, items=[{"amount": "5"}])
    beside = {**BOX, "normalized": total["normalized"]}

    assert call("/view", path="/Invoices").json() == {
        "type": "sheet",
        "path": "/Invoices",
        "name": "Invoices",
        "columns": COLUMNS,
        "total": 1,
        "matched": 1,
        "offset": 0,
        "limit": 500,
        "nextOffset": None,
        "rows": [
            {
                "rowKey": row.row_key,
                "name": "a.png",
                "imageUrl": None,
                "ocrStatus": "done",
                "values": {
                    "vendor": "株式会社",
                    "code": "",
                    "day": "",
                    "total": "¥84,263",
                    "items": [{"amount": "5", "field_bboxes": {"amount": BOX}}],
                    "field_bboxes": {"vendor": BOX, "code": {}, "day": {}, "total": beside, "items": BOX},
                },
            }
        ],
    }


@pytest.mark.parametrize("boxes", ["0", "false"])
def test_boxes_can_be_left_out(call, organization, boxes):
    add(new_sheet(organization), total="1", items=[{"amount": "5"}])

    values = call("/view", path="/Invoices", boxes=boxes).json()["rows"][0]["values"]

    assert values == {
        "vendor": "",
        "code": "",
        "day": "",
        "total": "1",
        "items": [{"description": "", "amount": "5"}],
    }


def test_a_row_that_waits_is_shown_with_empty_values(call, organization):
    rows.add(new_sheet(organization), name="later.png", file=None)

    row = call("/view", path="/Invoices", boxes="0").json()["rows"][0]

    assert (row["name"], row["ocrStatus"]) == ("later.png", "pending")
    assert row["values"] == {"vendor": "", "code": "", "day": "", "total": "", "items": []}


def test_where_sort_select_limit_and_offset_work_together(call, organization):
    sheet = new_sheet(organization)
    for number in range(10):
        add(sheet, f"{number}.png", vendor="ACME" if number % 2 else "Other", total=f"${number},000")
    asked = {"path": "/Invoices", "where": ["vendor=ACME", "total>1000"], "sort": "total:desc", "boxes": "0"}

    first = call("/view", **asked, select="total,vendor", limit="3").json()
    second = call("/view", **asked, select="total,vendor", limit="3", offset="3").json()

    assert [column["name"] for column in first["columns"]] == ["total", "vendor"]
    assert [row["values"] for row in first["rows"]] == [
        {"total": "$9,000", "vendor": "ACME"},
        {"total": "$7,000", "vendor": "ACME"},
        {"total": "$5,000", "vendor": "ACME"},
    ]
    numbers = ("total", "matched", "offset", "limit", "nextOffset")
    assert [first[name] for name in numbers] == [10, 4, 0, 3, 3]
    assert [second[name] for name in numbers] == [10, 4, 3, 3, None]
    assert [row["values"]["total"] for row in second["rows"]] == ["$3,000"]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        (
            {"where": "colour=1"},
            "where",
            "There is no column 'colour'. The columns are: "
            "name, ocrStatus, vendor, code, day, total, items.description, items.amount.",
        ),
        (
            {"where": "total is 1"},
            "where",
            "'total is 1' has no operator. Write <column><operator><value> with one of != >= <= = > < ~.",
        ),
        *[
            ({"where": f"total{other}5"}, "where", f"{other} is no operator. Write one of != >= <= = > < ~.")
            for other in ("==", "<>", "=<", "=>")
        ],
        (
            {"select": "colour"},
            "select",
            "There is no column 'colour'. The columns are: vendor, code, day, total, items, name.",
        ),
        ({"limit": "501"}, "limit", "Must be a whole number from 1 to 500."),
        ({"limit": "0"}, "limit", "Must be a whole number from 1 to 500."),
        ({"offset": "-1"}, "offset", "Must be a whole number from 0 to 2147483648."),
        ({"boxes": "maybe"}, "boxes", "Must be 0 or 1."),
    ],
)
def test_a_wrong_parameter_is_named(call, organization, query, field, message):
    new_sheet(organization)

    answer = refused(call("/view", path="/Invoices", **query))

    errors = [{"field": field, "message": message}]
    assert answer == (400, envelope("validation_failed", f"{field}: {message}", errors=errors))


def test_the_path_is_required(call):
    message = "path is required: / for the root, or names such as /Invoices/2026."

    assert refused(call("/view")) == (400, envelope("invalid_request", message))


def test_without_a_key_nothing_is_shown(db):
    answer = refused(Client().get("/view", {"path": "/"}))

    message = "The API key is missing. Send it as the header 'Authorization: Bearer spocr_…'."
    assert answer == (401, envelope("missing_api_key", message))


def test_characters_that_no_database_takes_are_replaced_and_noted(call, organization):
    row = add(new_sheet(organization), vendor="a\0b\ud800c")

    view = call("/view", path="/Invoices", boxes="0", where="vendor~AB").json()

    assert view["rows"][0]["values"]["vendor"] == "ab\ufffdc"
    assert [warning["code"] for warning in row.warnings] == ["characters_replaced"]
    assert re.fullmatch(r"row_\w{16}", view["rows"][0]["rowKey"])
