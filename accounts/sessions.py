"""How long somebody stays signed in: so long without doing anything, and so long at all."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

# In the session: seconds since 1970.
SIGNED_IN_AT, SEEN_AT = "signed_in_at", "seen_at"
# Written down at most so often: not every look at a page is a write.
SEEN_EVERY_SECONDS = 60


class SessionLimitMiddleware:
    """Signs out whose session has rested or lasted too long; the page they asked for then asks them to sign in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without its cookie there is no session, and an answer that depends on none may be kept by caches.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            if is_over(request.session, now := int(time.time())):
                logout(request)
                messages.info(request, _("You were signed out because your session had ended. Sign in again to go on."))
            elif now - request.session.get(SEEN_AT, 0) >= SEEN_EVERY_SECONDS:
                _note(request.session, now)
        return self._get_response(request)


def begin(session: SessionBase) -> None:
    """Somebody has just signed in: all limits count from now."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = int(time.time())


def is_over(session: SessionBase, now: int) -> bool:
    """Whether a signed-in session has rested or lasted too long. One from before there were limits begins now."""
    rested, lasted = now - session.get(SEEN_AT, now), now - session.get(SIGNED_IN_AT, now)
    return bool(rested >= settings.SESSION_IDLE_SECONDS or lasted >= settings.SESSION_COOKIE_AGE)


def _note(session: SessionBase, now: int) -> None:
    session[SEEN_AT] = now
    session.setdefault(SIGNED_IN_AT, now)
