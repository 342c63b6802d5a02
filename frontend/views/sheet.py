"""One sheet: its grid, pictures dropped on it, how far they are, its export."""

import hashlib
from typing import IO, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import caller, roles
from accounts.errors import Invalid, SpocrError, WrongValue
from accounts.models import Organization
from accounts.roles import MAY, Act
from billing.usage import Payer
from frontend import problems, visitor
from frontend.problems import status_of
from frontend.sentences import field_label, said
from frontend.sheets.forms import ConditionForm, files_of
from frontend.sheets.grid import Asked, Grid, ViewLink
from frontend.views.sheets import link_to_folder, sheet_of
from ocr import jobs, outlook, saved_views, sheets, uploads
from ocr.api import idempotency
from ocr.api.idempotency import Answer, Ticket
from ocr.api.workspace import file_views, sheet_inputs
from ocr.api.workspace.errors import OutOfService
from ocr.models import Item, Job
from ocr.uploads import Accepted, Upload


@require_GET
@login_required
@problems.shown
def sheet(request: HttpRequest, key: str) -> HttpResponse:
    """The grid; a condition that was entered becomes part of the page's address."""
    organization = visitor.organization(request, Act.LOOK)
    found = sheet_of(organization, key)
    asked = Asked.of(request.GET)
    plain = [(c["name"], field_label(c["name"])) for c in found.columns if c["type"] != "array"]
    lines = [
        (f"{c['name']}.{child['name']}", f"{field_label(c['name'])}: {field_label(child['name'])}")
        for c in found.columns
        if c["type"] == "array"
        for child in c["children"]
    ]
    condition = ConditionForm(plain + lines, request.GET if "operator" in request.GET else None)
    if condition.is_bound and condition.is_valid():
        return redirect(request.path + asked.link(where=(*asked.where, condition.condition)))
    problem = ""
    try:
        grid = Grid.of(found, asked)
    except WrongValue as error:
        problem, grid = str(error), Grid.of(found, Asked())
    role = roles.of(organization, visitor.person(request))
    views = [ViewLink.of(view, grid.asked) for view in saved_views.of(found)]
    told = {
        "here": "sheets",
        "sheet": found,
        "views": views,
        "is_saved": any(view.is_here for view in views),
        "folder_link": link_to_folder(sheets.path_of(found.parent)),
        "grid": grid,
        "problem": problem,
        "condition": condition,
        "has_rows": bool(grid.matched) or found.rows.exists(),
        "progress": progress_of(found),
        "may_edit": role in MAY[Act.EDIT_SHEETS],
        "may_read": role in MAY[Act.READ_DOCUMENTS],
    }
    return render(request, "sheets/sheet.html", told, status=400 if problem else 200)


@require_POST
@login_required
def upload(request: HttpRequest, key: str) -> HttpResponse:
    """Take pictures and PDFs; scripts get JSON, a plain form goes back to the grid.

    With an `Idempotency-Key` a file whose answer was lost may be sent again: it is neither stored nor charged twice.
    """
    by_script = request.headers.get("Accept") == "application/json"
    try:
        organization = visitor.organization(request, Act.READ_DOCUMENTS)
        found = sheet_of(organization, key)
        given = [Upload(file.name or "", cast(IO[bytes], file)) for file in files_of(request.FILES)]
        if not given:
            raise Invalid(_("Choose pictures or PDFs first."))
        pages = _accept_once(request, _payer(request, organization, key), found, given)
    except SpocrError as problem:
        if by_script:
            return JsonResponse({"error": said(problem)}, status=status_of(problem))
        messages.error(request, said(problem))
        return redirect("sheet", key)
    told = ngettext("%(pages)s page is being read.", "%(pages)s pages are being read.", pages) % {"pages": pages}
    if by_script:
        return JsonResponse({"message": told, "pages": pages})
    messages.success(request, told)
    return redirect("sheet", key)


@require_GET
@login_required
@problems.shown
def progress(request: HttpRequest, key: str) -> HttpResponse:
    """How far the jobs of the sheet are, as a part of its page that scripts fetch again and again."""
    organization = visitor.organization(request, Act.LOOK)
    found = sheet_of(organization, key)
    return render(request, "sheets/_progress.html", {"sheet": found, "progress": progress_of(found)})


@require_GET
@login_required
@problems.shown
def export(request: HttpRequest, key: str) -> HttpResponseBase:
    """The rows and columns that the grid shows, all pages of it, as a file."""
    organization = visitor.organization(request, Act.LOOK)
    found = sheet_of(organization, key)
    given = request.GET.copy()
    given["path"] = key
    return file_views.exported(found, sheet_inputs.export_request(given), by=visitor.actor(request))


@require_POST
@login_required
@problems.shown
def retry(request: HttpRequest, key: str, row_key: str) -> HttpResponse:
    """Read a failed row's stored picture again."""
    organization = visitor.organization(request, Act.READ_DOCUMENTS)
    job = organization.jobs.get(row__sheet=sheet_of(organization, key), row__row_key=row_key)
    jobs.retry(_payer(request, organization, key), job.public_id)
    messages.success(request, _("The picture is being read again."))
    return redirect("sheet", key)


def _accept_once(request: HttpRequest, payer: Payer, found: Item, given: list[Upload]) -> int:
    """Returns how many pages are being read; to a repeated request as many as to the first."""

    def accept(ticket: Ticket) -> Answer:
        def keep(accepted: list[Accepted]) -> None:
            ticket.keep(202, {"pages": _pages(accepted)})

        try:
            return Answer(202, {"pages": _pages(uploads.accept(payer, found, given, on_accepted=keep))})
        except OSError as error:
            raise OutOfService from error

    def fingerprint() -> str:
        digests = (hashlib.file_digest(one.content, "sha256").digest() for one in given)  # type: ignore[arg-type]
        return idempotency.fingerprint(f"POST {request.path}", digests)

    key = request.headers.get(idempotency.HEADER)
    return int(idempotency.once(found.organization, key, fingerprint, accept).body["pages"])


def _pages(accepted: list[Accepted]) -> int:
    return sum(len(each.jobs) for each in accepted if not each.is_repeated)


def _payer(request: HttpRequest, organization: Organization, key: str) -> Payer:
    return Payer(organization, caller.address(request), endpoint="web", sheet=key)


def progress_of(found: Item) -> dict[str, object]:
    """How many jobs wait and run, and in how many seconds the last will have ended."""
    unfinished = Job.objects.filter(
        organization_id=found.organization_id,
        row__sheet=found,
        status__in=(Job.Status.PENDING, Job.Status.PROCESSING),
    )
    last = unfinished.order_by("-id").first()
    if last is None:
        return {"waiting": 0, "running": 0, "left": 0, "seconds": None}
    waiting = unfinished.filter(status=Job.Status.PENDING).count()
    running = unfinished.count() - waiting
    ends_at = outlook.of(last).expected_at
    seconds = max(int((ends_at - timezone.now()).total_seconds()), 1) if ends_at else None
    return {"waiting": waiting, "running": running, "left": waiting + running, "seconds": seconds}
