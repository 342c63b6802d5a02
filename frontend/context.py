"""What every template may name."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str]:
    """Name, address and version of this site."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "version": settings.VERSION,
    }
