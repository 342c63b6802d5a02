"""GET /export: what csv, openpyxl, json and a real spreadsheet program read is what is in the sheet."""

import csv
import datetime
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import exports
from tests.contracts.workspace.conftest import envelope, refused
from tests.ocr.sheets_cast import BOX, COLUMNS, add, cell, new_sheet

# Cells that spreadsheets garble: run, round, shorten or turn into days.
NASTY = {
    "vendor": "=1+1",
    "code": "00123",
    "day": cell("20 Nov 2026", date="2026-11-20"),
    "total": cell("1.234,50 €", amount="1234.50", currency="EUR"),
}
TABLE = [
    ["name", "vendor", "code", "day", "total", "items.description", "items.amount"],
    ["a.png", "'=1+1", "00123", "20 Nov 2026", "1.234,50 €", '紅茶, "大"', "¥100"],
    ["", "", "", "", "", "잉크\n검정", "-7"],
    ["b.png", "株式会社 山田", "'@SUM(A1)", "", "-1,234.00", "", ""],
]


@pytest.fixture
def sheet(organization):
    sheet = new_sheet(organization, "請求書 2026")
    lines = [{"description": '紅茶, "大"', "amount": "¥100"}, {"description": "잉크\n검정", "amount": "-7"}]
    add(sheet, "a.png", items=lines, **NASTY)
    add(sheet, "b.png", vendor="株式会社 山田", code="@SUM(A1)", total="-1,234.00")
    return sheet


@pytest.fixture
def export(call, sheet):
    """The bytes of an export."""

    def get(**query: Any) -> bytes:
        answer = call("/export", path="/請求書 2026", **query)
        assert answer.status_code == 200
        return b"".join(answer)

    return get


def parsed(content: bytes, **options: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), **options))


def test_csv_unfolds_line_items_and_disarms_formulas(call, sheet, export):
    content = export(format="csv")

    assert parsed(content) == TABLE
    assert content.startswith(b"\xef\xbb\xbfname,vendor,code,day,total,items.description,items.amount\r\na.png,'=1+1,")
    assert content.endswith(b"\r\n")
    answer = call("/export/", path="/請求書 2026")
    assert b"".join(answer) == content
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == ("attachment; filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8%202026.csv")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_csv_can_be_written_otherwise(export):
    assert export(bom="0").startswith(b"name,vendor")
    assert parsed(export(delimiter=";"), delimiter=";") == TABLE
    assert parsed(export(delimiter="tab"), delimiter="\t") == TABLE
    assert parsed(export(unfold="repeat"))[2] == [*TABLE[1][:5], "잉크\n검정", "-7"]
    assert parsed(export(formulas="raw"))[1][1] == "=1+1"


@pytest.mark.parametrize("form", ["csv", "xlsx", "jsonl"])
def test_where_sort_and_select_hold_for_exports(export, form):
    content = export(format=form, where="total<0", select="total,name", sort="-name")

    if form == "csv":
        assert parsed(content) == [["name", "total"], ["b.png", "-1,234.00"]]
    elif form == "xlsx":
        assert table(openpyxl.load_workbook(io.BytesIO(content))["Rows"]) == [
            ["row", "name", "total"],
            [1, "b.png", -1234],
        ]
    else:
        assert [json.loads(line)["values"] for line in content.splitlines()] == [{"total": "-1,234.00"}]


def test_sorted_exports_hold_every_row_once_in_order(organization, call):
    sheet = new_sheet(organization, "Many", columns=[{"name": "n", "type": "number", "description": ""}])
    for number in range(250):
        add(sheet, n=str(number * 7919 % 1000))

    for sort in ([], ["n"], ["-n"]):
        rows = parsed(b"".join(call("/export", path="/Many", select="n", sort=sort)))[1:]
        numbers = [int(row[0]) for row in rows]
        assert len(numbers) == 250
        assert numbers == (sorted(numbers, reverse=sort == ["-n"]) if sort else [n * 7919 % 1000 for n in range(250)])


def test_json_has_the_columns_and_the_exact_texts(export, sheet):
    keys = list(sheet.rows.order_by("id").values_list("row_key", flat=True))
    first, second = json.loads(export(format="json"))["rows"]

    assert json.loads(export(format="json")) == {
        "type": "sheet",
        "path": "/請求書 2026",
        "name": "請求書 2026",
        "columns": COLUMNS,
        "rows": [first, second],
    }
    assert first == {
        "rowKey": keys[0],
        "name": "a.png",
        "ocrStatus": "done",
        "values": {
            "vendor": "=1+1",
            "code": "00123",
            "day": "20 Nov 2026",
            "total": "1.234,50 €",
            "items": [
                {"description": '紅茶, "大"', "amount": "¥100"},
                {"description": "잉크\n검정", "amount": "-7"},
            ],
        },
    }
    assert [json.loads(line) for line in export(format="jsonl").splitlines()] == [first, second]
    boxed = json.loads(export(format="jsonl", boxes="1").splitlines()[0])
    assert boxed["values"]["field_bboxes"]["vendor"] == BOX


