"""What operators' tools ask: is this process alive, can this node work, what does it count."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from frontend.operation import draining, metrics, readiness


@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    """GET /healthz: this process answers, and 503 when it is about to end. Asks nothing of the rest."""
    if draining.is_leaving():
        return JsonResponse({"status": "leaving", "version": settings.VERSION}, status=503)
    return JsonResponse({"status": "ok", "version": settings.VERSION})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """GET /readyz: 200 while this node can do its work, 503 while a vital part is missing."""
    findings = readiness.findings()
    is_ready = all(finding.is_well for finding in findings.values() if finding.is_vital)
    is_well = all(finding.is_well for finding in findings.values())
    body = {
        "status": "ok" if is_well else "degraded" if is_ready else "failing",
        "parts": {name: finding.message for name, finding in findings.items()},
    }
    return JsonResponse(body, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """GET /metrics: for who brings SPOCR_METRICS_TOKEN; without that setting there is no such page."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise Http404
    return HttpResponse(metrics.scrape(), content_type=CONTENT_TYPE_LATEST)
