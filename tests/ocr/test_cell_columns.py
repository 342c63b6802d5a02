"""The columns that queries look at follow every change of a row, whoever makes it."""

from typing import Any

from django.db import connection

from ocr import cell_columns, query, rows, sheets
from ocr.models import Cells, Item, Row
from ocr.rows import Author
from tests.ocr.sheets_cast import add, cell, new_sheet

WIDE = [{"name": f"c{number}", "type": "string", "description": ""} for number in range(40)]


def stored(sheet: Item) -> list[tuple[Any, ...]]:
    """Place, line and the first cells of each line, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT place, line, part, k0, t0, f0, k1, k4, t4 FROM ocr_cells WHERE sheet_id = %s "
            "ORDER BY row_id, place, line, part",
            [sheet.id],
        )
        return list(cursor.fetchall())


def found(sheet: Item, where: list[str], sort: list[str]) -> list[str]:
    wanted = query.parse(sheet.columns, where=where, sort=sort, select=[])
    names = dict(sheet.rows.values_list("id", "name"))
    return [names[id_] for id_ in query.ordered(sheet, wanted)]


def test_a_row_and_each_of_its_line_items_has_a_line(organization):
    sheet = new_sheet(organization)

    add(sheet, "A.png", vendor="ACME", total="7", items=[{"description": "Tea", "amount": "1"}, {"description": "b"}])

    assert stored(sheet) == [
        (0, 0, 0, "3A.png", None, "a.png", "3ACME", "165007", "7"),
        (5, 0, 0, "3Tea", None, "tea", "165001", None, None),
        (5, 1, 0, "3b", None, None, "3", None, None),
    ]


def test_a_correction_changes_the_lines(organization, alice):
    sheet = new_sheet(organization)
    row = add(sheet, vendor="old", items=[{"amount": "1"}, {"amount": "2"}])

    rows.correct(row, "vendor", "new", author=Author(user=alice))
    rows.correct(row, "items", [{"amount": "3"}], author=Author(user=alice))

    assert found(sheet, ["vendor=new"], []) == ["scan.png"]
    assert found(sheet, ["vendor=old"], []) == found(sheet, ["items.amount<3"], []) == []
    assert len(stored(sheet)) == 2


def test_a_row_that_is_deleted_leaves_no_line(organization):
    sheet, other = new_sheet(organization), new_sheet(organization, "Other")
    add(sheet, items=[{"amount": "1"}])
    add(other, items=[{"amount": "1"}])

    sheets.remove(organization, "/Invoices")

    assert set(Cells.objects.values_list("sheet_id", flat=True)) == {other.id}


def test_a_row_with_more_cells_than_a_line_holds_is_found_by_each_of_them(organization):
    sheet = new_sheet(organization, columns=WIDE)
    for name, number in (("a", 3), ("b", 1), ("c", 2)):
        add(sheet, name, c0=str(number), c17=str(number), c39=cell(f"X{number}"))

    assert found(sheet, ["c17>1", "c39~x"], ["c39"]) == ["c", "a"]
    assert found(sheet, ["c39=X1"], ["-c17"]) == ["b"]
    assert found(sheet, ["c38="], ["-c17", "c0"]) == ["a", "c", "b"]
    assert len(stored(sheet)) == 9


def test_rows_without_lists_are_in_the_sheet_all_the_same(organization):
    sheet = new_sheet(organization)
    Row.objects.create(organization=organization, sheet=sheet, name="bare.png")

    assert found(sheet, ["vendor="], ["total"]) == ["bare.png"]


def test_the_lines_of_rows_that_were_there_before_are_made_by_the_migration(organization):
    sheet = new_sheet(organization)
    add(sheet, "A.png", vendor="ACME", items=[{"amount": "1"}])
    add(sheet, "B.png", vendor="ltd")
    before = stored(sheet)

    made_anew(cell_columns.keep_up, cell_columns.fill, cell_columns.keep_up, cell_columns.fill)

    assert stored(sheet) == before != []
    add(sheet, "C.png")
    assert len(stored(sheet)) == len(before) + 1


def test_a_row_that_comes_while_the_migration_runs_is_found(organization):
    sheet = new_sheet(organization)
    add(sheet, "A.png", vendor="ACME")

    made_anew(cell_columns.keep_up, lambda _: add(sheet, "B.png", vendor="ACME"), cell_columns.fill)

    assert found(sheet, ["vendor=ACME"], []) == ["A.png", "B.png"]


def test_filled_before_it_is_kept_up_the_table_would_miss_it(organization):
    sheet = new_sheet(organization)
    add(sheet, "A.png", vendor="ACME")

    made_anew(cell_columns.fill, lambda _: add(sheet, "B.png", vendor="ACME"), cell_columns.keep_up)

    assert found(sheet, ["vendor=ACME"], []) == ["A.png"]


def made_anew(*steps) -> None:
    cell_columns.drop(connection)
    cell_columns.make(connection)
    for step in steps:
        step(connection)
