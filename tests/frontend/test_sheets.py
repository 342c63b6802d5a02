"""The pages of sheets, as a bookkeeper meets them."""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from ocr import rows, sheets, work
from ocr.models import Correction, Row
from ocr.sheets import Wanted
from tests.poison import GOOD

pytestmark = pytest.mark.django_db

COLUMNS = [
    {"name": "store", "type": "string", "description": ""},
    {"name": "total", "type": "money", "description": ""},
    {
        "name": "items",
        "type": "array",
        "description": "",
        "children": [
            {"name": "description", "type": "string", "description": ""},
            {"name": "amount", "type": "money", "description": ""},
        ],
    },
]


@pytest.fixture
def sheet(organization):
    return sheets.create(organization, "/", Wanted("sheet", "Receipts", COLUMNS))


@pytest.fixture
def filled(sheet):
    """Three rows; the second's total is unsure."""
    for name, store, total, confidence in (
        ("a.png", "Corner Shop", "12.00", 0.98),
        ("b.png", "<b>Bold</b>", "120.50", 0.41),
        ("c.png", "文房具店", "¥1,980", 0.97),
    ):
        row = rows.add(sheet, name=name, file=None)
        values = {
            "store": value(store, 0.99, 10),
            "total": value(total, confidence, 500),
            "items": {"value": [{"description": value("Paper", 0.95, 300), "amount": value(total, 0.95, 300)}]},
        }
        rows.record(row, values, image={"width": 800, "height": 1000, "rotation": 0, "language": "eng"}, warnings=[])
    return sheet


def value(text, confidence, top):
    box = {"xmin": 100, "ymin": top, "xmax": 300, "ymax": top + 20}
    corners = [(100, top), (300, top), (300, top + 20), (100, top + 20)]
    return {
        "value": text, "bbox": box, "vertices": [{"x": x, "y": y} for x, y in corners],
        "match_ratio": 1.0, "bbox_source": "token_id", "confidence": confidence,
    }  # fmt: skip


def page(client, name, *keys, **query):
    return client.get(reverse(name, args=keys), query)


def test_an_empty_workspace_says_what_sheets_are_for(signed_in):
    answer = page(signed_in, "sheets")

    assert answer.status_code == 200
    assert "A sheet is a table that fills itself" in answer.content.decode()


def test_a_sheet_is_made_from_a_template(signed_in, organization):
    answer = signed_in.post(reverse("sheet_new"), {"name": "2026", "template_id": "receipt", "columns-TOTAL_FORMS": 0,
                                                   "columns-INITIAL_FORMS": 0})  # fmt: skip

    made = organization.items.get()
    assert answer.url == reverse("sheet", args=[made.unique_key])
    assert (made.name, made.template_id) == ("2026", "receipt")
    assert [column["name"] for column in made.columns][:3] == ["store_name", "store_address", "store_phone"]


LINES = {
    "columns-1-name": "rows", "columns-1-type": "array",
    "columns-1-children-TOTAL_FORMS": 3, "columns-1-children-INITIAL_FORMS": 3,
    "columns-1-children-0-name": "day", "columns-1-children-0-type": "date",
    "columns-1-children-0-description": "first",
    "columns-1-children-1-name": "", "columns-1-children-2-name": "note",
}  # fmt: skip
BUILT = {
    "name": "Meters", "template_id": "own", "columns-TOTAL_FORMS": 3, "columns-INITIAL_FORMS": 3,
    "columns-0-name": "reading", "columns-0-type": "number", "columns-0-description": "kWh", **LINES,
    "columns-2-name": "",
}  # fmt: skip


