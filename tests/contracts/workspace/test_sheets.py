"""GET /space, POST /create, /edit and /remove, row by row of the contract, on whole bodies."""

import io
import re
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from accounts import api_keys
from accounts.key_limits import Limits
from ocr import files, rows, sheets
from ocr.models import Correction, StoredFile
from tests.contracts.workspace.conftest import envelope, refused
from tests.ocr.sheets_cast import BOX, COLUMNS, add, new_sheet

FIELDS = [{"name": "total", "type": "money"}]


def key_of(body: dict[str, Any]) -> str:
    assert re.fullmatch(r"itm_\w{16}", body["uniqueKey"])
    return body["uniqueKey"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_a_sheet_and_a_memo_are_made_and_listed(call, slash):
    folder = call(f"/create{slash}", {"path": "/", "type": "folder", "name": "2026"})
    sheet = call(f"/create{slash}", {"path": "/2026", "type": "sheet", "name": "Rechnungen", "columns": FIELDS})
    memo = call(f"/create{slash}", {"path": "/2026/", "type": "memo", "name": "読む", "text": "Hello"})

    assert [answer.status_code for answer in (folder, sheet, memo)] == [201, 201, 201]
    assert folder.json() == {"path": "/2026", "type": "folder", "uniqueKey": key_of(folder.json())}
    assert sheet.json() == {"path": "/2026/Rechnungen", "type": "sheet", "uniqueKey": key_of(sheet.json())}
    assert memo.json() == {"path": "/2026/読む", "type": "memo", "uniqueKey": key_of(memo.json())}

    listed = call(f"/space{slash}", path="/", depth="2").json()

    assert [entry.pop("createdAt") > 1_700_000_000_000 for entry in listed] == [True] * 3
    assert listed == [
        {"path": "/2026", "name": "2026", "type": "folder"},
        {
            "path": "/2026/Rechnungen",
            "name": "Rechnungen",
            "type": "sheet",
            "uniqueKey": sheet.json()["uniqueKey"],
            "extensions": "sheet",
        },
        {"path": "/2026/読む", "name": "読む", "type": "memo"},
    ]
    assert [entry["path"] for entry in call("/space").json()] == ["/2026"]


def test_the_images_of_a_sheet_are_listed_below_it(call, organization):
    row = add(new_sheet(organization), "Scan 1.png")

    listed = call("/space", path="/Invoices").json()

    assert listed == [
        {
            "path": f"/Invoices/{row.row_key}",
            "name": "Scan 1.png",
            "type": "img",
            "createdAt": int(row.created_at.timestamp() * 1000),
        }
    ]


def test_a_sheet_made_from_a_template_has_its_fields(call, organization):
    call("/create", {"path": "/", "type": "sheet", "name": "Receipts", "templateId": "receipt"})

    sheet = sheets.find(organization, "/Receipts")

    assert [column["name"] for column in sheet.columns] == [
        "store_name", "store_address", "store_phone", "transaction_date", "transaction_time", "receipt_no",
        "items", "subtotal", "tax", "total", "payment_method",
    ]  # fmt: skip
    assert [child["name"] for child in sheet.columns[6]["children"]] == [
        "description", "quantity", "unit_price", "amount",
    ]  # fmt: skip
    assert sheet.template_id == "receipt"


@pytest.mark.parametrize("character", [*"./#$[]", "\n", "\0"])
def test_forbidden_characters_in_names_are_refused(call, character):
    answer = refused(call("/create", {"path": "/", "type": "folder", "name": f"a{character}b"}))

    message = (
        "Holds a NUL or half a character: send valid Unicode."
        if character == "\0"
        else "Holds a forbidden character: none of . / # $ [ ] is allowed."
    )
    errors = [{"field": "name", "message": message}]
    assert answer == (400, envelope("validation_failed", f"name: {message}", errors=errors))


@pytest.mark.parametrize(
    ("body", "status", "code", "message"),
    [
        ([], 400, "invalid_request", "The body is not a JSON object."),
        ({}, 400, "invalid_request", "path is required: / for the root, or names such as /Invoices/2026."),
        ({"path": "/"}, 400, "invalid_request", "type is required."),
        ({"path": "/", "type": "sheet"}, 400, "invalid_request", "name is required."),
        (
            {"path": "/", "type": "sheet", "name": "x"},
            400,
            "invalid_request",
            "Say what the sheet holds: give either columns or a templateId.",
        ),
        (
            {"path": "/nowhere", "type": "folder", "name": "x"},
            404,
            "not_found",
            "There is nothing at '/nowhere' in your workspace. GET /space lists what there is.",
        ),
    ],
)
def test_what_a_new_item_lacks_is_said(call, body, status, code, message):
    assert refused(call("/create", body)) == (status, envelope(code, message))


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"path": 5}, "path", "Must be a string."),
        ({"type": "table"}, "type", "Must be one of: folder, sheet, memo."),
        ({"name": 5}, "name", "Must be a string."),
        ({"name": "n" * 201}, "name", "Has 201 characters; at most 200 are allowed."),
        ({"name": "taken"}, "name", "There is already something called 'taken' in this folder."),
        ({"type": "sheet", "columns": "x"}, "columns", "Must be a list of at least one field."),
        (
            {"type": "sheet", "columns": [{"name": "a", "type": "colour"}]},
            "columns[0].type",
            "Must be one of: string, number, date, money, array.",
        ),
    ],
)
def test_a_wrong_value_is_named(call, organization, values, field, message):
    sheets.create(organization, "/", sheets.Wanted("folder", "taken"))

    answer = refused(call("/create", {"path": "/", "type": "folder", "name": "x", **values}))

    errors = [{"field": field, "message": message}]
    assert answer == (400, envelope("validation_failed", f"{field}: {message}", errors=errors))


