"""HTML, scripts, formulas and endless names: wherever a person can enter a text, it comes out as that text."""

import csv
import io
import re
import subprocess

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts import api_keys, organizations
from billing import statements, usage
from billing.models import Kind
from billing.usage import Payer
from ocr import rows, saved_views, sheets
from ocr.sheets import Wanted
from tests.test_isolation import routes

pytestmark = pytest.mark.django_db

HOSTILE = "<img src=x onerror=alert(1)>\"'{{ 7*7 }}<script>alert(2)<"  # without what a sheet's name may not hold
FORMULA = '=HYPERLINK("http://x")<b>'
LONG = "<b>" + "n" * 10_000
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@pytest.fixture
def sheet(organization, alice, signed_in):
    """Every name of Alice's organization is hostile."""
    organizations.rename(organization, HOSTILE, by=alice, address="192.0.2.1")
    columns = [{"name": f"{HOSTILE} {kind}", "type": kind, "description": HOSTILE} for kind in ("string", "money")]
    sheet = sheets.create(organization, "/", Wanted("sheet", HOSTILE, columns))
    for name, values in ((HOSTILE, (HOSTILE, FORMULA)), (LONG, (LONG, "1.00"))):
        row = rows.add(sheet, name=name, file=None)
        read = {c["name"]: cell(text) for c, text in zip(columns, values, strict=True)}
        warnings = [{"code": "x", "fields": [], "message": HOSTILE}]
        rows.record(row, read, image={"width": 9, "height": 9, "rotation": 0, "language": "eng"}, warnings=warnings)
    saved_views.save(sheet, HOSTILE, where=[f"name~{HOSTILE}"], sort=[], select=[], by=alice)
    api_keys.create(organization, name=HOSTILE, created_by=alice)
    return sheet


def cell(text: str) -> dict[str, object]:
    corners = [{"x": x, "y": y} for x, y in ((1, 1), (9, 1), (9, 9), (1, 9))]
    return {"value": text, "bbox": {"xmin": 1, "ymin": 1, "xmax": 9, "ymax": 9}, "vertices": corners,
            "match_ratio": 1.0, "bbox_source": "token_id", "confidence": 0.4}  # fmt: skip


def test_no_page_runs_what_stands_in_a_name(sheet, organization, signed_in):
    ids = {
        "key": sheet.unique_key,
        "row_key": sheet.rows.first().row_key,
        "public_id": organization.keys.get().public_id,
        "member_id": "1",
    }
    told = 0
    for _, pattern in routes():
        names = PARAMETER.findall(pattern)
        if "(" in pattern or not set(names) <= set(ids):
            continue
        answer = signed_in.get("/" + PARAMETER.sub(lambda found: ids[found[1]], pattern))
        if answer.streaming or "html" not in answer.get("Content-Type", ""):
            continue
        for raw in ("<img src=x", "<script>alert", "<b>nnn", '=HYPERLINK("http://x")<b>'):
            assert raw not in answer.text, pattern
        told += escape(HOSTILE) in answer.text

    assert told >= 8


def test_exports_hold_the_text_and_run_no_formula(sheet, signed_in):
    def exported(form: str) -> bytes:
        return b"".join(signed_in.get(reverse("sheet_export", args=[sheet.unique_key]), {"format": form}))

    lines = list(csv.reader(io.StringIO(exported("csv").decode("utf-8-sig"), newline="")))
    assert lines[1] == [HOSTILE, HOSTILE, "'" + FORMULA]
    assert lines[2] == [LONG[:300], LONG, "1.00"]
    _, *cells = openpyxl.load_workbook(io.BytesIO(exported("xlsx")))["Rows"][2]
    assert [(one.value, one.data_type) for one in cells] == [(HOSTILE, "s"), (HOSTILE, "s"), (FORMULA, "s")]


def test_statement_and_mails_hold_the_text(sheet, organization, signed_in, mailoutbox, tmp_path):
    usage.settle(usage.reserve(Payer(organization, "192.0.2.1"), Kind.SCAN), units=1)
    organization.refresh_from_db()
    statement = statements.of(organization, statements.periods(organization)[0])
    (tmp_path / "a.pdf").write_bytes(statements.as_pdf(statement))
    read = subprocess.run(["pdftotext", "-raw", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True)
    assert "onerror=alert(1)" in read.stdout
    assert "49" not in read.stdout.split("onerror")[1][:40]

    signed_in.post(reverse("members"), {"email": "dora@example.org", "role": "viewer"})
    mail = mailoutbox[-1]
    assert HOSTILE in mail.body
    assert mail.alternatives == []
    assert "\n" not in mail.subject


@pytest.mark.parametrize("name", ["a\nBcc: eve@example.org", "n" * 10_000, "\x00"])
def test_a_name_that_no_organization_has_is_explained(organization, signed_in, name):
    answer = signed_in.post(reverse("organization"), {"name": name})

    organization.refresh_from_db()
    assert "\n" not in organization.name
    assert len(organization.name) <= 100
    assert answer.status_code in (302, 400)


@pytest.mark.parametrize("name", [HOSTILE, LONG, "../../etc/passwd", "a\x00b.png", "=1+1.png"])
def test_files_of_any_name_are_answered_with_a_page(client, name):
    file = SimpleUploadedFile("a.png", b"just some text")
    file.name = name

    answer = Client().post(reverse("read"), {"file": file, "document_type": "text", "engine": "1", "language": "eng"})

    assert answer.status_code == 400
    assert "was not read" in answer.text
    assert "<img src=x" not in answer.text


def test_a_memo_of_any_text_stays_that_text(organization, api_key, client):
    headers = {"Authorization": f"Bearer {api_key}"}
    made = {"path": "/", "type": "memo", "name": "Notes", "text": HOSTILE + LONG}
    assert client.post("/create", made, content_type="application/json", headers=headers).status_code == 201

    assert organization.items.get(name="Notes").text == HOSTILE + LONG
    client.force_login(organization.members.get())
    assert "<img src=x" not in client.get(reverse("sheets")).text
