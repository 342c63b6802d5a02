"""Moving an embedded installation to another database and to S3, by the command, for real."""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import boto3
import pytest
from django.conf import settings
from moto.server import ThreadedMotoServer

from ocr.storage import from_url
from tests.commands.installation import Installation

BUCKET = "spocr-tests"


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    installation = Installation(tmp_path_factory.mktemp("filled") / "office")
    installation.fill()
    return installation.folder


@pytest.fixture
def office(filled, tmp_path) -> Installation:
    """An installation with rows and files."""
    return Installation(Path(shutil.copytree(filled, tmp_path / "office")))


@pytest.fixture
def database(tmp_path, request) -> str:
    """The URL of an empty database: on the suite's PostgreSQL where it runs on one, else SQLite."""
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return f"sqlite:///{tmp_path / 'target.sqlite3'}"
    request.getfixturevalue("django_db_setup")
    import psycopg

    name = f"moved_{os.getpid()}"
    parts = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}"')
        server.execute(f'CREATE DATABASE "{name}"')
    request.addfinalizer(lambda: _drop(name))
    return urlunsplit(parts._replace(path=f"/{name}"))


def _drop(name: str) -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def s3():
    """The URL of an empty bucket on a server that speaks S3's protocol."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    about = {"endpoint_url": endpoint, "aws_access_key_id": "a", "aws_secret_access_key": "b"}
    boto3.client("s3", region_name="us-east-1", **about).create_bucket(Bucket=BUCKET)
    yield f"s3://a:b@{BUCKET}/files?endpoint={endpoint}&region=us-east-1"
    server.stop()


def test_rows_and_files_arrive_and_a_second_run_brings_nothing(office, database, s3):
    before = {file: file.read_bytes() for file in office.folder.rglob("*.png")}

    first = office.run("move_to", "--database", database, "--storage", s3)
    second = office.run("move_to", "--database", database, "--storage", s3)
    moved = Installation(office.folder.parent / "moved", DATABASE_URL=database, SPOCR_STORAGE_URL=s3)

    assert figures(first, "ocr.Row") == ["20", "20"]
    assert figures(second, "ocr.Row") == ["20", "0"]
    assert figures(second, "files") == ["20", "0"]
    assert moved.show() == office.show()
    assert "Every row has its file." in moved.run("check_files")
    assert {file: file.read_bytes() for file in before} == before


def test_what_was_made_since_an_interrupted_copy_comes_with_the_next(office, database):
    office.run("move_to", "--database", database)
    office.run("shell", "-v0", "-c", "from accounts.models import User; User.objects.create_user('b@example.org', 'x')")

    said = office.run("move_to", "--database", database)

    assert figures(said, "accounts.User") == ["2", "1"]


def test_the_target_counts_on_from_the_highest_key(office, database):
    office.run("move_to", "--database", database)
    moved = Installation(office.folder, DATABASE_URL=database)

    moved.run("shell", "-v0", "-c", "from accounts.models import User; User.objects.create_user('b@example.org', 'x')")

    assert "2" in moved.run("shell", "-v0", "-c", "from accounts.models import User; print(User.objects.count())")


def test_a_target_with_rows_of_its_own_is_not_called_equal(office, database):
    office.run("move_to", "--database", database)
    moved = Installation(office.folder, DATABASE_URL=database)
    moved.run("shell", "-v0", "-c", "from accounts.models import User; User.objects.create_user('b@example.org', 'x')")

    said = office.run("move_to", "--database", database, fails=True)

    assert "accounts.User is not the same on both sides" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Nothing to do: give --database, --storage, or both."),
        (("--storage", "ftp://somewhere"), "A storage URL is file:///folder or s3://"),
        (("--database", "postgres://nobody:secret-word@127.0.0.1:1/none"), "The target database does not answer"),
    ],
)
def test_a_wrong_target_is_named(office, arguments, sentence):
    said = office.run("move_to", *arguments, fails=True)

    assert sentence in said
    assert "secret-word" not in said


def test_a_storage_url_names_bucket_credentials_and_place():
    assert from_url("s3://key:se%2Fcret@bucket/deep/er?endpoint=https://s3.example.com&region=eu") == {
        "BACKEND": "ocr.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": "bucket",
            "location": "deep/er",
            "file_overwrite": False,
            "default_acl": None,
            "querystring_auth": True,
            "access_key": "key",
            "secret_key": "se/cret",
            "endpoint_url": "https://s3.example.com",
            "region_name": "eu",
        },
    }


def figures(said: str, name: str) -> list[str]:
    line = next(line for line in said.splitlines() if line.startswith(name + " "))
    return [word for word in line.split()[1:] if word.isdigit()]
