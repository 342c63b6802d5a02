"""The tree of an organization: folders, sheets and memos; found by path, made, listed, removed.

A path is `/` and the names from the root down; a last part may also be an item's uniqueKey,
and below a sheet it is a row's rowKey. Everything is reached through the organization.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string

from accounts import audit
from accounts.audit import Actor
from accounts.errors import Forbidden, Invalid, NotFound, WrongValue
from accounts.models import ALPHANUMERIC, Organization
from billing import terms, usage
from ocr import files
from ocr.models import Item, Job, Row

Json = dict[str, Any]

FORBIDDEN_CHARACTERS = "./#$[]"
MAX_NAME_LENGTH = 200
MAX_DEPTH = 20
MAX_TEXT_LENGTH = 100_000
# Images of one sheet in a listing of the tree; /view pages through all.
MAX_IMAGES = 500
_REMOVED_AT_ONCE = 500


class NoSuchItem(NotFound):
    """Nothing has this path in the organization."""

    def __init__(self, path: str) -> None:
        super().__init__(f"There is nothing at {path[:200]!r} in your workspace. GET /space lists what there is.")


class TooManySheets(Forbidden):
    """The plan's number of sheets is reached; details: limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Your plan includes {limit} sheets, and all of them are in use. Remove one, or choose a larger plan.",
            limit=limit,
        )


class SheetReadOnly(Forbidden):
    """The organization has more sheets than its plan includes, and this is none of the oldest; details: limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Your plan includes {limit} sheets; this one is past them and can only be read. "
            "Remove older sheets, or choose a larger plan.",
            limit=limit,
        )


@dataclass(frozen=True)
class Wanted:
    """An item to make. Columns are checked field definitions as on the wire."""

    kind: str
    name: str
    columns: list[Json] = field(default_factory=list)
    template_id: str = ""
    text: str = ""
    prompt: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of a listing: an item, or an image of a sheet (kind `img`)."""

    path: str
    name: str
    kind: str
    key: str
    created_at: datetime


def find(organization: Organization, path: str) -> Item:
    """The item at a path, which may end in a uniqueKey.

    Raises:
        NoSuchItem
    """
    item = _walk(organization, path)
    if item is None:
        raise NoSuchItem(path)
    return item


def find_sheet(organization: Organization, path: str) -> Item:
    """The sheet at a path.

    Raises:
        NoSuchItem
        Invalid: There is something else.
    """
    item = find(organization, path)
    if item.kind != Item.Kind.SHEET:
        raise Invalid(f"{path[:200]!r} is a {item.kind}, not a sheet. Name a sheet.")
    return item


def find_folder(organization: Organization, path: str) -> Item | None:
    """The folder at a path; None is the root.

    Raises:
        NoSuchItem
        Invalid: There is something else.
    """
    item = _walk(organization, path)
    if item is not None and item.kind != Item.Kind.FOLDER:
        raise Invalid(f"{path[:200]!r} is a {item.kind}, not a folder. Name a folder, or / for the root.")
    return item


def path_of(item: Item | None) -> str:
    """The path by names, from the root."""
    names: list[str] = []
    while item is not None:
        names.append(item.name)
        item = item.parent
    return "/" + "/".join(reversed(names))


def children(organization: Organization, folder: Item | None) -> list[Item]:
    """The items of a folder by name."""
    return list(organization.items.filter(parent=folder).exclude(name__startswith=".").order_by("name"))


def tree(organization: Organization, path: str, *, depth: int) -> Iterator[Entry]:
    """What is below a path, parents before their children, so many levels deep.

    Raises:
        NoSuchItem
    """
    top = _walk(organization, path)
    at = path_of(top)
    if top is None or top.kind == Item.Kind.FOLDER:
        yield from _below(organization, top, "" if at == "/" else at, depth)
    elif top.kind == Item.Kind.SHEET:
        yield from _images(top, at)


def create(organization: Organization, parent_path: str, wanted: Wanted) -> Item:
    """Make a folder, sheet or memo in the folder at `parent_path`.

    Raises:
        NoSuchItem: The parent does not exist.
        WrongValue: The name is empty, too long, taken or holds a forbidden character.
        TooManySheets
    """
    name = _checked_name(wanted.name)
    parent = find_folder(organization, parent_path)
    if len(path_of(parent).split("/")) > MAX_DEPTH:
        raise WrongValue("path", f"Folders stand in each other at most {MAX_DEPTH} deep.")
    with transaction.atomic():
        files.lock(organization)
        if wanted.kind == Item.Kind.SHEET:
            _demand_room_for_sheet(organization)
        try:
            with transaction.atomic():
                return organization.items.create(
                    parent=parent,
                    kind=wanted.kind,
                    name=name,
                    columns=wanted.columns,
                    template_id=wanted.template_id,
                    text=wanted.text,
                    prompt=wanted.prompt,
                )
        except IntegrityError:
            raise WrongValue("name", f"There is already something called {name!r} in this folder.") from None


def write_memo(memo: Item, text: str) -> None:
    """Replace the text of a memo."""
    Item.objects.filter(id=memo.id, kind=Item.Kind.MEMO).update(text=text)


