"""What anybody may see: what it costs, and how the service does."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from billing import money, plans
from frontend.operation import readiness
from ocr import probing
from ocr.models import Job

BAR_DAYS = 90
# What visitors know the parts of `readiness.findings` as.
PARTS = {
    "database": gettext_lazy("Database"),
    "migrations": gettext_lazy("Tables of this version"),
    "storage": gettext_lazy("Stored files"),
    "cache": gettext_lazy("Cache"),
    "engines": gettext_lazy("Reading engines"),
    "worker": gettext_lazy("Background work"),
    "broker": gettext_lazy("Queue"),
    "staying": gettext_lazy("Takes new requests"),
}
# Of the probes of a day: from here on it was good, below the second poor.
GOOD, FAIR = 0.999, 0.98


@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    """The plan table in one of its currencies."""
    asked = request.GET.get("currency", settings.BILLING_CURRENCY)
    currency = asked if asked in money.EXPONENTS else settings.BILLING_CURRENCY
    offered = [
        plan
        for plan in plans.table(settings.PLANS_FILE).values()
        if currency in plan.price and (plan.is_sold or plan.id == "free")
    ]
    shown = {
        "here": "pricing",
        "currency": currency,
        "currencies": list(money.EXPONENTS),
        "best": next((plan for plan in offered if plan.is_sold), None),
        "plans": [
            (
                plan,
                money.shown(plan.price[currency], currency).removesuffix(".00"),
                money.shown(plan.further_scan_price[currency], currency),
            )
            for plan in offered
        ],
    }
    return render(request, "public/pricing.html", shown)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """How the service does: now, in the last day, in 90 days; measured by reading a page each minute."""
    findings = readiness.findings()
    oldest = Job.objects.filter(status=Job.Status.PENDING).order_by("created_at").values_list("created_at", flat=True)
    first = oldest.first()
    bars = [
        {"day": day, "figures": found, "kind": _kind(found), "x": index * 10}
        for index, (day, found) in enumerate(probing.days(BAR_DAYS))
    ]
    shown = {
        "here": "status",
        "is_well": all(finding.is_well for finding in findings.values()),
        "is_ready": all(finding.is_well for finding in findings.values() if finding.is_vital),
        "parts": [(PARTS[name], finding.is_well) for name, finding in findings.items()],
        "last_day": probing.last_day(),
        "oldest_seconds": int((timezone.now() - first).total_seconds()) if first else None,
        "bars": bars,
        "width": BAR_DAYS * 10,
    }
    return render(request, "public/status.html", shown)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The operator's terms: elsewhere, from the operator's folder, or a placeholder."""
    if settings.TERMS_URL:
        return redirect(settings.TERMS_URL)
    return render(request, "public/legal.html", {"title": _("Terms of service"), "text": "legal/terms.html"})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """As `terms`, about data."""
    if settings.PRIVACY_URL:
        return redirect(settings.PRIVACY_URL)
    return render(request, "public/legal.html", {"title": _("Privacy"), "text": "legal/privacy.html"})


def _kind(found: probing.Figures | None) -> str:
    if found is None or found.share is None:
        return "unknown"
    return "good" if found.share >= GOOD else "fair" if found.share >= FAIR else "poor"
