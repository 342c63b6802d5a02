"""Uploaded files: written to the default storage, counted against the plan, shown by signed links.

A file is kept once for each organization and content. Writing bytes and registering them are two
acts, because a transaction must not wait for a disk or for S3:

    written = files.write(organization, content)      # no database
    files.keep([written])
    with files.discarded_on_failure([written]), transaction.atomic():
        file = files.register(organization, written)  # exact against the plan's storage
        rows.add(sheet, file=file, …)
"""

import base64
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac

from accounts.errors import Forbidden, NotFound
from accounts.models import ALPHANUMERIC, Organization
from billing import terms
from ocr.images import sniff
from ocr.models import StoredFile

LINK_SECONDS = 3600
# Longer than any upload may take between writing its files and registering them.
ORPHAN_AFTER = timedelta(days=1)
CONTENT_TYPES = {"PDF": "application/pdf", "PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif",
                 "BMP": "image/bmp", "TIFF": "image/tiff", "WEBP": "image/webp"}  # fmt: skip
# A link to one of these shows the picture of a page; a browser shows no TIFF, and a PDF is more than its page.
WITH_PAGES = frozenset({"application/pdf", "image/tiff"})
UNKNOWN_TYPE = "application/octet-stream"
_HEAD_BYTES = 1024
_PIECE_BYTES = 1_048_576


class StorageFull(Forbidden):
    """The plan's storage would be passed; details: limit_bytes, used_bytes."""

    def __init__(self, limit_bytes: int, used_bytes: int) -> None:
        super().__init__(
            f"The {limit_bytes // 2**20} MB of storage that your plan includes are used up. "
            "Remove sheets that you no longer need, or choose a larger plan.",
            limit_bytes=limit_bytes,
            used_bytes=used_bytes,
        )


class LinkRefused(Forbidden):
    """Not a link of ours, or altered."""

    message = "This link is not valid. Ask for the row again: its imageUrl is a new link."


class LinkExpired(NotFound):
    """A link of ours whose time is over."""

    code = "gone"
    message = "This link has expired. Ask for the row again: its imageUrl is a new link."


class NoSuchFile(NotFound):
    """The file was removed."""

    message = "The file no longer exists."


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes in the storage that no row names yet."""

    storage_name: str
    sha256: str
    size_bytes: int
    content_type: str


def write(organization: Organization, content: IO[bytes]) -> Written:
    """Put a file into the storage; no database. `discard` it where it is not registered.

    Raises:
        OSError: The storage does not take it.
    """
    content.seek(0)
    kind = sniff(content.read(_HEAD_BYTES))
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := content.read(_PIECE_BYTES):
        digest.update(piece)
        size += len(piece)
    content.seek(0)
    name = default_storage.save(f"{organization.public_id}/{get_random_string(32, ALPHANUMERIC)}", File(content))
    return Written(name, digest.hexdigest(), size, CONTENT_TYPES.get(kind, UNKNOWN_TYPE))


def keep(written: Iterable[Written]) -> None:
    """Return when the disk holds what was written: a power cut takes it no more than the rows that will name it.

    A bucket has kept what it has taken.

    Raises:
        OSError: The disk refuses.
    """
    try:
        paths = [Path(default_storage.path(one.storage_name)) for one in written]
    except NotImplementedError:
        return
    for path in [*paths, *{path.parent for path in paths}]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def register(organization: Organization, written: Written) -> StoredFile:
    """Make written bytes a file of the organization, or find the one of the same content. In the caller's transaction.

    Raises:
        StorageFull: Nothing is registered.
    """
    return register_all(organization, [written])[written.sha256]


def register_all(organization: Organization, written: Iterable[Written]) -> dict[str, StoredFile]:
    """As `register`, for files of different contents; by their digests. All or none."""
    lock(organization)
    by_digest = {one.sha256: one for one in written}
    known = {file.sha256: file for file in organization.files.filter(sha256__in=by_digest)}
    for digest in known:
        name = by_digest.pop(digest).storage_name
        transaction.on_commit(lambda name=name: default_storage.delete(name), robust=True)  # type: ignore[misc]
    limit, used = terms.plan_of(organization).storage_bytes, used_bytes(organization)
    if limit is not None and used + sum(one.size_bytes for one in by_digest.values()) > limit and by_digest:
        raise StorageFull(limit, used)
    made = StoredFile.objects.bulk_create(
        StoredFile(
            organization=organization,
            sha256=one.sha256,
            size_bytes=one.size_bytes,
            content_type=one.content_type,
            storage_name=one.storage_name,
        )
        for one in by_digest.values()
    )
    return known | {file.sha256: file for file in made}


@contextmanager
def discarded_on_failure(written: Iterable[Written]) -> Iterator[None]:
    """Delete the bytes again when the block fails; what the storage does not let go of now, the sweep takes later."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for name in _unnamed([one.storage_name for one in written]):
                default_storage.delete(name)
        raise


