"""The workspace: folders and sheets listed, made, removed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import roles
from accounts.errors import Forbidden, Invalid, SpocrError
from accounts.models import Organization
from accounts.roles import Act
from frontend import problems, visitor
from frontend.sentences import field_label, said
from frontend.sheets.columns import PREFIX, Built, ColumnForm, ColumnForms, form_of
from frontend.sheets.forms import OWN, FolderForm, SheetForm
from ocr import sheets
from ocr.api.workspace import sheet_inputs
from ocr.extraction.templates import TEMPLATES
from ocr.models import Item
from ocr.sheets import Wanted


@require_GET
@login_required
@problems.shown
def folder(request: HttpRequest) -> HttpResponse:
    """What is in a folder; without `path` in the root."""
    organization = visitor.organization(request, Act.LOOK)
    path = request.GET.get("path", "/")
    here = sheets.find_folder(organization, path)
    shown = {
        "here": "sheets",
        "folder": here,
        "path": sheets.path_of(here),
        "above": _trail(here),
        "entries": [_entry(item) for item in sheets.children(organization, here)],
        "folder_form": FolderForm(),
        "may_edit": roles.may(organization, visitor.person(request), Act.EDIT_SHEETS),
    }
    return render(request, "sheets/folder.html", shown)


@require_POST
@login_required
@problems.shown
def make_folder(request: HttpRequest) -> HttpResponse:
    """Make a folder in the one that `path` names, and go there."""
    organization = visitor.organization(request, Act.EDIT_SHEETS)
    made = sheets.create(organization, request.POST.get("path", "/"), Wanted("folder", request.POST.get("name", "")))
    return redirect(link_to_folder(sheets.path_of(made)))


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def new(request: HttpRequest) -> HttpResponse:
    """Ask for name and columns of a sheet; on POST make it and go there, or go on building its columns."""
    organization = visitor.organization(request, Act.EDIT_SHEETS)
    path = request.POST.get("path") or request.GET.get("path", "/")
    if request.method != "POST":
        form = SheetForm(initial={"template_id": request.GET.get("template", "receipt")})
        return _asked(request, path, form, form_of(Built.blank()))
    if change := request.POST.get("change"):
        return _asked(
            request, path, SheetForm(initial=request.POST.dict()), form_of(Built.entered(request.POST).changed(change))
        )
    form, columns = SheetForm(request.POST), ColumnForms(request.POST, prefix=PREFIX)
    if not (form.is_valid() and columns.is_valid()):
        return _asked(request, path, form, columns, status=400)
    try:
        made = sheets.create(organization, *sheet_inputs.create_request(_request(form, columns, path)))
    except (Invalid, Forbidden) as problem:
        form.add_error(None, _sentence(problem))
        return _asked(request, path, form, columns, status=400)
    messages.success(request, _("The sheet is ready. Drop your pictures on it."))
    return redirect("sheet", made.unique_key)


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Ask, then delete a sheet or folder with all that is in it."""
    organization = visitor.organization(request, Act.EDIT_SHEETS)
    item = sheets.find(organization, key)
    above = sheets.path_of(item.parent)
    if request.method == "POST":
        sheets.remove(organization, key, by=visitor.actor(request))
        messages.success(request, _("“%(name)s” is deleted.") % {"name": item.name})
        return redirect(link_to_folder(above))
    shown = {"here": "sheets", "item": item, "rows": item.rows.count(), "back": link_to_folder(above)}
    return render(request, "sheets/remove.html", shown)


def link_to_folder(path: str) -> str:
    """The page of a folder."""
    return reverse("sheets") + ("?" + urlencode({"path": path}) if path != "/" else "")


def sheet_of(organization: Organization, key: str) -> Item:
    """The sheet with this uniqueKey.

    Raises:
        NoSuchItem
        Invalid: It is no sheet.
    """
    return sheets.find_sheet(organization, key)


def _asked(
    request: HttpRequest, path: str, form: SheetForm, columns: "BaseFormSet[ColumnForm]", *, status: int = 200
) -> HttpResponse:
    """The page that asks for a new sheet."""
    shown = {"here": "sheets", "path": path, "form": form, "columns": columns, "templates": _templates()}
    return render(request, "sheets/new.html", shown, status=status)


def _trail(item: Item | None) -> list[tuple[str, str]]:
    """The folders above, from the root: name and link."""
    above: list[tuple[str, str]] = []
    while item is not None:
        item = item.parent
        above.append((item.name if item else _("Sheets"), link_to_folder(sheets.path_of(item))))
    return above[::-1]


def _entry(item: Item) -> dict[str, object]:
    if item.kind == Item.Kind.FOLDER:
        return {"item": item, "link": link_to_folder(sheets.path_of(item))}
    return {
        "item": item,
        "link": reverse("sheet", args=[item.unique_key]),
        "rows": item.rows.count(),
        "columns": [field_label(column["name"]) for column in item.columns],
    }


def _sentence(problem: SpocrError) -> str:
    """The error with what it says of each value."""
    errors = problem.details.get("errors")
    if not isinstance(errors, list):
        return said(problem)
    return " ".join(f"{one['field']}: {said(one['message'])}" for one in errors)


def _templates() -> list[dict[str, object]]:
    """Each template with the columns that it makes."""
    return [
        {"id": template.id, "title": template.title, "columns": [field_label(field.name) for field in template.fields]}
        for template in TEMPLATES.values()
    ]


def _request(form: SheetForm, columns: "BaseFormSet[ColumnForm]", path: str) -> dict[str, object]:
    """What was entered as the API's POST /create has it, so that both are checked by one function."""
    name, template_id = form.cleaned_data["name"], form.cleaned_data["template_id"]
    own = [column.definition for column in columns if column.definition]
    ways = {"templateId": template_id} if template_id != OWN else {"columns": own}
    return {"path": path, "type": "sheet", "name": name, **ways}
