"""Exports of large sheets, and of what a spreadsheet does not like: flat memory, every row, every character."""

import io
import tracemalloc
from collections import deque
from collections.abc import Iterable
from zipfile import ZipFile

import openpyxl
import pytest

from ocr import cells, exports, spreadsheets
from ocr.models import Row
from tests.ocr.sheets_cast import COLUMNS, cell, new_sheet

FORMS = ("csv", "json", "jsonl", "xlsx")
GROWTH = 100_000  # less than 800 rows are as text


@pytest.fixture
def sheet(organization, monkeypatch):
    monkeypatch.setattr(exports, "_BATCH", 100)
    return new_sheet(organization)


def fill(sheet, count: int, **texts) -> None:
    """So many equal rows with two line items each."""
    lines = [{"description": cell("紅茶"), "amount": cell("¥100", amount="100")}] * 2
    values = {"vendor": cell("ACME"), "total": cell("$12.50", amount="12.50"), "items": {"value": lines}}
    values |= {name: cell(text) for name, text in texts.items()}
    encoded = cells.encode("a.png", values, COLUMNS)
    made = {"organization": sheet.organization, "sheet": sheet, "name": "a.png", "status": "done", "values": values}
    Row.objects.bulk_create((Row(**made, **encoded) for _ in range(count)), batch_size=500)


def exported(call, form: str) -> Iterable[bytes]:
    answer = call("/export", path="/Invoices", format=form)
    assert answer.status_code == 200
    return answer


def peak_of(act) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", FORMS)
def test_memory_is_that_of_a_few_rows_whatever_the_sheets_size(call, sheet, form):
    fill(sheet, 400)
    some = peak_of(lambda: deque(exported(call, form), maxlen=0))
    fill(sheet, 800)

    three_times = peak_of(lambda: deque(exported(call, form), maxlen=0))

    assert three_times < some + GROWTH


def test_a_list_of_all_rows_would_take_more_with_each(call, sheet):
    fill(sheet, 400)
    some = peak_of(lambda: list(exported(call, "jsonl")))
    fill(sheet, 800)

    assert peak_of(lambda: list(exported(call, "jsonl"))) > some + GROWTH


@pytest.mark.parametrize("form", FORMS)
def test_the_first_bytes_come_before_the_rows_are_read(call, sheet, form, django_assert_max_num_queries):
    fill(sheet, 1_200)
    pieces = iter(exported(call, form))

    with django_assert_max_num_queries(2):
        assert next(pieces)

    assert sum(map(len, pieces)) > 1_200


def test_a_workbook_goes_on_in_another_worksheet_where_one_is_full(call, sheet, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 401)
    fill(sheet, 1_000)

    workbook = openpyxl.load_workbook(io.BytesIO(b"".join(exported(call, "xlsx"))))

    assert workbook.sheetnames == ["Rows", "Rows 2", "Rows 3", "items", *(f"items {n}" for n in range(2, 6))]
    assert [workbook[name].max_row for name in workbook.sheetnames] == [401, 401, 201, 401, 401, 401, 401, 401]
    assert [workbook["Rows 3"].cell(row, 1).value for row in (1, 2, 201)] == ["row", 801, 1_000]
    assert [bool(sheet.sheet_view.tabSelected) for sheet in workbook] == [True, *[False] * 7]


def test_a_worksheet_of_two_gigabytes_goes_on_in_another_one(call, sheet, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_BYTES", 100_000)
    fill(sheet, 1_000)

    workbook = openpyxl.load_workbook(io.BytesIO(b"".join(exported(call, "xlsx"))))

    rows = [row for name in workbook.sheetnames if name.startswith("Rows") for row in numbers(workbook[name])]
    assert rows == list(range(1, 1_001))


def numbers(worksheet) -> list[int]:
    return [row[0] for row in worksheet.iter_rows(min_row=2, values_only=True)]


@pytest.mark.parametrize(
    "text",
    [
        " spaces around ",
        "two\nlines\tand a tab",
        "<b>&amp; \"quotes\" 'and' ]]></t>",
        "株式会社 山田 𠮷野家 👩‍👩‍👧",
        '=HYPERLINK("http://127.0.0.1")',
    ],
)
def test_excel_holds_a_text_as_it_is(call, sheet, text):
    fill(sheet, 1, vendor=text)

    worksheet = openpyxl.load_workbook(io.BytesIO(b"".join(exported(call, "xlsx"))))["Rows"]

    assert (worksheet["C2"].value, worksheet["C2"].data_type) == (text, "s")


def test_what_xml_cannot_say_is_written_as_excel_writes_it(call, sheet):
    fill(sheet, 1, vendor="bell\a return\r looks _x0041_ last\ufffe", code="x" * 40_000)

    with ZipFile(io.BytesIO(b"".join(exported(call, "xlsx")))) as workbook:
        xml = workbook.read("xl/worksheets/sheet1.xml").decode()

    assert '<t xml:space="preserve">bell_x0007_ return_x000D_ looks _x005F_x0041_ last_xFFFE_</t>' in xml
    assert "x" * 32_767 in xml and "x" * 32_768 not in xml


@pytest.mark.parametrize(
    ("text", "normalized", "held"),
    [
        ("-1,234.00", {"amount": "-1234.00"}, -1234),
        ("0.1", {"amount": "0.1"}, 0.1),
        ("0", {"amount": "0"}, 0),
        ("007", {"amount": "7"}, "007"),
        ("1234567890123456", {"amount": "1234567890123456"}, "1234567890123456"),
        ("1 Jan 1899", {"date": "1899-01-01"}, "1 Jan 1899"),
    ],
)
def test_a_cell_is_a_number_where_it_surely_is_one(call, sheet, text, normalized, held):
    fill(sheet, 0)
    values = {"total": cell(text, **normalized)}
    made = {"organization": sheet.organization, "sheet": sheet, "name": "a.png", "status": "done", "values": values}
    Row.objects.create(**made, **cells.encode("a.png", values, COLUMNS))

    worksheet = openpyxl.load_workbook(io.BytesIO(b"".join(exported(call, "xlsx"))))["Rows"]

    assert worksheet["F2"].value == held


def test_two_lists_whose_names_begin_alike_have_a_worksheet_each(organization, call):
    children = [{"name": "a", "type": "string", "description": ""}]
    names = ("lines of the first kind of thing A", "Lines of the first kind of thing B", "rows")
    columns = [{"name": name, "type": "array", "description": "", "children": children} for name in names]
    new_sheet(organization, columns=columns)

    workbook = openpyxl.load_workbook(io.BytesIO(b"".join(exported(call, "xlsx"))))

    assert len({name.lower() for name in workbook.sheetnames}) == 4