def test_a_sheet_is_made_from_columns_of_ones_own(signed_in, organization):
    signed_in.post(reverse("sheet_new"), BUILT)

    reading, lines = organization.items.get().columns
    assert (reading["name"], reading["type"], reading["description"]) == ("reading", "number", "kWh")
    assert [(child["name"], child["type"], child["description"]) for child in lines["children"]] == [
        ("day", "date", "first"), ("note", "string", "")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "names", "with_the_keyboard"),
    [
        ("add", "reading rows[day  note]  ", "columns-3-name"),
        ("add:1", "reading rows[day  note ] ", "columns-1-children-3-name"),
        ("remove:0", "rows[day  note] ", "columns-0-name"),
        ("remove:1:1", "reading rows[day note] ", "columns-1-children-1-name"),
        ("up:1", "rows[day  note] reading ", "columns-0-name"),
        ("down:0", "rows[day  note] reading ", "columns-1-name"),
        ("down:1:0", "reading rows[ day note] ", "columns-1-children-1-name"),
        ("up:0", "reading rows[day  note] ", "columns-0-name"),
        ("remove:99", "reading rows[day  note] ", "columns-2-name"),
        ("up:x", "reading rows[day  note] ", ""),
        ("explode", "reading rows[day  note] ", ""),
    ],
)
def test_columns_are_added_removed_and_moved_without_a_script(
    signed_in, organization, change, names, with_the_keyboard
):
    answer = signed_in.post(reverse("sheet_new"), {**BUILT, "change": change})

    assert answer.status_code == 200
    assert " ".join(built(answer.context["columns"])) == names
    with_focus = re.findall(r'<input[^>]*name="([^"]+)"[^>]* autofocus', answer.content.decode())
    assert with_focus == ([with_the_keyboard] if with_the_keyboard else [])
    assert 'value="Meters"' in answer.content.decode()
    assert not organization.items.exists()


def built(columns: Any) -> Iterator[str]:
    """The names in a form of columns, those of line items in brackets."""
    for column in columns:
        children = [child["name"].value() or "" for child in column.children]
        yield (column["name"].value() or "") + (f"[{' '.join(children)}]" if any(children) else "")


def test_a_form_holds_no_more_columns_than_a_sheet(signed_in):
    many = {**BUILT, "columns-TOTAL_FORMS": 100, "change": "add"}

    assert len(signed_in.post(reverse("sheet_new"), many).context["columns"]) == 100


@pytest.mark.parametrize(
    ("entered", "sentence"),
    [
        ({"name": "a/b", "template_id": "receipt"}, "forbidden character"),
        ({"name": "x", "template_id": "own"}, "give either columns or a templateId"),
        ({"name": "x", "template_id": "own", "columns-TOTAL_FORMS": 1, "columns-0-name": "a",
          "columns-0-type": "array"}, "Name the columns of its lines"),
        ({"name": "x", "template_id": "own", "columns-TOTAL_FORMS": 2, "columns-0-name": "a", "columns-1-name": "a",
          "columns-0-type": "string", "columns-1-type": "string"}, "names must be unique"),
    ],
)  # fmt: skip
def test_what_was_wrong_with_a_new_sheet_is_named(signed_in, organization, entered, sentence):
    answer = signed_in.post(reverse("sheet_new"), {"columns-TOTAL_FORMS": 0, "columns-INITIAL_FORMS": 0, **entered})

    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not organization.items.exists()


def test_a_folder_holds_sheets_of_its_own(signed_in, organization):
    answer = signed_in.post(reverse("folder_new"), {"path": "/", "name": "2026"})
    signed_in.post(reverse("sheet_new"), {"path": "/2026", "name": "May", "template_id": "receipt",
                                          "columns-TOTAL_FORMS": 0, "columns-INITIAL_FORMS": 0})  # fmt: skip

    assert "May" in signed_in.get(answer.url).content.decode()
    assert "May" not in page(signed_in, "sheets").content.decode()


def test_the_grid_shows_rows_as_text_and_marks_what_is_unsure(signed_in, filled):
    text = page(signed_in, "sheet", filled.unique_key).content.decode()

    assert "Corner Shop" in text
    assert "&lt;b&gt;Bold&lt;/b&gt;" in text
    assert "<b>Bold" not in text
    assert text.count("To check: 41 % sure") == 1


