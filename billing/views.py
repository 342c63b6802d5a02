"""Where Stripe sends its events: verified, stored, answered. Processing follows by the clock."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import events, gateway
from billing.gateway import Event, ForgedEvent, PaymentsOff


@csrf_exempt
@require_POST
def stripe_events(request: HttpRequest) -> HttpResponse:
    return _store(request, gateway.read_event, is_thin=False)


@csrf_exempt
@require_POST
def stripe_meter_events(request: HttpRequest) -> HttpResponse:
    return _store(request, gateway.read_meter_event, is_thin=True)


def _store(request: HttpRequest, read: Callable[[bytes, str], Event], *, is_thin: bool) -> HttpResponse:
    try:
        event = read(request.body, request.headers.get("Stripe-Signature", ""))
    except PaymentsOff:
        return HttpResponseNotFound("Set STRIPE_SECRET_KEY and the secret of this webhook endpoint first.")
    except ForgedEvent as problem:
        return HttpResponse(str(problem), status=400, content_type="text/plain")
    is_new = events.receive(event, is_thin=is_thin)
    return HttpResponse("stored" if is_new else "known", content_type="text/plain")
