"""A row with its picture: looked at, corrected, reviewed value by value, deleted."""

from collections.abc import Iterator

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import roles
from accounts.errors import NotFound
from accounts.roles import Act
from frontend import problems, visitor
from frontend.sheets.shown import Cell, RowShown
from frontend.views.sheets import sheet_of
from ocr import reading, rows, sheets
from ocr.models import Item, Row
from ocr.rows import Author

# What one page of the review shows.
REVIEW_VALUES = 20
# Beside a value: it was looked at and is right as it stands.
CONFIRM = "confirm:"


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def row(request: HttpRequest, key: str, row_key: str) -> HttpResponse:
    """The picture with its boxes beside the values; on POST take over what was changed."""
    organization = visitor.organization(request, Act.EDIT_SHEETS if request.method == "POST" else Act.LOOK)
    sheet = sheet_of(organization, key)
    found = RowShown(_row_of(sheet, row_key), sheet.columns)
    if request.method == "POST":
        changed = _take_over(request, found)
        messages.success(
            request, ngettext("%(count)s value changed.", "%(count)s values changed.", changed) % {"count": changed}
        )
        return redirect(request.path)
    told = {
        "here": "sheets",
        "sheet": sheet,
        "shown": found,
        "before": sheet.rows.filter(id__lt=found.row.id).order_by("-id").first(),
        "after": sheet.rows.filter(id__gt=found.row.id).order_by("id").first(),
        "history": found.row.corrections.select_related("user", "key").order_by("-id")[:20],
        "may_edit": roles.may(organization, visitor.person(request), Act.EDIT_SHEETS),
    }
    return render(request, "sheets/row.html", told)


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def review(request: HttpRequest, key: str) -> HttpResponse:
    """Values that were not read surely, each with its piece of the picture; on POST take over what was looked at."""
    organization = visitor.organization(request, Act.EDIT_SHEETS)
    sheet = sheet_of(organization, key)
    if request.method == "POST":
        shown_rows = {row_key.partition("/")[0] for row_key in request.POST if "/" in row_key}
        changed = sum(
            _take_over(request, RowShown(_row_of(sheet, row_key.removeprefix(CONFIRM)), sheet.columns), in_review=True)
            for row_key in {name.removeprefix(CONFIRM) for name in shown_rows}
        )
        said = ngettext("%(count)s value is settled.", "%(count)s values are settled.", changed)
        messages.success(request, said % {"count": changed})
        return redirect("sheet_review", key)
    values = list(_unsure(sheet))
    return render(request, "sheets/review.html", {"here": "sheets", "sheet": sheet, "values": values})


@require_GET
@login_required
@cache_control(private=True, max_age=3600)
@problems.shown
def picture(request: HttpRequest, key: str, row_key: str) -> HttpResponse:
    """The row's page as a picture, upright."""
    organization = visitor.organization(request, Act.LOOK)
    found = _row_of(sheet_of(organization, key), row_key)
    if found.file is None:
        raise NotFound(_("The picture of this row is no longer kept."))
    try:
        with default_storage.open(found.file.storage_name) as content:
            jpeg = reading.show_page(content, page=found.page)
    except FileNotFoundError:
        raise NotFound(_("The picture of this row is no longer kept.")) from None
    return HttpResponse(jpeg, content_type="image/jpeg", headers={"X-Content-Type-Options": "nosniff"})


@require_POST
@login_required
@problems.shown
def remove(request: HttpRequest, key: str, row_key: str) -> HttpResponse:
    """Delete a row and its picture."""
    organization = visitor.organization(request, Act.EDIT_SHEETS)
    sheet = sheet_of(organization, key)
    found = _row_of(sheet, row_key)
    sheets.remove(organization, f"{sheets.path_of(sheet)}/{found.row_key}", by=visitor.actor(request))
    messages.success(request, _("“%(name)s” is deleted.") % {"name": found.name})
    return redirect("sheet", key)


def _row_of(sheet: Item, row_key: str) -> Row:
    """The row with this key.

    Raises:
        NoSuchRow
    """
    found = rows.find(sheet, row_key)
    return sheet.rows.select_related("job", "file", "sheet").get(id=found.id)


def _take_over(request: HttpRequest, found: RowShown, *, in_review: bool = False) -> int:
    """Correct each value that was entered otherwise than it stands, or that was confirmed; returns how many."""
    author = Author(user=visitor.person(request))
    changed = 0
    for cell in found.every_cell:
        name = f"{found.row.row_key}/{cell.address}" if in_review else cell.address
        entered = request.POST.get(name)
        if entered is None:
            continue
        is_confirmed = CONFIRM + name in request.POST
        if entered.strip() != cell.text or (is_confirmed and cell.is_unsure):
            rows.correct(found.row, cell.address, entered.strip(), author=author)
            changed += 1
    return changed


def _unsure(sheet: Item) -> Iterator[tuple[RowShown, Cell, str]]:
    """The first values to look at, in the order of the sheet, each with its crop of the picture."""
    count = 0
    with_some = sheet.rows.filter(unsure_values__gt=0).select_related("file").order_by("id")
    for found in with_some[:REVIEW_VALUES]:
        shown = RowShown(found, sheet.columns)
        for cell in shown.unsure:
            size = found.image or {}
            yield shown, cell, cell.crop(size["width"], size["height"]) if size else ""
            count += 1
            if count == REVIEW_VALUES:
                return
