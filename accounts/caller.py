"""The address of whoever sends a request."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The caller's address: of the connection, or, behind trusted proxies, the last one that none of them set.

    `X-Forwarded-For` grows to the right; what stands left of the first untrusted address was
    written by the caller and is not believed.
    """
    found = request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 - "" comes from a Unix socket
    if not _is_trusted(found):
        return found
    for hop in reversed(request.headers.get("X-Forwarded-For", "").split(",")):
        hop = hop.strip()
        if not _is_address(hop):
            break
        found = hop
        if not _is_trusted(hop):
            break
    return found


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(text: str) -> bool:
    return _is_address(text) and any(ipaddress.ip_address(text) in network for network in settings.TRUSTED_PROXIES)
