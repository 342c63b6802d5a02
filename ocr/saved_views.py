"""Saved views: a sheet's filter, order and columns under a name that the whole organization sees."""

from collections.abc import Sequence

from django.db import transaction

from accounts.errors import NotFound, WrongValue
from accounts.models import User
from ocr import files, query
from ocr.models import Item, SavedView

MAX_NAME_LENGTH = 80
MAX_VIEWS = 50


class NoSuchView(NotFound):
    """The sheet has no saved view of this key."""

    message = "This view is no longer there. Somebody may have deleted it."


def of(sheet: Item) -> list[SavedView]:
    """The sheet's views by name."""
    return list(sheet.saved_views.order_by("name"))


def save(
    sheet: Item, name: str, *, where: Sequence[str], sort: Sequence[str], select: Sequence[str], by: User
) -> SavedView:
    """Keep a choice under a name; one of the same name is replaced.

    Raises:
        WrongValue: The name is empty or too long; there are too many; a column or operator is unknown.
    """
    name = _checked(name)
    query.parse(sheet.columns, where=where, sort=sort, select=select)
    chosen = {"where": list(where), "sort": list(sort), "select": list(select)}
    with transaction.atomic():
        files.lock(sheet.organization)
        others = sheet.saved_views.exclude(name=name).count()
        if others >= MAX_VIEWS:
            raise WrongValue("name", f"A sheet keeps {MAX_VIEWS} views. Delete one that nobody needs first.")
        saved, _ = SavedView.objects.update_or_create(
            sheet=sheet,
            name=name,
            defaults=chosen,
            create_defaults={**chosen, "organization_id": sheet.organization_id, "created_by": by},
        )
    return saved


def remove(sheet: Item, key: str) -> SavedView:
    """Forget a view; the rows stay.

    Raises:
        NoSuchView
    """
    found = sheet.saved_views.filter(key=key).first()
    if found is None:
        raise NoSuchView
    found.delete()
    return found


def _checked(name: str) -> str:
    name = name.strip()
    if not name:
        raise WrongValue("name", "Must not be empty. Say what the view shows.")
    if len(name) > MAX_NAME_LENGTH:
        raise WrongValue("name", f"Has {len(name)} characters; at most {MAX_NAME_LENGTH} are allowed.")
    if not name.isprintable():
        raise WrongValue("name", "Holds characters that cannot be shown. Leave them out.")
    return name
