"""Who may enter the staff pages: staff, by a second step, in this very session."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User

SECOND_STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def refusal(request: HttpRequest) -> HttpResponse | None:
    """What is shown instead of a staff page; None: come in.

    Raises:
        Http404: Whoever is no staff learns of no door.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path(), reverse("account_login"))
    if not is_staff(request):
        raise Http404
    if not is_mfa_enabled(request.user, SECOND_STEPS):
        return render(request, "staff/second_step.html", status=403)
    if not _took_second_step(request):
        there = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('mfa_reauthenticate')}?{there}")
    return None


def is_staff(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_active and request.user.is_staff


def may_enter(request: HttpRequest) -> bool:
    """Whether there is no refusal."""
    return is_staff(request) and is_mfa_enabled(request.user, SECOND_STEPS) and _took_second_step(request)


def _took_second_step(request: HttpRequest) -> bool:
    """By code or passkey, since this session began."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))
