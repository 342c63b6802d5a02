"""What every template may name."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts import organizations, tenancy
from accounts.models import Membership, User
from frontend import languages


def site(request: HttpRequest) -> dict[str, Any]:
    """Name, address and version of this site; the organizations of the signed-in person, their present one first."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "version": settings.VERSION,
        "terms_link": settings.TERMS_URL or reverse("terms"),
        "privacy_link": settings.PRIVACY_URL or reverse("privacy"),
        "languages": settings.LANGUAGES,
        "page_to_return_to": languages.page_to_return_to(request),
        "has_providers": bool(settings.SOCIALACCOUNT_PROVIDERS),
        "my_organizations": SimpleLazyObject(lambda: _organizations(request)),
    }


def _organizations(request: HttpRequest) -> list[Membership]:
    person = getattr(request, "user", None)
    if not isinstance(person, User):
        return []
    with tenancy.everyone():
        return list(organizations.memberships(person))
