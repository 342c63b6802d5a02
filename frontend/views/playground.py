"""The playground: call both APIs from this page, with a key, as any program would.

The browser sends to the real endpoints. The key is one's own, or one that this page makes: it is good
for an hour, stands in the list of keys, and replaces the one made before.
"""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import api_keys, caller, roles
from accounts.audit import Actor
from accounts.errors import Invalid, NotFound
from accounts.key_limits import Limits
from accounts.roles import Act
from frontend import problems, visitor
from frontend.developer import trying
from frontend.forms import SAMPLES
from frontend.key_forms import USUAL_SCOPES
from frontend.reference import calls, languages
from frontend.reference.postman import FOLDERS
from ocr.api.endpoints import Endpoint, all_endpoints

KEY_NAME = "Playground"
KEY_LIVES = timedelta(hours=1)
NEW_KEY = "playground_key"  # Session: a secret on its way to the page that keeps it in its tab.
SHOWN_LANGUAGES = ("curl", "python", "javascript")
FIRST = "post-ocr-fields"
MOST_CHARACTERS = 100_000


@require_safe
@never_cache
@login_required
@problems.shown
def playground(request: HttpRequest) -> HttpResponse:
    """The form of an endpoint, and room for the answer."""
    organization = visitor.organization(request, Act.LOOK)
    endpoint = _endpoint(request.GET.get("endpoint") or FIRST)
    shown = {
        "here": "developers",
        "groups": [(title, [e for e in all_endpoints() if e.family == family]) for family, title in FOLDERS.items()],
        "endpoint": endpoint,
        "entries": trying.entries(endpoint),
        "json_text": trying.json_text(endpoint),
        "takes_image": any(parameter.name == "image" for parameter in endpoint.parameters),
        "file_mark": trying.FILE_IN_JSON,
        "files": [(f"{name}.png", f"samples/{name}.png") for name in SAMPLES[:4]],
        "samples": _samples(calls.of(endpoint, settings.SITE_URL)),
        "key_to_fill_in": calls.KEY_TO_FILL_IN,
        "new_key": request.session.pop(NEW_KEY, ""),
        "may_make_key": roles.may(organization, visitor.person(request), Act.MANAGE_KEYS),
    }
    return render(request, "developer/playground.html", shown)


@require_POST
@login_required
@problems.shown
def key(request: HttpRequest) -> HttpResponse:
    """Make a key that works for an hour, and go back to the playground, which takes it."""
    organization, person = visitor.organization(request, Act.MANAGE_KEYS), visitor.person(request)
    by = Actor.of(person, caller.address(request))
    for former in organization.keys.filter(name=KEY_NAME, created_by=person, revoked_at=None):
        api_keys.revoke(organization, former.public_id, by=by)
    scopes = tuple(scope for scope in roles.scopes_of(organization, person) if scope in USUAL_SCOPES)
    limits = Limits(scopes=scopes, expires_at=timezone.now() + KEY_LIVES)
    secret = api_keys.create(organization, name=KEY_NAME, created_by=person, limits=limits, by=by)[1]
    request.session[NEW_KEY] = secret
    return redirect(f"{reverse('playground')}?{urlencode({'endpoint': request.POST.get('endpoint', FIRST)})}")


@require_POST
@login_required
@problems.shown
def samples(request: HttpRequest) -> HttpResponse:
    """The call that the form holds now, in some languages: a part of the page."""
    visitor.organization(request, Act.LOOK)
    asked = _asked(request)
    endpoint = _endpoint(str(asked.get("endpoint", "")))
    values = asked.get("values")
    made = trying.call(
        endpoint,
        settings.SITE_URL,
        values={str(name): str(value) for name, value in values.items()} if isinstance(values, dict) else {},
        body=asked.get("body"),
        file_name=str(asked.get("file_name", "")),
    )
    return render(request, "_code_tabs.html", {"samples": _samples(made)})


def _asked(request: HttpRequest) -> dict[str, Any]:
    try:
        asked = json.loads(request.body[:MOST_CHARACTERS])
    except (ValueError, RecursionError) as error:
        raise Invalid(_("The request is not valid JSON.")) from error
    return asked if isinstance(asked, dict) else {}


def _endpoint(slug: str) -> Endpoint:
    found = next((endpoint for endpoint in all_endpoints() if endpoint.slug == slug), None)
    if found is None:
        raise NotFound(_("There is no such endpoint. Choose one from the list of the playground."))
    return found


def _samples(call: calls.Call) -> list[languages.Sample]:
    return [sample for sample in languages.samples(call) if sample.id in SHOWN_LANGUAGES]
