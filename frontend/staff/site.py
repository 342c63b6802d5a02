"""The site that all staff tables are on: its door, its security policy, its plainness."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite

from frontend.staff import door
from frontend.staff.route import NAMESPACE

View = Callable[..., HttpResponse]
# unfold's Alpine evaluates the attributes of its own templates, and its colours stand in the page. Inline
# scripts and other hosts stay forbidden, and no text of a stranger reaches an attribute that is evaluated.
POLICY = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}


class StaffSite(UnfoldAdminSite):
    """Tables that are looked at. Signing in, passwords and second steps are allauth's, as everywhere."""

    enable_nav_sidebar = True
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        return door.may_enter(request)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        inner = super().admin_view(view, cacheable)

        @wraps(view)
        @never_cache
        @csp_update(POLICY)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return door.refusal(request) or inner(request, *args, **kwargs)

        return guarded

    def get_urls(self) -> list[URLPattern]:
        from frontend.staff.plans import plans

        own = [
            path("login/", self.admin_view(self.index), name="login"),
            path("logout/", self.admin_view(_sign_out), name="logout"),
            path("plans/", self.admin_view(plans), name="plans"),
        ]
        replaced = {"login", "logout", "password_change", "password_change_done", "autocomplete", "view_on_site"}
        return own + [route for route in super().get_urls() if getattr(route, "name", "") not in replaced]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect(f"{NAMESPACE}:accounts_organization_changelist")


def _sign_out(request: HttpRequest) -> HttpResponse:
    return redirect("account_logout")


site = StaffSite(NAMESPACE)