def test_a_condition_that_is_entered_becomes_part_of_the_address(signed_in, filled):
    answer = page(signed_in, "sheet", filled.unique_key, column="total", operator=">", value="100")

    assert answer.url == reverse("sheet", args=[filled.unique_key]) + "?where=total%3E100"
    text = signed_in.get(answer.url).content.decode()
    assert "Corner Shop" not in text
    assert "文房具店" in text
    assert "1 to 2 of 2" in text


def test_a_wrong_condition_is_named_and_the_rows_are_still_there(signed_in, filled):
    answer = page(signed_in, "sheet", filled.unique_key, where="nothing>1")

    assert answer.status_code == 400
    assert "nothing" in answer.content.decode()
    assert "Corner Shop" in answer.content.decode()


def test_the_export_holds_what_the_grid_shows(signed_in, filled):
    answer = page(signed_in, "sheet_export", filled.unique_key, where="total>100", sort="total:desc",
                  select="store,total", format="csv")  # fmt: skip

    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content)))[1:] == [["文房具店", "¥1,980"], ["<b>Bold</b>", "120.50"]]


def test_a_corrected_value_keeps_what_was_read_and_who_changed_it(signed_in, alice, filled):
    row = filled.rows.get(name="b.png")
    url = reverse("sheet_row", args=[filled.unique_key, row.row_key])

    signed_in.post(url, {"store": "<b>Bold</b>", "total": "125.00", "items[0].amount": "125.00"})

    row.refresh_from_db()
    assert (row.values["total"]["value"], row.values["total"]["read"]) == ("125.00", "120.50")
    assert row.values["items"]["value"][0]["amount"]["value"] == "125.00"
    assert "read" not in row.values["store"]
    changes = Correction.objects.filter(row=row).order_by("id")
    assert [(change.column, change.user) for change in changes] == [("total", alice), ("items[0].amount", alice)]
    assert "✎ 120.50" in signed_in.get(url).content.decode()


def test_the_review_asks_for_each_unsure_value_once(signed_in, filled):
    url = reverse("sheet_review", args=[filled.unique_key])
    row = filled.rows.get(name="b.png")
    name = f"{row.row_key}/total"

    text = signed_in.get(url).content.decode()
    assert text.count('name="row_') == 1
    assert f'name="{name}" value="120.50"' in text

    signed_in.post(url, {name: "120.50", f"confirm:{name}": "1"})

    assert "has been looked at" in signed_in.get(url).content.decode()
    row.refresh_from_db()
    assert row.values["total"]["value"] == row.values["total"]["read"] == "120.50"


def test_pictures_become_rows_with_a_picture(signed_in, sheet):
    file = SimpleUploadedFile("a.png", GOOD["png_rgb"]())

    answer = signed_in.post(reverse("sheet_upload", args=[sheet.unique_key]), {"files": file},
                            headers={"Accept": "application/json"})  # fmt: skip
    assert answer.json() == {"message": "1 page is being read.", "pages": 1}
    assert "data-working" in page(signed_in, "sheet_progress", sheet.unique_key).content.decode()
    assert work.run_next()

    row = sheet.rows.get()
    assert row.status == Row.Status.DONE
    assert "data-working" not in page(signed_in, "sheet_progress", sheet.unique_key).content.decode()
    picture = page(signed_in, "sheet_picture", sheet.unique_key, row.row_key)
    assert picture.content[:3] == b"\xff\xd8\xff"
    assert "private" in picture["Cache-Control"]


