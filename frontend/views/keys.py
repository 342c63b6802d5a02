"""API keys: listed, created, shown once, revoked."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts import api_keys, organizations
from accounts.errors import Forbidden, Invalid, NotFound
from accounts.models import Organization, User
from frontend import curl, problems, visitor
from frontend.forms import KeyForm

NEW_KEY = "new_key"  # Session: the secret and name of a key that was made and not yet shown.


@require_http_methods(["GET", "POST"])
@login_required
@problems.shown
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys; on POST create one and go to the page that shows it."""
    organization = organizations.of(visitor.person(request))
    form = KeyForm(request.POST or None)
    if request.method == "POST" and _create(request, organization, form):
        return redirect("key_created")
    shown = {
        "here": "keys",
        "form": form,
        "keys": organization.keys.order_by("-created_at"),
        "may_manage": _may_manage(organization, visitor.person(request)),
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
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask, then switch the key off."""
    organization = organizations.of(visitor.person(request))
    organizations.demand_key_management(organization, visitor.person(request))
    if request.method == "POST":
        key = api_keys.revoke(organization, public_id)
        messages.success(request, _("The key “%(name)s” is revoked.") % {"name": key.name})
        return redirect("keys")
    asked = organization.keys.filter(public_id=public_id).first()
    if asked is None:
        raise NotFound(_("There is no such key."))
    return render(request, "keys/revoke.html", {"here": "keys", "key": asked})


def _create(request: HttpRequest, organization: Organization, form: KeyForm) -> bool:
    organizations.demand_key_management(organization, visitor.person(request))
    if not form.is_valid():
        return False
    try:
        key, secret = api_keys.create(organization, name=form.cleaned_data["name"], created_by=visitor.person(request))
    except Invalid as problem:
        form.add_error("name", str(problem))
        return False
    request.session[NEW_KEY] = {"name": key.name, "secret": secret}
    return True


def _may_manage(organization: Organization, person: User) -> bool:
    try:
        organizations.demand_key_management(organization, person)
    except Forbidden:
        return False
    return True
