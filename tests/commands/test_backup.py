"""Backing up a running installation and restoring it into an empty one, by the commands, for real."""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.commands.installation import ROOT, Installation


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    installation = Installation(tmp_path_factory.mktemp("filled") / "office")
    installation.fill()
    return installation.folder


@pytest.fixture
def office(filled, tmp_path) -> Installation:
    """An installation with rows and files."""
    return Installation(Path(shutil.copytree(filled, tmp_path / "office")))


def test_a_backup_restores_every_row_and_file_and_sends_nothing_again(office, tmp_path):
    copy = Installation(tmp_path / "copy")

    office.run("backup", str(tmp_path / "a.tar"))
    said = copy.run("restore", str(tmp_path / "a.tar"))

    assert "20 files; every row has its file." in said
    assert copy.show()[:-1] == office.show()[:-1]
    assert (office.show()[-1], copy.show()[-1]) == ("pending", "cancelled")


def test_a_damaged_backup_is_refused_and_nothing_is_written(office, tmp_path):
    file = tmp_path / "a.tar"
    office.run("backup", str(file))
    content = file.read_bytes()
    at = content.index(b"picture 7")
    file.write_bytes(content[:at] + b"pictura" + content[at + 7 :])
    copy = Installation(tmp_path / "copy")

    said = copy.run("restore", str(file), fails=True)

    assert "files/images/7.png in the backup is damaged" in said
    assert not list((tmp_path / "copy").rglob("*.png"))


def test_a_backup_is_not_restored_over_what_is_there(office, tmp_path):
    office.run("backup", str(tmp_path / "a.tar"))

    said = office.run("restore", str(tmp_path / "a.tar"), fails=True)

    assert "Restore into an empty one." in said


def test_a_file_that_is_no_backup_is_refused(tmp_path):
    (tmp_path / "a.tar").write_text("no tar")

    said = Installation(tmp_path / "copy").run("restore", str(tmp_path / "a.tar"), fails=True)

    assert "a.tar is no whole backup" in said


def test_the_check_names_a_file_that_is_gone_or_changed(office):
    (office.folder / "files" / "images" / "3.png").unlink()
    (office.folder / "files" / "images" / "5.png").write_text("something else")

    said = office.run("check_files", fails=True)

    assert "images/3.png" in said
    assert "images/5.png" in said
    assert "2 files are missing or damaged." in said


def test_a_backup_made_while_rows_are_written_holds_each_row_with_its_file(office, tmp_path):
    writer = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "shell", "-v0", "-c", WRITE_ON],
        env=office.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout.readline() == b"writing\n"

    office.run("backup", str(tmp_path / "a.tar"))
    written, _ = writer.communicate(b"stop\n", timeout=60)

    copy = Installation(tmp_path / "copy")
    copy.run("restore", str(tmp_path / "a.tar"))  # checks that every row has its file
    rows = len(copy.show()) - 1
    assert 20 < rows < 20 + int(written), "it was made in the middle of the writing"
    with tarfile.open(tmp_path / "a.tar") as archive:
        assert sum(member.name.startswith("files/") for member in archive) >= rows


WRITE_ON = """
import hashlib, select, sys, time
from accounts.models import Organization
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

books, count = Organization.objects.get(), 0
sheet = books.items.get(kind="sheet")
while not select.select([sys.stdin], [], [], 0)[0]:
    content = f"later picture {count}".encode()
    name = default_storage.save(f"images/later-{count}.png", ContentFile(content))
    file = books.files.create(
        sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), content_type="image/png", storage_name=name
    )
    books.rows.create(sheet=sheet, name=name, file=file, values={"total": {"value": str(count)}})
    count += 1
    if count == 1:
        print("writing", flush=True)
    time.sleep(0.01)
print(count)
"""
