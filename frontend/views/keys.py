"""API keys: listed, created, shown once, changed, rolled, revoked."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts import api_keys, roles
from accounts.api_keys import InactiveApiKey
from accounts.errors import Invalid, NotFound
from accounts.models import ApiKey, KeyMonth, Organization, Scope
from accounts.roles import Act
from frontend import curl, problems, visitor
from frontend.key_forms import KeyForm, RollForm
from frontend.sentences import said

NEW_KEY = "new_key"  # Session: the secret and name of a key that was made and not yet shown.


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys; on POST create one and go to the page that shows it."""
    organization = visitor.organization(request, Act.MANAGE_KEYS if request.method == "POST" else Act.LOOK)
    form = KeyForm(organization, _scopes(request, organization), request.POST or None)
    if request.method == "POST" and _create(request, organization, form):
        return redirect("key_created")
    shown = {
        "here": "keys",
        "form": form,
        "keys": _listed(organization),
        "may_manage": roles.may(organization, visitor.person(request), Act.MANAGE_KEYS),
    }
    return render(request, "keys/keys.html", shown, status=400 if form.errors else 200)


@require_GET
@never_cache
@login_required
def created(request: HttpRequest) -> HttpResponse:
    """Show the secret of the key just made: once, and never from a cache."""
    new_key = request.session.pop(NEW_KEY, None)
    if new_key is None:
        return redirect("keys")
    line = curl.parse_image(settings.SITE_URL, "invoice.png", key=new_key["secret"])
    return render(request, "keys/created.html", {"here": "keys", "line": line, **new_key})


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def change(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show and change name and limits."""
    organization = visitor.organization(request, Act.MANAGE_KEYS)
    key = _asked(request, organization, public_id)
    scopes = _scopes(request, organization)
    is_sent = request.method == "POST"
    form = KeyForm(organization, scopes, request.POST) if is_sent else KeyForm.of(organization, scopes, key)
    if is_sent and form.is_valid():
        try:
            api_keys.change(
                organization, public_id, name=form.cleaned_data["name"], limits=form.limits, by=visitor.actor(request)
            )
        except Invalid as problem:
            form.show(str(problem.details.get("field")), said(problem))
        else:
            messages.success(request, _("The key is changed; the new limits hold from the next request on."))
            return redirect("keys")
    return render(
        request, "keys/change.html", {"here": "keys", "key": key, "form": form}, status=400 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def roll(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask how long the old key shall work on, then show the new one."""
    organization = visitor.organization(request, Act.MANAGE_KEYS)
    old = _asked(request, organization, public_id)
    form = RollForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        overlap = timedelta(hours=form.cleaned_data["overlap_hours"])
        key, secret = api_keys.roll(organization, public_id, overlap=overlap, by=visitor.actor(request))
        request.session[NEW_KEY] = {"name": key.name, "secret": secret}
        return redirect("key_created")
    return render(
        request, "keys/roll.html", {"here": "keys", "key": old, "form": form}, status=400 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask, then switch the key off."""
    organization = visitor.organization(request, Act.MANAGE_KEYS)
    if request.method == "POST":
        key = api_keys.revoke(organization, public_id, by=visitor.actor(request))
        messages.success(request, _("The key “%(name)s” is revoked.") % {"name": key.name})
        return redirect("keys")
    return render(request, "keys/revoke.html", {"here": "keys", "key": _active(organization, public_id)})


def _create(request: HttpRequest, organization: Organization, form: KeyForm) -> bool:
    if not form.is_valid():
        return False
    try:
        key, secret = api_keys.create(
            organization,
            name=form.cleaned_data["name"],
            created_by=visitor.person(request),
            limits=form.limits,
            by=visitor.actor(request),
        )
    except Invalid as problem:
        form.show(str(problem.details.get("field")), said(problem))
        return False
    request.session[NEW_KEY] = {"name": key.name, "secret": secret}
    return True


def _listed(organization: Organization) -> list[dict[str, object]]:
    now = timezone.now()
    month = KeyMonth.objects.filter(key=OuterRef("id"), month=api_keys.month_of(now)).values("requests")
    found = organization.keys.annotate(requests_this_month=Subquery(month)).order_by("-created_at")
    return [
        {
            "key": key,
            "requests": key.requests_this_month or 0,
            "hints": api_keys.hints(key, now=now),
            "has_expired": key.expires_at is not None and key.expires_at <= now,
        }
        for key in found
    ]


def _scopes(request: HttpRequest, organization: Organization) -> list[Scope]:
    return roles.scopes_of(organization, visitor.person(request))


def _asked(request: HttpRequest, organization: Organization, public_id: str) -> ApiKey:
    """A key that the person may change or get the successor of: one that may do no more than they."""
    key = _active(organization, public_id)
    roles.demand_scopes(organization, visitor.person(request), key.scopes)
    return key


def _active(organization: Organization, public_id: str) -> ApiKey:
    key = organization.keys.filter(public_id=public_id).first()
    if key is None:
        raise NotFound(_("There is no such key."))
    if key.revoked_at:
        raise InactiveApiKey(_("This key is revoked. Create a new one."))
    return key
