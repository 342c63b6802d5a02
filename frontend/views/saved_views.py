"""Views of a sheet, saved under a name and forgotten again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.roles import Act
from frontend import problems, visitor
from frontend.sheets.grid import Asked
from frontend.views.sheets import sheet_of
from ocr import saved_views


@require_POST
@login_required
@problems.shown
def save(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the grid that is shown under a name, and show it."""
    sheet = sheet_of(visitor.organization(request, Act.EDIT_SHEETS), key)
    asked = Asked.of(request.POST)
    saved = saved_views.save(
        sheet,
        request.POST.get("name", ""),
        where=asked.where,
        sort=asked.sort,
        select=asked.select,
        by=visitor.person(request),
    )
    messages.success(request, _("The view “%(name)s” is saved for everybody here.") % {"name": saved.name})
    return redirect(reverse("sheet", args=[key]) + asked.link())


@require_POST
@login_required
@problems.shown
def remove(request: HttpRequest, key: str, view_key: str) -> HttpResponse:
    sheet = sheet_of(visitor.organization(request, Act.EDIT_SHEETS), key)
    gone = saved_views.remove(sheet, view_key)
    messages.success(request, _("The view “%(name)s” is deleted; its rows are all there.") % {"name": gone.name})
    return redirect("sheet", key)
