"""For whoever found an API key: this ends it. Needs no account."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts import api_keys, caller, mail, roles
from accounts.models import ApiKey
from accounts.roles import Act
from frontend.key_forms import FoundKeyForm


@csrf_exempt  # Programs report here, too; no right of a session is used.
@require_http_methods(["GET", "POST"])
def found_key(request: HttpRequest) -> HttpResponse:
    """Revoke what is reported and tell its owners. The answer is the same whether it was a key of ours."""
    form = FoundKeyForm(request.POST if request.method == "POST" else None)
    is_done = request.method == "POST" and form.is_valid()
    if is_done:
        for key in api_keys.revoke_found(form.cleaned_data["text"], address=caller.address(request)):
            _tell_owners(key)
    status = 400 if form.errors else 200
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"status": "ok" if is_done else "text is missing"}, status=status)
    return render(request, "keys/found.html", {"form": form, "is_done": is_done}, status=status)


def _tell_owners(key: ApiKey) -> None:
    managers = key.organization.memberships.filter(role__in=roles.MAY[Act.MANAGE_MEMBERS]).select_related("user")
    with suppress(OSError):  # the key is revoked, whether or not the mail server answers
        mail.to([membership.user for membership in managers], "keys/found_mail.txt", key=key)
