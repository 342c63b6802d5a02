"""Usage: by day and by whatever made it, what was not charged, and all of it as CSV; for staff, the comparison."""

from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.errors import Invalid
from accounts.roles import Act
from billing import outbox, reconciliation, reports
from billing.models import Kind, MeterBatch, StripeEvent, UsageRecord
from frontend import problems, usage_names, visitor
from frontend.billing_forms import PeriodForm
from frontend.staff import door

ON_A_PAGE = 50
DAYS_SHOWN, MAX_DAYS = 30, 366


@require_safe
@login_required
@problems.shown
def usage(request: HttpRequest) -> HttpResponse:
    """Charts and tables of some days."""
    organization = visitor.organization(request, Act.LOOK)
    form = PeriodForm(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    first, last = _days(chosen)
    # One bar for each day: the export has no such limit.
    first = max(first, last - timedelta(days=MAX_DAYS))
    dimension, kind = chosen.get("by") or "key", Kind(chosen.get("kind") or Kind.SCAN)
    called = usage_names.of(dimension, organization)
    chosen_now = {"first": first, "last": last, "by": dimension, "kind": kind}
    parts = reports.by(dimension, organization, kind, first, last)
    shown = {
        "here": "usage",
        "form": form if form.errors else PeriodForm(initial=chosen_now),
        "first": first,
        "last": last,
        "days": reports.by_day(organization, kind, first, last),
        "parts": [(called(part.name), part) for part in parts],
    }
    return render(request, "billing/usage.html", shown, status=400 if form.errors else 200)


@require_safe
@login_required
@problems.shown
def usage_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Every record of some days, however many."""
    organization = visitor.organization(request, Act.LOOK)
    form = PeriodForm(request.GET)
    if not form.is_valid():
        raise Invalid(_("Write both days as 2026-11-30: first=…&last=…"))
    first, last = _days(form.cleaned_data)
    details = {"first": str(first), "last": str(last)}
    audit.record(organization, "usage.exported", by=visitor.actor(request), details=details)
    return StreamingHttpResponse(
        reports.as_csv(organization, first, last),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="usage-{first}-{last}.csv"'},
    )


@require_safe
@login_required
@problems.shown
def not_charged(request: HttpRequest) -> HttpResponse:
    """What was asked for and not charged, and why."""
    organization = visitor.organization(request, Act.LOOK)
    found: Paginator[UsageRecord] = Paginator(reports.not_charged(organization), ON_A_PAGE)
    page = found.get_page(request.GET.get("page"))
    keys = usage_names.of("key", organization)
    records = [
        (record, usage_names.door(record.endpoint), keys(record.key), usage_names.outcome(record.outcome))
        for record in page
    ]
    return render(request, "billing/not_charged.html", {"here": "usage", "page": page, "records": records})


@require_safe
@login_required
@problems.shown
def meter(request: HttpRequest) -> HttpResponse:
    """For staff: where ledger and meter differ, what could not be sent, what could not be processed."""
    if refusal := door.refusal(request):
        return refusal
    shown = {
        "here": "billing",
        "differences": reconciliation.differences()[:200],
        "stuck": MeterBatch.objects.filter(status=MeterBatch.Status.STUCK).select_related("organization")[:200],
        "unprocessed": StripeEvent.objects.filter(processed_at=None).order_by("id")[:200],
        "oldest_unsent": timedelta(seconds=int(outbox.oldest_unsent_seconds())),
    }
    return render(request, "billing/meter.html", shown)


def _days(chosen: dict[str, object]) -> tuple[date, date]:
    """First and last day: what was chosen, in order, else the last thirty."""
    last, first = chosen.get("last"), chosen.get("first")
    last = last if isinstance(last, date) else timezone.now().date()
    first = first if isinstance(first, date) else last - timedelta(days=DAYS_SHOWN - 1)
    return min(first, last), max(first, last)
