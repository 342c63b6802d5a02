"""The webhook: where it leads, what was sent to it, each attempt; test, resend, rotate."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from accounts import sealing
from accounts.errors import NotFound, WrongValue
from accounts.models import Organization
from accounts.roles import Act
from frontend import problems, visitor
from frontend.developer.forms import DeliveryFilterForm, WebhookForm
from ocr import deliveries
from ocr import webhooks as hooks
from ocr.models import WebhookDelivery, WebhookEndpoint

ON_A_PAGE = 50
NEW_SECRET = "new_webhook_secret"  # noqa: S105 - Session: a secret that was made and not yet shown.


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@problems.shown
def webhooks(request: HttpRequest) -> HttpResponse:
    """The webhook and what was sent; on POST set or change it."""
    organization = visitor.organization(request, Act.MANAGE_WEBHOOKS)
    endpoint = _endpoint(organization)
    form = WebhookForm(request.POST) if request.method == "POST" else _form_of(endpoint)
    if request.method == "POST" and form.is_valid():
        answer = _configure(request, organization, form)
        if answer is not None:
            return answer
    shown = {"here": "developers", "endpoint": endpoint, "form": form, **_sent(request, organization)}
    return render(request, "developer/webhooks.html", shown, status=400 if form.errors else 200)


@require_GET
@never_cache
@login_required
def secret(request: HttpRequest) -> HttpResponse:
    """Show the secret just made: once, and never from a cache."""
    made = request.session.pop(NEW_SECRET, None)
    if made is None:
        return redirect("webhooks")
    return render(request, "developer/secret.html", {"here": "developers", "secret": made})


@require_safe
@login_required
@problems.shown
def delivery(request: HttpRequest, public_id: str) -> HttpResponse:
    """One delivery: its attempts, what was sent, and the headers beside it."""
    organization = visitor.organization(request, Act.MANAGE_WEBHOOKS)
    found = hooks.delivery(organization, public_id)
    attempts = sorted(found.log.all(), key=lambda attempt: attempt.number)
    shown = {
        "here": "developers",
        "delivery": found,
        "attempts": attempts,
        "next_at": deliveries.next_attempt_at(found),
        "headers": _headers(found, int(attempts[-1].started_at.timestamp())) if attempts else {},
    }
    return render(request, "developer/delivery.html", shown)


@require_POST
@login_required
@problems.shown
def resend(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send the same event once more."""
    again = hooks.redeliver(visitor.organization(request, Act.MANAGE_WEBHOOKS), public_id)
    messages.success(request, _("It is on its way again. Load this page anew to see how it went."))
    return redirect("webhook_delivery", again.public_id)


@require_POST
@login_required
@problems.shown
def test(request: HttpRequest) -> HttpResponse:
    """Send a test event now."""
    sent = hooks.send_test(visitor.organization(request, Act.MANAGE_WEBHOOKS))
    messages.success(request, _("A test event is on its way. Load this page anew to see how it went."))
    return redirect("webhook_delivery", sent.public_id)


@require_POST
@login_required
@problems.shown
def pause(request: HttpRequest) -> HttpResponse:
    hooks.pause(visitor.organization(request, Act.MANAGE_WEBHOOKS), by=visitor.actor(request))
    messages.success(request, _("The webhook is paused. What happens from now on is not sent, not later either."))
    return redirect("webhooks")


@require_POST
@login_required
@problems.shown
def resume(request: HttpRequest) -> HttpResponse:
    hooks.resume(visitor.organization(request, Act.MANAGE_WEBHOOKS), by=visitor.actor(request))
    messages.success(request, _("The webhook is on again."))
    return redirect("webhooks")


@require_POST
@login_required
@problems.shown
def rotate(request: HttpRequest) -> HttpResponse:
    """Make a new secret, and show it."""
    made = hooks.rotate(visitor.organization(request, Act.MANAGE_WEBHOOKS), by=visitor.actor(request))[1]
    request.session[NEW_SECRET] = made
    return redirect("webhook_secret")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@problems.shown
def remove(request: HttpRequest) -> HttpResponse:
    """Ask, then remove it."""
    organization = visitor.organization(request, Act.MANAGE_WEBHOOKS)
    if request.method == "POST":
        hooks.remove(organization, by=visitor.actor(request))
        messages.success(request, _("The webhook is removed."))
        return redirect("webhooks")
    return render(request, "developer/webhook_remove.html", {"here": "developers", "endpoint": hooks.get(organization)})


def _configure(request: HttpRequest, organization: Organization, form: WebhookForm) -> HttpResponse | None:
    try:
        chosen = form.cleaned_data
        made = hooks.configure(organization, chosen["url"], chosen["events"], by=visitor.actor(request))[1]
    except WrongValue as problem:
        form.show(problem, str(problem).partition(":")[0])
        return None
    messages.success(request, _("Saved."))
    if made:
        request.session[NEW_SECRET] = made
        return redirect("webhook_secret")
    return redirect("webhooks")


def _endpoint(organization: Organization) -> WebhookEndpoint | None:
    try:
        return hooks.get(organization)
    except NotFound:
        return None


def _form_of(endpoint: WebhookEndpoint | None) -> WebhookForm:
    return WebhookForm(initial={"url": endpoint.url, "events": endpoint.events} if endpoint else None)


def _sent(request: HttpRequest, organization: Organization) -> dict[str, object]:
    """A page of the deliveries that the query asks for."""
    form = DeliveryFilterForm(request.GET or None)
    entered = form.cleaned_data if form.is_bound and form.is_valid() else {}
    asked = {name: entered.get(name, "") for name in ("status", "kind", "target", "after")}
    found = hooks.listed(organization, limit=ON_A_PAGE + 1, **asked)
    kept = {name: value for name, value in asked.items() if value and name != "after"}
    more = len(found) > ON_A_PAGE
    return {
        "filter": form,
        "deliveries": found[:ON_A_PAGE],
        "older": urlencode({**kept, "after": found[ON_A_PAGE - 1].public_id}) if more else "",
        "is_filtered": bool(kept),
    }


def _headers(found: WebhookDelivery, timestamp: int) -> dict[str, str]:
    if not found.event.body:
        return {}
    try:
        return deliveries.headers(found, timestamp)
    except sealing.CannotBeOpened:
        return {}
