"""Back up while the service runs, and restore into an empty installation.

One tar file: the database as it was at one moment, every file with its SHA-256, and a manifest.
Copying the file of a running SQLite loses rows (17 of 20 tries did): `VACUUM INTO` does not.
"""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from accounts import walls
from accounts.errors import Conflict, Invalid, Unavailable
from accounts.models import User
from billing import outbox
from billing.models import Notice
from frontend.operation.moving import names
from ocr.models import StoredFile, WebhookDelivery

MANIFEST, FILES = "manifest.json", "files/"
PROGRAM_SECONDS = 6 * 3600


class BrokenBackup(Invalid):
    """The file is no backup, or was damaged."""

    code = "broken_backup"


class NotEmpty(Conflict):
    """Restoring would overwrite what is there."""

    code = "not_empty"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `vanished`: files whose rows were deleted while it was made."""

    version: str
    made_at: str
    database: str
    database_sha256: str
    files: dict[str, str]
    vanished: list[str]


def save(target: Path) -> Manifest:
    """Write a backup of this installation; a half-written one never bears the name.

    Raises:
        Unavailable: The database's own tool failed.
    """
    partial = target.with_name(target.name + ".partial")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder, tarfile.open(partial, "w") as archive:
        dump = _dump_database(Path(folder))
        archive.add(dump, dump.name)
        files, vanished = _add_files(archive)
        manifest = Manifest(
            version=settings.VERSION,
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            database=dump.name,
            database_sha256=_sha256(dump),
            files=files,
            vanished=vanished,
        )
        _add_bytes(archive, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
    partial.replace(target)
    return manifest


def restore(source: Path) -> Manifest:
    """Fill this empty installation from a backup and bring its tables up to date.

    Raises:
        NotEmpty: There are accounts or files here.
        BrokenBackup: It is no backup, or a checksum is wrong; nothing was written.
    """
    _demand_empty()
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR) as folder:
        manifest = _unpack(source, Path(folder))
        _load_database(Path(folder) / manifest.database)
        for name in manifest.files:
            with (Path(folder) / FILES / name).open("rb") as content:
                default_storage.save(name, File(content))
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    StoredFile.objects.filter(storage_name__in=manifest.vanished).delete()
    _quiet()
    return manifest


def missing_files() -> list[str]:
    """Rows whose file is not there, or has other bytes than were uploaded; by storage name."""
    return [
        file.storage_name
        for file in StoredFile.objects.order_by("id").iterator()
        if _stored_sha256(file) != file.sha256
    ]


def _dump_database(folder: Path) -> Path:
    if connection.vendor == "sqlite":
        dump = folder / "database.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(dump)])
        return dump
    dump = folder / "database.dump"
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}"])
    return dump


def _load_database(dump: Path) -> None:
    if connection.vendor == "sqlite":
        if dump.suffix != ".sqlite3":
            raise BrokenBackup("This backup was made of PostgreSQL: set DATABASE_URL to an empty PostgreSQL database.")
        connections.close_all()
        file = Path(connection.settings_dict["NAME"])
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(dump, file)
        return
    if dump.suffix != ".dump":
        raise BrokenBackup("This backup was made of SQLite: restore it without DATABASE_URL, then use move_to.")
    walls.make_role(connection)
    _run(["pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error",
          f"--dbname={connection.settings_dict['NAME']}", str(dump)])  # fmt: skip


def _run(command: list[str]) -> None:
    """Run a program of PostgreSQL against our database; its password goes by the environment, not the command line."""
    about = connection.settings_dict
    given = {
        "PGHOST": about["HOST"], "PGPORT": str(about["PORT"] or ""), "PGUSER": about["USER"],
        "PGPASSWORD": about["PASSWORD"], "PGDATABASE": about["NAME"],
    }  # fmt: skip
    program = shutil.which(command[0])
    if program is None:
        raise Unavailable(f"{command[0]} is not installed. On Debian and Ubuntu: apt-get install postgresql-client.")
    environment = {name: value for name, value in given.items() if value} | {"PATH": str(Path(program).parent)}
    done = subprocess.run(  # noqa: S603 - our own program and settings
        [program, *command[1:]], env=environment, capture_output=True, text=True, timeout=PROGRAM_SECONDS
    )
    if done.returncode:
        raise Unavailable(
            f"{command[0]} failed: {done.stderr.strip().splitlines()[-1] if done.stderr else 'no reason'}"
        )


def _add_files(archive: tarfile.TarFile) -> tuple[dict[str, str], list[str]]:
    """Add every stored file; the database was dumped before, so that each of its rows has its file here."""
    added: dict[str, str] = {}
    for name in names(default_storage):
        if name.startswith("probe/"):
            continue
        with tempfile.SpooledTemporaryFile(max_size=16 << 20) as copy:
            try:
                digest = _copy(default_storage.open(name), copy)
            except FileNotFoundError:  # deleted since it was listed
                continue
            info = tarfile.TarInfo(FILES + name)
            info.size = copy.tell()
            copy.seek(0)
            archive.addfile(info, copy)
        added[name] = digest
    rows = StoredFile.objects.values_list("storage_name", flat=True)
    return added, sorted(set(rows.iterator()) - set(added))


def _copy(source: Any, target: Any) -> str:
    digest = hashlib.sha256()
    with source as file:
        for chunk in file.chunks():
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _unpack(source: Path, folder: Path) -> Manifest:
    try:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, tarfile.TarError, ValueError, TypeError) as error:
        raise BrokenBackup(f"{source.name} is no whole backup ({type(error).__name__}).") from error
    for name, wanted in _wanted(manifest):
        file = folder / name
        if not file.is_file() or _sha256(file) != wanted:
            raise BrokenBackup(f"{name} in the backup is damaged or missing. Use another backup.")
    return manifest


def _wanted(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield manifest.database, manifest.database_sha256
    yield from ((FILES + name, digest) for name, digest in manifest.files.items())


def _demand_empty() -> None:
    if "accounts_user" in connection.introspection.table_names() and User.objects.exists():
        raise NotEmpty("There are accounts in this database. Restore into an empty one.")
    if next((name for name in names(default_storage) if not name.startswith("probe/")), None):
        raise NotEmpty("There are files in this storage. Restore into an empty one.")


def _quiet() -> None:
    """What was due to be sent when the backup was made may have been sent since: nobody is told or billed twice."""
    outbox.set_aside("Restored from a backup: compare with Stripe's meter, it may hold this already.")
    Notice.objects.filter(mailed_at=None).update(mailed_at=timezone.now())
    Notice.objects.filter(announced_at=None).update(announced_at=timezone.now())
    due = WebhookDelivery.objects.filter(status=WebhookDelivery.Status.PENDING)
    due.update(status=WebhookDelivery.Status.CANCELLED, finished_at=timezone.now())


def _stored_sha256(file: StoredFile) -> str:
    try:
        return _copy(default_storage.open(file.storage_name), io.BytesIO())
    except OSError:
        return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
