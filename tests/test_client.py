"""`spocr`: the real program against a running server."""

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from accounts import api_keys, organizations
from accounts.models import Organization
from tests import poison
from tests.conftest import person
from tests.jobs import worked_on
from tests.ocr.sheets_cast import add, new_sheet

ROOT = Path(__file__).resolve().parent.parent
Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def ours(transactional_db) -> Organization:
    return organizations.create(person("client@example.org"), name="Client")


@pytest.fixture
def spocr(live_server, ours, tmp_path) -> Run:
    """Run the program in an empty folder; its output as text."""
    key = api_keys.create(ours, name="client", created_by=None)[1]

    def run(*arguments: str, **environment: str) -> "CompletedProcess[str]":
        settings = {"SPOCR_API_KEY": key, "SPOCR_API_BASE": live_server.url, "PYTHONIOENCODING": "utf-8", **environment}
        command = [sys.executable, "-W", "error", str(ROOT / "spocr.py"), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env={**os.environ, **settings}, capture_output=True, text=True, timeout=120
        )

    return run


@pytest.fixture
def picture_file(tmp_path, picture) -> Path:
    (tmp_path / "scan.png").write_bytes(picture)
    return tmp_path / "scan.png"


@pytest.fixture
def worker(transactional_db) -> Iterator[None]:
    with worked_on():
        yield


def test_a_file_is_read_as_text(spocr, picture_file):
    done = spocr("ocr", "scan.png")

    assert (done.returncode, done.stderr) == (0, "")
    assert poison.TEXT in done.stdout


def test_fields_come_as_json_lines_in_the_order_of_the_files(spocr, tmp_path, picture):
    for name in ("b.png", "a.png"):
        (tmp_path / name).write_bytes(picture)

    done = spocr("ocr", "b.png", "a.png", "--field", "total:money", "--field", "vendor")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert [(line["file"], list(line)) for line in lines] == [
        ("b.png", ["file", "total", "vendor"]),
        ("a.png", ["file", "total", "vendor"]),
    ]


def test_a_file_that_cannot_be_read_fails_alone(spocr, picture_file, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"PK\x03\x04 a zip")

    done = spocr("ocr", "bad.png", "scan.png")

    assert done.returncode == 1
    assert done.stderr.startswith("spocr: bad.png: ")
    assert "(invalid_image, req_" in done.stderr
    assert "==> scan.png <==" in done.stdout


def test_files_are_uploaded_and_waited_for(spocr, ours, picture_file, tmp_path, worker):
    sheet = new_sheet(ours)
    (tmp_path / "bad.png").write_bytes(b"PK\x03\x04 a zip")

    done = spocr("upload", "/Invoices", "scan.png", "bad.png")

    lines = [line.split("\t")[1:4] for line in done.stdout.splitlines()]
    assert sorted(lines) == [["done", "scan.png"], ["failed", "bad.png", "invalid_image"]]
    assert (done.returncode, done.stderr) == (1, "")
    assert sorted(sheet.rows.values_list("status", flat=True)) == ["done", "failed"]


def test_an_upload_need_not_be_waited_for(spocr, ours, picture_file):
    new_sheet(ours)

    sent = spocr("upload", "--no-wait", "/Invoices", "scan.png")
    job_id, status, name = sent.stdout.strip().split("\t")
    listed = spocr("jobs", "--status", "pending")
    shown = spocr("jobs", job_id, "--json")

    assert (sent.returncode, status, name) == (0, "pending", "scan.png")
    assert listed.stdout == f"{job_id}\tpending\tscan.png\n"
    assert json.loads(shown.stdout)["jobId"] == job_id


def test_a_sheet_is_shown_page_by_page(spocr, ours):
    sheet = new_sheet(ours)
    for number in range(502):
        add(sheet, f"{number}.png", total=str(number))

    done = spocr("view", "/Invoices", "--where", "total>=1", "--sort", "total:desc", "--select", "total,vendor")

    lines = done.stdout.splitlines()
    assert (done.returncode, len(lines)) == (0, 502)
    assert lines[0] == "name\tocrStatus\ttotal\tvendor"
    assert (lines[1], lines[-1]) == ("501.png\tdone\t501\t", "1.png\tdone\t1\t")
    assert json.loads(spocr("view", "/Invoices", "--json", "--limit", "1").stdout)["values"]["total"] == "0"
    assert spocr("view").stdout == "sheet\t/Invoices\n"


def test_a_sheet_is_exported_to_a_file_or_to_standard_output(spocr, ours, tmp_path):
    add(new_sheet(ours), "a.png", total="7", vendor="=1+1")

    written = spocr("export", "/Invoices", "-o", "out.xlsx", "--select", "total")
    piped = spocr("export", "/Invoices", "--select", "vendor,total")

    assert (written.returncode, written.stdout) == (0, "")
    assert (tmp_path / "out.xlsx").read_bytes().startswith(b"PK")
    assert [path.name for path in tmp_path.iterdir()] == ["out.xlsx"]
    assert list(csv.reader(piped.stdout.lstrip("\ufeff").splitlines())) == [["vendor", "total"], ["'=1+1", "7"]]


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "message"),
    [
        (["view", "/none"], {}, 3, "There is nothing at '/none' in your workspace. GET /space lists what there is. ("),
        (["view"], {"SPOCR_API_KEY": ""}, 2, "SPOCR_API_KEY is not set. Create a key on the portal's page of keys"),
        (["view"], {"SPOCR_API_KEY": "spocr_x"}, 3, "The API key is not known."),
        (["view"], {"SPOCR_API_BASE": "http://127.0.0.1:1"}, 4, "http://127.0.0.1:1 cannot be reached: "),
        (["ocr", "none.png"], {}, 2, "none.png: no such file."),
        (["ocr", "."], {}, 2, ".: is no file."),
        (["export", "/x", "-o", "x.doc"], {}, 2, "'doc' is no format. Give --format with one of: csv, xlsx"),
        (["export", "/x", "-o", "x.csv"], {}, 3, "There is nothing at '/x' in your workspace."),
    ],
)
def test_what_goes_wrong_is_said_in_a_sentence_and_an_exit_code(spocr, tmp_path, arguments, environment, code, message):
    done = spocr(*arguments, **environment)

    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(f"spocr: {message}")
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_a_bar_shows_how_long_it_takes(spocr, ours, picture_file, worker, live_server):
    import pty

    new_sheet(ours)
    key = api_keys.create(ours, name="terminal", created_by=None)[1]
    terminal, inside = pty.openpty()
    command = [sys.executable, str(ROOT / "spocr.py"), "upload", "/Invoices", str(picture_file)]
    environment = {**os.environ, "SPOCR_API_KEY": key, "SPOCR_API_BASE": live_server.url}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=inside, timeout=120)
    os.close(inside)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)

    assert done.returncode == 0
    assert "·" * 24 + " 0/1 files sent" in shown
    assert re.search("█{24} 1/1 pages read  in \\d:\\d\\d", shown)