def _unnamed(names: list[str]) -> list[str]:
    """Those that no row names. None where the database does not say: the COMMIT whose answer was lost may be done."""
    try:
        named = set(StoredFile.objects.filter(storage_name__in=names).values_list("storage_name", flat=True))
    except DatabaseError:
        return []
    return [name for name in names if name not in named]


def remove_unused(organization: Organization, file_ids: Iterable[int]) -> None:
    """Delete those of the files that no row shows any more; their bytes after commit. In the caller's transaction."""
    lock(organization)
    unused = list(organization.files.filter(id__in=list(file_ids), rows__isnull=True))
    organization.files.filter(id__in=[file.id for file in unused]).delete()
    for file in unused:
        transaction.on_commit(lambda name=file.storage_name: default_storage.delete(name), robust=True)  # type: ignore[misc]


def sweep_orphans(after: timedelta = ORPHAN_AFTER) -> int:
    """Delete bytes that were written and never registered, because the process died in between; returns how many."""
    long_ago = timezone.now() - after
    return sum(_sweep_orphans_of(organization, long_ago) for organization in Organization.objects.iterator())


def _sweep_orphans_of(organization: Organization, long_ago: datetime) -> int:
    folder = organization.public_id
    try:
        names = {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}
    except FileNotFoundError:
        return 0
    # Looked up after the listing: what is registered meanwhile is no orphan.
    orphans = names - set(organization.files.values_list("storage_name", flat=True))
    old = [name for name in orphans if default_storage.get_modified_time(name) < long_ago]
    for name in old:
        default_storage.delete(name)
    return len(old)


def used_bytes(organization: Organization) -> int:
    """What the organization's files take."""
    return organization.files.aggregate(total=Sum("size_bytes"))["total"] or 0


def lock(organization: Organization) -> None:
    """Let one at a time count and add until the transaction ends; inserts that only name the organization go on."""
    Organization.objects.select_for_update(no_key=True).filter(id=organization.id).first()


def link(organization: Organization, file: StoredFile, *, page: int = 1) -> str:
    """A URL that shows a picture of the page for an hour to whoever holds it: an image as it came, else a JPEG."""
    expires = int(time.time()) + LINK_SECONDS
    shown = f"{file.public_id}-{page}" if file.content_type in WITH_PAGES else file.public_id
    signature = _signature(organization.public_id, shown, expires)
    return f"{settings.SITE_URL}/files/{organization.public_id}/{shown}/{expires}/{signature}"


def linked(organization_id: str, shown: str, expires: str, signature: str) -> tuple[StoredFile, int | None]:
    """The file of a link, and the page of it (1-based) that the link shows; None where it is the file as it came.

    Raises:
        LinkRefused, LinkExpired, NoSuchFile
    """
    if not expires.isdecimal() or not expires.isascii() or len(expires) > 12:
        raise LinkRefused
    if not constant_time_compare(signature, _signature(organization_id, shown, int(expires))):
        raise LinkRefused
    if int(expires) < time.time():
        raise LinkExpired
    file_id, _, page = shown.partition("-")
    organization = Organization.objects.filter(public_id=organization_id).first()
    file = organization and organization.files.filter(public_id=file_id).first()
    if not file:
        raise NoSuchFile
    return file, int(page) if page else None


def _signature(organization_id: str, shown: str, expires: int) -> str:
    signed = salted_hmac("spocr.files.link", f"{organization_id}/{shown}/{expires}", algorithm="sha256")
    return base64.urlsafe_b64encode(signed.digest()).rstrip(b"=").decode()
