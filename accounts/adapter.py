"""Where allauth's sign-up and sign-in meet our own acts."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts import audit, caller, organizations
from accounts.audit import Actor
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """A person who signs up gets an organization on the way; what concerns their safety is in its log."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        with transaction.atomic():
            user = super().save_user(request, user, form, commit=commit)
            if commit:
                organizations.create(user)
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that limits count: as everywhere, proxies are believed only when trusted."""
        return caller.address(request)

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        record_of(user, "person.signed_in", request)
        response: HttpResponse = super().post_login(request, user, **options)
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
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            if not user.memberships.exists():
                organizations.create(user)
        return user


def record_of(user: User, action: str, request: HttpRequest) -> None:
    """Write an event about a person into the log of each of their organizations."""
    for membership in user.memberships.select_related("organization"):
        by = Actor.of(user, caller.address(request))
        audit.record(membership.organization, action[:40], by=by, subject=user.email)