def test_the_plan_caps_the_number_of_sheets(call, organization):
    wanted = {"path": "/", "type": "sheet", "columns": FIELDS}
    for number in range(3):
        assert call("/create", {**wanted, "name": str(number)}).status_code == 201

    answer = refused(call("/create", {**wanted, "name": "4"}))

    message = "Your plan includes 3 sheets, and all of them are in use. Remove one, or choose a larger plan."
    assert answer == (403, envelope("forbidden", message, limit=3))
    assert call("/create", {"path": "/", "type": "folder", "name": "free"}).status_code == 201
    assert call("/remove", {"path": "/0"}).json() == {"ok": True}
    assert call("/create", {**wanted, "name": "4"}).status_code == 201


def test_sheets_past_a_smaller_plan_can_be_read_and_not_changed(call, organization):
    organization.plan = "pro"
    organization.save()
    made = [new_sheet(organization, str(number)) for number in range(4)]
    for sheet in made:
        add(sheet, total="1")
    organization.plan = "free"
    organization.save()

    edit = {"row": 0, "column": "total", "value": "2"}

    assert [call("/edit", {"path": f"/{number}", **edit}).status_code for number in range(4)] == [200, 200, 200, 403]
    assert call("/view", path="/3").json()["rows"][0]["values"]["total"] == "1"


@pytest.mark.parametrize(("row", "column"), [(0, "total"), ("key", 3), (0, 3)])
def test_a_cell_is_edited_and_what_was_read_stays_beside_it(call, organization, row, column):
    added = add(new_sheet(organization), total="¥84,263")
    row = added.row_key if row == "key" else row

    answer = call("/edit", {"path": "/Invoices", "row": row, "column": column, "value": "$1,000.50"})

    assert answer.json() == {"ok": True, "patched": {"row": row, "column": column, "value": "$1,000.50"}}
    values = call("/view", path="/Invoices", select="total").json()["rows"][0]["values"]
    at = values["field_bboxes"]["total"].pop("corrected_at")
    assert at > 1_700_000_000_000
    assert values == {
        "total": "$1,000.50",
        "field_bboxes": {"total": {**BOX, "read": "¥84,263", "normalized": {"amount": "1000.50", "currency": "USD"}}},
    }


