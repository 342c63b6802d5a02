"""The audit log: filtered, page by page, and as CSV."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import audit as log
from accounts.models import AuditEvent
from accounts.roles import Act
from frontend import problems, visitor

ON_A_PAGE = 50


@require_safe
@login_required
@problems.shown
def audit(request: HttpRequest) -> HttpResponse:
    organization = visitor.organization(request, Act.SEE_AUDIT_LOG)
    action, actor = request.GET.get("action", ""), request.GET.get("actor", "")
    found: Paginator[AuditEvent] = Paginator(log.events(organization, action=action, actor=actor), ON_A_PAGE)
    shown = {
        "here": "organization",
        "events": found.get_page(request.GET.get("page")),
        "actions": log.actions(organization),
        "action": action,
        "actor": actor,
    }
    return render(request, "organization/audit.html", shown)


@require_safe
@login_required
@problems.shown
def audit_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The filtered log as a file, which is an act of the log itself."""
    organization = visitor.organization(request, Act.SEE_AUDIT_LOG)
    action, actor = request.GET.get("action", ""), request.GET.get("actor", "")
    me = visitor.actor(request)
    log.record(organization, "audit.exported", by=me, details={"action": action, "actor": actor})
    rows = log.as_csv(log.events(organization, action=action, actor=actor))
    disposition = {"Content-Disposition": f'attachment; filename="audit-{organization.public_id}.csv"'}
    return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=disposition)
