"""Everything an organization has, in one archive: a file of JSON lines for each table, and its files."""

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import QuerySet

from accounts import audit
from accounts.audit import Actor
from accounts.models import Organization, User
from ocr import tenant_rows

# Hashes and sealed secrets are no data of the person, and of use to a thief only.
SECRET = re.compile(r"digest|secret|token|password|fingerprint")
MEMORY_BYTES = 2**20
README = """Everything that this organization has, as of the time in organization.json.

tables/*.jsonl  one line of JSON for each row; ids connect the tables
files/*         uploaded images and PDFs, by the storage_name of their row
Hashes of keys and sealed secrets are left out.
"""


def pack(organization: Organization, *, by: User, address: str) -> IO[bytes]:
    """An open temporary file with the archive, at its start. Larger ones lie on disk, deleted when closed."""
    audit.record(organization, "data.exported", by=Actor.of(by, address))
    archive = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - the caller closes it
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("README.txt", README)
        out.writestr("organization.json", _line({**_values(organization), "members": _members(organization)}))
        for rows in tenant_rows.of(organization):
            if not rows.model._meta.managed:
                continue  # made by the database from tables that are here
            with out.open(f"tables/{rows.model._meta.label_lower}.jsonl", "w", force_zip64=True) as table:
                for line in _lines(rows):
                    table.write(line.encode() + b"\n")
        for name in tenant_rows.files(organization):
            _add_file(out, name)
    archive.seek(0)
    return archive


def _lines(rows: "QuerySet[Any]") -> Iterator[str]:
    for row in rows.order_by("pk").iterator(chunk_size=500):
        yield _line(_values(row))


def _values(row: Any) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not SECRET.search(field.attname)
    }


def _members(organization: Organization) -> list[dict[str, Any]]:
    found = organization.memberships.order_by("id").values("user_id", "user__email", "user__name", "role")
    return [dict(member) for member in found]


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False)


def _add_file(out: zipfile.ZipFile, name: str) -> None:
    try:
        stored = default_storage.open(name)
    except FileNotFoundError:
        return  # its hour was over, or the storage lost it
    with stored, out.open(f"files/{name}", "w", force_zip64=True) as packed:
        shutil.copyfileobj(stored, packed)