def test_every_correction_is_kept_with_its_author(call, organization):
    row = add(new_sheet(organization), total="1")
    for value in ("2", "3"):
        call("/edit", {"path": "/Invoices", "row": 0, "column": "total", "value": value})

    kept = list(Correction.objects.filter(row=row).order_by("id"))

    assert [(one.column, one.before["value"], one.after["value"], one.after["read"]) for one in kept] == [
        ("total", "1", "2", "1"),
        ("total", "2", "3", "1"),
    ]
    assert {one.key for one in kept} == {organization.keys.get()}


def test_a_line_item_is_edited_by_its_address(call, organization):
    add(new_sheet(organization), items=[{"description": "Tea", "amount": "1"}, {"description": "Ink", "amount": "2"}])

    answer = call("/edit", {"path": "/Invoices", "row": 0, "column": "items[1].amount", "value": "9"})

    assert answer.json()["ok"] is True
    view = call("/view", path="/Invoices", where="items.amount=9", boxes="0").json()
    assert view["rows"][0]["values"]["items"] == [
        {"description": "Tea", "amount": "1"},
        {"description": "Ink", "amount": "9"},
    ]


def test_line_items_are_replaced_as_a_whole(call, organization):
    add(new_sheet(organization), items=[{"description": "Tea", "amount": "1"}])
    lines = [{"description": "A"}, {"description": "B", "amount": "5"}]

    call("/edit", {"path": "/Invoices", "row": 0, "column": "items", "value": lines})

    view = call("/view", path="/Invoices", boxes="0").json()
    assert view["rows"][0]["values"]["items"] == [
        {"description": "A", "amount": ""},
        {"description": "B", "amount": "5"},
    ]


def test_a_memo_is_edited(call, organization):
    sheets.create(organization, "/", sheets.Wanted("memo", "Note", text="old"))

    assert call("/edit", {"path": "/Note", "text": "new"}).json() == {"ok": True, "patched": {"text": "new"}}
    assert call("/view", path="/Note").json() == {"type": "memo", "path": "/Note", "name": "Note", "text": "new"}


NO_ROW = "The sheet has no row {}. Give a rowKey, or a 0-based index."


@pytest.mark.parametrize(
    ("edit", "answer"),
    [
        ({"row": 9}, (404, envelope("not_found", NO_ROW.format(9)))),
        ({"row": -1}, (404, envelope("not_found", NO_ROW.format(-1)))),
        ({"row": "row_x"}, (404, envelope("not_found", NO_ROW.format("'row_x'")))),
        ({"row": True}, ("row", "Must be a whole number from 0, or a string.")),
        ({"column": 9}, ("column", "There is no column 9; the sheet has 5, counted from 0.")),
        (
            {"column": "colour"},
            ("column", "There is no column 'colour'. The columns are: vendor, code, day, total, items."),
        ),
        ({"column": "items[5].amount"}, ("column", "'items' has 0 lines, counted from 0; there is no line 5.")),
        ({"value": 5}, ("value", "'total' holds text: give a string.")),
        ({"value": "x" * 100_001}, ("value", "Has 100001 characters; at most 100000 are allowed.")),
        (
            {"column": "items", "value": "x"},
            ("value", "'items' holds line items: give a list of objects with description, amount."),
        ),
        (
            {"column": "items", "value": [{"colour": "x"}]},
            ("value", "There is no 'colour' in 'items'; it has description, amount."),
        ),
        (
            {"value": None},
            (
                400,
                envelope("invalid_request", "value is required: give row, column and value, or text for a memo."),
            ),
        ),
    ],
)
def test_an_edit_that_fits_nothing_is_refused_by_name(call, organization, edit, answer):
    add(new_sheet(organization), total="1")

    got = refused(call("/edit", {"path": "/Invoices", "row": 0, "column": "total", "value": "2", **edit}))

    if isinstance(answer[0], str):
        field, message = answer
        errors = [{"field": field, "message": message}]
        answer = (400, envelope("validation_failed", f"{field}: {message}", errors=errors))
    assert got == answer
    assert Correction.objects.count() == 0