def demand_writable(sheet: Item) -> None:
    """Refuse to change a sheet that a smaller plan no longer includes: the oldest ones stay writable.

    Raises:
        SheetReadOnly
    """
    limit = terms.plan_of(sheet.organization).sheets
    if limit is None:
        return
    older = sheet.organization.items.filter(kind=Item.Kind.SHEET, id__lt=sheet.id)
    if older.count() >= limit:
        raise SheetReadOnly(limit)


def remove(organization: Organization, path: str, *, by: Actor = audit.SYSTEM) -> None:
    """Delete what a path names, and everything below it: items, rows, jobs that wait, unused files.

    Removes in steps, each a transaction: an interruption leaves less, never something broken.

    Raises:
        NoSuchItem
        Invalid: The root.
    """
    if row := _row_at(organization, path):
        with transaction.atomic():
            _remove_rows(organization, [row.id])
            audit.record(organization, "row.removed", by=by, subject=row.row_key, details={"path": path})
        return
    item = _walk(organization, path)
    if item is None:
        raise Invalid("The root cannot be removed. Name a folder, sheet, memo or image.")
    # First under a name that nobody can give or ask for: nothing is added while its rows go.
    hidden = "." + get_random_string(24, ALPHANUMERIC)
    with transaction.atomic():
        organization.items.filter(id=item.id).update(parent=None, name=hidden)
        audit.record(organization, f"{item.kind}.removed", by=by, subject=item.unique_key, details={"path": path})
    _remove_below(organization, item)


def _walk(organization: Organization, path: str) -> Item | None:
    """What a path names; None is the root."""
    names = [name for name in path.split("/") if name]
    if len(names) > MAX_DEPTH + 1 or any(name.startswith(".") or "\0" in name for name in names):
        raise NoSuchItem(path)
    item: Item | None = None
    for position, name in enumerate(names, 1):
        found = _named(organization, item, name)
        if found is None and position == len(names):
            found = _by_key(organization, item, name)
        if found is None:
            raise NoSuchItem(path)
        item = found
    return item


def _named(organization: Organization, parent: Item | None, name: str) -> Item | None:
    item = organization.items.filter(parent=parent, name=name).first()
    if item is not None:
        item.parent = parent  # known: the path can be printed without asking again
    return item


def _by_key(organization: Organization, parent: Item | None, key: str) -> Item | None:
    """By uniqueKey: anywhere when it stands alone, else in the folder before it."""
    items = organization.items.filter(unique_key=key)
    return items.select_related("parent").first() if parent is None else items.filter(parent=parent).first()


def _row_at(organization: Organization, path: str) -> Row | None:
    """The row that a path below a sheet names."""
    above, _, key = path.rstrip("/").rpartition("/")
    if not key.startswith("row_"):
        return None
    try:
        sheet = find(organization, above)
    except NoSuchItem:
        raise NoSuchItem(path) from None
    return sheet.rows.filter(row_key=key).first()


def _below(organization: Organization, folder: Item | None, at: str, depth: int) -> Iterator[Entry]:
    for item in children(organization, folder):
        path = f"{at}/{item.name}"
        yield Entry(path, item.name, item.kind, item.unique_key, item.created_at)
        if depth > 1 and item.kind == Item.Kind.FOLDER:
            yield from _below(organization, item, path, depth - 1)
        elif depth > 1 and item.kind == Item.Kind.SHEET:
            yield from _images(item, path)


def _images(sheet: Item, at: str) -> Iterator[Entry]:
    rows = sheet.rows.order_by("id").only("row_key", "name", "created_at")
    for row in rows[:MAX_IMAGES]:
        yield Entry(f"{at}/{row.row_key}", row.name, "img", row.row_key, row.created_at)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise WrongValue("name", "Must not be empty.")
    if len(name) > MAX_NAME_LENGTH:
        raise WrongValue("name", f"Has {len(name)} characters; at most {MAX_NAME_LENGTH} are allowed.")
    if any(character in FORBIDDEN_CHARACTERS or not character.isprintable() for character in name):
        raise WrongValue("name", f"Holds a forbidden character: none of {' '.join(FORBIDDEN_CHARACTERS)} is allowed.")
    return name


def _demand_room_for_sheet(organization: Organization) -> None:
    limit = terms.plan_of(organization).sheets
    if limit is not None and organization.items.filter(kind=Item.Kind.SHEET).count() >= limit:
        raise TooManySheets(limit)


def _remove_below(organization: Organization, item: Item) -> None:
    for child in organization.items.filter(parent=item):
        _remove_below(organization, child)
    while ids := list(item.rows.order_by("id").values_list("id", flat=True)[:_REMOVED_AT_ONCE]):
        _remove_rows(organization, ids)
    item.delete()


def _remove_rows(organization: Organization, ids: list[int]) -> None:
    rows = organization.rows.filter(id__in=ids)
    with transaction.atomic():
        file_ids = set(rows.filter(file__isnull=False).values_list("file_id", flat=True))
        waiting = organization.jobs.filter(row_id__in=ids, status__in=[Job.Status.PENDING, Job.Status.PROCESSING])
        for job in waiting.select_related("usage"):
            if job.usage:
                usage.release(job.usage, reason="removed")
        rows.delete()
        files.remove_unused(organization, file_ids)
