"""Where allauth's sign-up and sign-in meet our own acts."""

import base64
import logging
import secrets
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from accounts import audit, caller, organizations, sealing, sessions
from accounts.audit import Actor
from accounts.models import User

log = logging.getLogger("spocr.accounts")


class _Site:
    """As allauth's mails ask for it."""

    @property
    def name(self) -> str:
        return str(settings.SITE_NAME)

    @property
    def domain(self) -> str:
        return urlsplit(settings.SITE_URL).netloc


class _TakenBack(Exception):
    """Nothing of what was written stays."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """A person who signs up gets an organization on the way; what concerns their safety is in its log."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.language = get_language() or ""
        with transaction.atomic():
            user = super().save_user(request, user, form, commit=commit)
            if commit:
                organizations.create(user)
        return user

    def send_account_already_exists_mail(self, email: str) -> None:
        """Called instead of a sign-up with a known address; takes as long as one."""
        _sign_up_nobody()
        super().send_account_already_exists_mail(email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mails name this site as its pages do, not the host that a request happened to ask."""
        super().send_mail(template_prefix, email, {**context, "current_site": _Site()})

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that limits count: as everywhere, proxies are believed only when trusted."""
        return caller.address(request)

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        sessions.begin(request.session)
        record_of(user, "person.signed_in", request)
        response: HttpResponse = super().post_login(request, user, **options)
        _keep_language(request, response, user)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Tell the organizations of a known address; whoever tried learns nothing of it."""
        email = str(credentials.get("email") or credentials.get("username") or "")
        if user := User.objects.filter(email__iexact=email).first():
            record_of(user, "person.sign_in_failed", request)

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **options: Any) -> None:
        """Called by allauth for every change of password, address and second factor."""
        record_of(user, "person." + template_prefix.rpartition("/")[2], self.request)
        super().send_notification_mail(template_prefix, user, *args, **options)


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A person who comes from another service gets an organization, too."""

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        sociallogin.user.language = get_language() or ""
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            if not user.memberships.exists():
                organizations.create(user)
        return user


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of authenticator apps and seeds of recovery codes lie sealed in the database."""

    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What was stored before secrets were sealed is read as it stands."""
        if not sealing.is_sealed(encrypted_text):
            return encrypted_text
        try:
            return sealing.unseal(encrypted_text)
        except sealing.CannotBeOpened:
            # SECRET_KEY was changed. No code fits a secret that nobody knows; an empty one would let anybody in.
            log.warning("A second step was sealed under another SECRET_KEY: set SECRET_KEY_FALLBACKS to the former one")
            return base64.b32encode(secrets.token_bytes(20)).decode()


def _keep_language(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """The language that a person has once chosen holds on each of their machines, until they choose another there."""
    if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",
        )


def _sign_up_nobody() -> None:
    """The work of a sign-up, taken back at once: from the time of an answer, nobody learns who has an account."""
    with suppress(_TakenBack), transaction.atomic():
        nobody = User.objects.create_user(f"{secrets.token_hex(16)}@nobody.invalid", secrets.token_hex(16))
        EmailAddress.objects.create(user=nobody, email=nobody.email, primary=True)
        organizations.create(nobody)
        raise _TakenBack


def record_of(user: User, action: str, request: HttpRequest) -> None:
    """Write an event about a person into the log of each of their organizations."""
    for membership in user.memberships.select_related("organization"):
        by = Actor.of(user, caller.address(request))
        audit.record(membership.organization, action[:40], by=by, subject=user.email)