def test_removing_takes_everything_below_with_it(
    call, organization, tmp_path, settings, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    sheets.create(organization, "/", sheets.Wanted("folder", "Old"))
    sheet = sheets.create(organization, "/Old", sheets.Wanted("sheet", "Inner", COLUMNS))
    stored = _stored(organization, b"\x89PNG picture")
    rows.add(sheet, name="a.png", file=stored)
    assert default_storage.exists(stored.storage_name)

    with django_capture_on_commit_callbacks(execute=True):
        assert call("/remove", {"path": "/Old"}).json() == {"ok": True}

    assert not organization.items.exists()
    assert not organization.rows.exists()
    assert not StoredFile.objects.exists()
    assert not default_storage.exists(stored.storage_name)
    assert files.used_bytes(organization) == 0


def test_an_image_that_another_row_shows_stays(
    call, organization, tmp_path, settings, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    one, other = new_sheet(organization, "One"), new_sheet(organization, "Other")
    stored = _stored(organization, b"\x89PNG picture")
    gone, _ = rows.add(one, name="a", file=stored), rows.add(other, name="b", file=stored)

    with django_capture_on_commit_callbacks(execute=True):
        assert call("/remove", {"path": f"/One/{gone.row_key}"}).json() == {"ok": True}

    assert not one.rows.exists()
    assert default_storage.exists(stored.storage_name)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/", (400, envelope("invalid_request", "The root cannot be removed. Name a folder, sheet, memo or image."))),
        (
            "/nowhere",
            (
                404,
                envelope(
                    "not_found", "There is nothing at '/nowhere' in your workspace. GET /space lists what there is."
                ),
            ),
        ),
    ],
)
def test_what_is_not_there_cannot_be_removed(call, path, answer):
    assert refused(call("/remove", {"path": path})) == answer


def test_a_sheet_answers_to_its_unique_key(call, organization):
    sheets.create(organization, "/", sheets.Wanted("folder", "Deep"))
    sheet = sheets.create(organization, "/Deep", sheets.Wanted("sheet", "Inner", COLUMNS))

    by_key = call("/view", path=sheet.unique_key).json()

    assert by_key == call("/view", path="/Deep/Inner").json() == call("/view", path=f"/Deep/{sheet.unique_key}").json()
    assert by_key["path"] == "/Deep/Inner"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/view", None),
        ("/space", None),
        ("/export", None),
        ("/edit", {"row": 0, "column": "total", "value": "2"}),
        ("/remove", {}),
        ("/create", {"type": "folder", "name": "x"}),
    ],
)
def test_another_organizations_things_are_not_there(call, charlie, path, body):
    theirs = new_sheet(charlie.organizations.get(), "Secret")
    row = add(theirs, total="1")

    for name in ("/Secret", theirs.unique_key, f"/Secret/{row.row_key}"):
        asked = call(path, path=name) if body is None else call(path, {"path": name, **body})
        assert refused(asked) == (
            404,
            envelope("not_found", f"There is nothing at {name!r} in your workspace. GET /space lists what there is."),
        )
    row.refresh_from_db()
    assert row.values["total"]["value"] == "1"


def test_a_key_for_one_sheet_reaches_no_other(call, organization, alice):
    mine, other = new_sheet(organization, "Mine"), new_sheet(organization, "Other")
    limits = Limits(scopes=("sheets:read", "sheets:write"), sheet_key=mine.unique_key)
    key = api_keys.create(organization, name="one sheet", created_by=alice, limits=limits)[1]

    assert call("/view", path="/Mine", key=key).status_code == 200
    assert call("/view", path="/Other", key=key).status_code == 404
    assert call("/view", path=other.unique_key, key=key).status_code == 404
    assert call("/export", path="/Other", key=key).status_code == 404
    assert call("/space", key=key).status_code == 403
    assert call("/create", {"path": "/", "type": "folder", "name": "x"}, key=key).status_code == 403
    assert call("/remove", {"path": "/Other"}, key=key).status_code == 403


def _stored(organization: Any, content: bytes) -> StoredFile:
    with transaction.atomic():
        return files.register(organization, files.write(organization, io.BytesIO(content)))
