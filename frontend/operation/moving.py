"""Copy a whole installation into another database and storage; the source is only read.

Tables go in the order of their references, by primary key, in batches. A copy that was
interrupted goes on after the last key that arrived. Afterwards every table's rows are counted
and digested on both sides, and every file's SHA-256 compared.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dj_database_url
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import Storage, default_storage, storages
from django.core.management import call_command
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.core.serializers.python import Serializer
from django.db import connections, models
from django.db.models import Max

from accounts.errors import Conflict
from accounts.models import User
from ocr import storage

TARGET = "target"
BATCH = 500


class Different(Conflict):
    """After the copy, source and target are not the same."""

    code = "copy_differs"


@dataclass(frozen=True)
class Copied:
    """One table or the files: how many there are, and how many this run brought over."""

    name: str
    total: int
    new: int


def open_target(url: str) -> None:
    """Name the target database `TARGET` and bring its tables up to date."""
    about = dj_database_url.parse(url)
    connections.databases[TARGET] = connections.configure_settings({"default": about})["default"]
    call_command("migrate", database=TARGET, interactive=False, verbosity=0)
    call_command("createcachetable", database=TARGET, verbosity=0)
    if not User.objects.using(TARGET).exists():
        # What migrating has put there comes over with the source's own keys.
        Permission.objects.using(TARGET).all().delete()
        ContentType.objects.using(TARGET).all().delete()


def tables() -> list[type[models.Model]]:
    """Every table to copy, each after those that it refers to."""
    wanted = [
        model for model in apps.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]
    ordered: list[type[models.Model]] = []
    while wanted:
        ready = [model for model in wanted if not _references(model) & set(wanted) - {model}]
        if not ready:
            raise Different(f"The tables refer to each other in a circle: {', '.join(m._meta.label for m in wanted)}.")
        ordered += ready
        wanted = [model for model in wanted if model not in ready]
    return ordered


def copy_table(model: type[models.Model]) -> Copied:
    """Bring over the rows that the target does not have yet, and check that both sides are equal then.

    Raises:
        Different: A row was changed on either side, or the target holds rows of its own.
    """
    here, there = model._base_manager.using("default"), model._base_manager.using(TARGET)
    last = there.aggregate(last=Max("pk"))["last"]
    missing = (here.filter(pk__gt=last) if last is not None else here.all()).order_by("pk")
    new = 0
    for rows in _batches(missing):
        model._base_manager.using(TARGET).bulk_create(rows)
        new += len(rows)
    _advance_sequences(model)
    if (ours := digest(model, "default")) != digest(model, TARGET):
        raise Different(
            f"{model._meta.label} is not the same on both sides after copying. Stop the service while you copy, and "
            "begin with an empty target."
        )
    return Copied(model._meta.label, ours[0], new)


def digest(model: type[models.Model], alias: str) -> tuple[int, str]:
    """Count and SHA-256 of all rows in the order of their keys."""
    sha, count = hashlib.sha256(), 0
    for rows in _batches(model._base_manager.using(alias).order_by("pk")):
        for row in Serializer().serialize(rows):
            sha.update(json.dumps(row, cls=DjangoJSONEncoder, sort_keys=True).encode())
            count += 1
    return count, sha.hexdigest()


def copy_files(url: str) -> Copied:
    """Bring over the files that the target storage does not hold with the same content.

    Raises:
        Different: A file does not come back as it was written.
    """
    target: Storage = storages.create_storage(storage.from_url(url))
    total = new = 0
    for name in names(default_storage):
        total += 1
        wanted = sha256(default_storage, name)
        if target.exists(name):
            if sha256(target, name) == wanted:
                continue
            target.delete(name)
        with default_storage.open(name) as content:
            written = target.save(name, content)
        if written != name or sha256(target, name) != wanted:
            raise Different(f"The file {name} did not arrive as it is. See the target storage's own log.")
        new += 1
    return Copied("files", total, new)


def names(store: Storage, folder: str = "") -> Iterator[str]:
    """Every file of a storage, folders after files."""
    try:
        folders, files = store.listdir(folder)
    except FileNotFoundError:
        return
    for file in sorted(files):
        yield f"{folder}/{file}".lstrip("/")
    for below in sorted(folders):
        yield from names(store, f"{folder}/{below}".lstrip("/"))


def sha256(store: Storage, name: str) -> str:
    digest_so_far = hashlib.sha256()
    with store.open(name) as file:
        for chunk in file.chunks():
            digest_so_far.update(chunk)
    return digest_so_far.hexdigest()


def _references(model: type[models.Model]) -> set[Any]:
    return {field.related_model for field in model._meta.get_fields() if field.is_relation and field.concrete}


def _batches(rows: "models.QuerySet[Any]") -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows.iterator(chunk_size=BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _advance_sequences(model: type[models.Model]) -> None:
    """Let the target count on from the highest key: rows came with theirs."""
    target = connections[TARGET]
    with target.cursor() as cursor:
        for statement in target.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(statement)