def test_a_file_that_is_sent_again_with_its_key_is_stored_once(signed_in, sheet):
    def send(content: bytes):
        headers = {"Accept": "application/json", "Idempotency-Key": "9f2c"}
        url = reverse("sheet_upload", args=[sheet.unique_key])
        return signed_in.post(url, {"files": SimpleUploadedFile("a.png", content)}, headers=headers)

    first, again, other = send(GOOD["png_rgb"]()), send(GOOD["png_rgb"]()), send(GOOD["png_1bit"]())

    assert first.json() == again.json() == {"message": "1 page is being read.", "pages": 1}
    assert sheet.rows.count() == 1
    assert other.status_code == 409
    assert "was used for another request" in other.json()["error"]


def test_an_upload_that_is_refused_says_why(signed_in, sheet):
    url = reverse("sheet_upload", args=[sheet.unique_key])

    nothing = signed_in.post(url, headers={"Accept": "application/json"})
    large = signed_in.post(url, {"files": SimpleUploadedFile("a.png", b"x" * 1_100_000)},
                           headers={"Accept": "application/json"})  # fmt: skip

    assert (nothing.status_code, nothing.json()["error"]) == (400, "Choose pictures or PDFs first.")
    assert large.status_code == 400
    assert "1 MB" in large.json()["error"]
    assert not sheet.rows.exists()


def test_a_row_and_a_sheet_are_deleted_after_asking(signed_in, organization, filled):
    row = filled.rows.first()
    signed_in.post(reverse("sheet_row_remove", args=[filled.unique_key, row.row_key]))
    assert filled.rows.count() == 2

    url = reverse("item_remove", args=[filled.unique_key])
    assert "Its 2 rows go with it" in signed_in.get(url).content.decode()
    signed_in.post(url)

    assert not organization.items.exists()


def test_another_organizations_sheet_is_not_there(client, charlie, filled):
    client.force_login(charlie)
    row = filled.rows.first()

    for name, keys in (
        ("sheet", [filled.unique_key]), ("sheet_export", [filled.unique_key]), ("sheet_review", [filled.unique_key]),
        ("sheet_row", [filled.unique_key, row.row_key]), ("sheet_picture", [filled.unique_key, row.row_key]),
        ("item_remove", [filled.unique_key]),
    ):  # fmt: skip
        assert page(client, name, *keys).status_code == 404, name


def test_a_viewer_looks_but_changes_nothing(client, organization, bob, filled):
    organization.memberships.filter(user=bob).update(role="viewer")
    client.force_login(bob)
    row = filled.rows.first()
    url = reverse("sheet_row", args=[filled.unique_key, row.row_key])

    assert "readonly" in client.get(url).content.decode()
    assert client.post(url, {"total": "1"}).status_code == 403
    assert client.post(reverse("sheet_upload", args=[filled.unique_key])).status_code == 302
    assert json.dumps(filled.rows.first().values) == json.dumps(row.values)


def test_a_view_is_saved_under_a_name_shown_to_colleagues_and_deleted(client, signed_in, bob, filled):
    text = page(signed_in, "sheet", filled.unique_key, where="total>100", sort="total:desc").content.decode()
    assert "Save this view" in text

    saved = signed_in.post(
        reverse("saved_view_save", args=[filled.unique_key]),
        {"name": "Over <b>100</b>", "where": "total>100", "sort": "total:desc", "select": "store,total"},
    )
    client.force_login(bob)
    shown = client.get(saved.url).content.decode()
    assert "Over &lt;b&gt;100&lt;/b&gt;</a>" in shown
    assert 'aria-current="true">Over' in shown
    assert "Corner Shop" not in shown
    assert "Save this view" not in shown

    view = filled.saved_views.get()
    client.post(reverse("saved_view_remove", args=[filled.unique_key, view.key]))
    assert not filled.saved_views.exists()


def test_a_wrong_view_is_explained(signed_in, filled):
    url = reverse("saved_view_save", args=[filled.unique_key])

    answer = signed_in.post(url, {"name": "Wrong", "where": "nothing>1"})

    assert answer.status_code == 400
    assert "There is no column" in answer.content.decode()