def test_excel_has_real_numbers_and_dates_and_keeps_leading_zeros(export):
    workbook = openpyxl.load_workbook(io.BytesIO(export(format="xlsx")))

    assert workbook.sheetnames == ["Rows", "items"]
    assert table(workbook["Rows"]) == [
        ["row", "name", "vendor", "code", "day", "total"],
        [1, "a.png", "=1+1", "00123", datetime.datetime(2026, 11, 20), 1234.5],  # noqa: DTZ001 - Excel knows no zones
        [2, "b.png", "株式会社 山田", "@SUM(A1)", None, -1234],
    ]
    assert table(workbook["items"]) == [
        ["row", "name", "items.description", "items.amount"],
        [1, "a.png", '紅茶, "大"', 100],
        [1, "a.png", "잉크\n검정", -7],
    ]
    assert workbook["Rows"]["C2"].data_type == "s"
    assert [workbook["Rows"][cell].number_format for cell in ("E2", "F2")] == ["yyyy-mm-dd", "#,##0.00"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_spreadsheet_program_reads_the_same(export, tmp_path, form):
    (tmp_path / f"export.{form}").write_bytes(export(format=form))

    shown = opened_in_calc(tmp_path / f"export.{form}")

    first = shown[1] if form == "csv" else shown[1][1:]
    assert first[:3] == ["a.png", "'=1+1" if form == "csv" else "=1+1", "00123" if form == "xlsx" else first[2]]
    assert shown[3 if form == "csv" else 2][1 if form == "csv" else 2] == "株式会社 山田"
    if form == "csv":
        assert [row[5] for row in shown[1:3]] == ['紅茶, "大"', "잉크\n검정"]
        assert shown[3][2] == "'@SUM(A1)"  # not Err:509, which a formula would be
    else:
        assert first[3:5] == ["2026-11-20", "1234.5"]
        assert shown[2][3] == "@SUM(A1)"


def test_without_the_escape_a_spreadsheet_program_runs_the_cell(export, tmp_path):
    (tmp_path / "raw.csv").write_bytes(export(formulas="raw"))

    assert opened_in_calc(tmp_path / "raw.csv")[1][1] == "2"


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"format": "pdf"}, "format", "Must be one of: csv, xlsx, json, jsonl."),
        ({"delimiter": ";;"}, "delimiter", "Must be one ASCII character such as , or ; or the word tab."),
        ({"delimiter": '"'}, "delimiter", "Must be one ASCII character such as , or ; or the word tab."),
        ({"unfold": "yes"}, "unfold", "Must be blank or repeat."),
        ({"formulas": "yes"}, "formulas", "Must be escape or raw."),
        ({"bom": "x"}, "bom", "Must be 0 or 1."),
    ],
)
def test_a_wrong_parameter_is_named(call, sheet, query, field, message):
    answer = refused(call("/export", path="/請求書 2026", **query))

    errors = [{"field": field, "message": message}]
    assert answer == (400, envelope("validation_failed", f"{field}: {message}", errors=errors))


def test_only_sheets_can_be_exported(call, organization):
    call("/create", {"path": "/", "type": "folder", "name": "F"})

    message = "'/F' is a folder, not a sheet. Name a sheet."
    assert refused(call("/export", path="/F")) == (400, envelope("invalid_request", message))


@given(st.one_of(st.text(), st.text("'=+-@\t\r1,.% a")))
def test_the_escape_can_be_taken_off_again(text):
    assert exports.unescaped(exports.escaped(text)) == text


@pytest.mark.parametrize("text", ["-1,234.00", "+5", "-7%", "- ", "1-2", "", "a=b"])
def test_plain_numbers_and_other_texts_are_left_alone(text):
    assert exports.escaped(text) == (text if text != "- " else "'- ")


def table(worksheet: Any) -> list[list[Any]]:
    return [list(row) for row in worksheet.iter_rows(values_only=True)]


def opened_in_calc(file: Path) -> list[list[str]]:
    """What LibreOffice Calc shows of a file's first sheet."""
    # UTF-8, comma, cells as they are shown; and for reading: formulas are run, as in the dialog's default.
    shown_as = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false"
    read_as = "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,true"
    folder = file.parent
    command = [str(shutil.which("soffice")), f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += [read_as] if file.suffix == ".csv" else []
    subprocess.run(
        [*command, "--convert-to", shown_as, "--outdir", str(folder / "out"), str(file)],
        check=True,
        capture_output=True,
        timeout=180,
        env={**os.environ, "HOME": str(folder)},
    )
    shown = (file.parent / "out" / f"{file.stem}.csv").read_text(encoding="utf-8-sig")
    return list(csv.reader(io.StringIO(shown, newline="")))
