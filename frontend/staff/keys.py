"""API keys by their first characters; revoked."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import api_keys, tenancy
from accounts.models import ApiKey
from frontend.staff import support
from frontend.staff.records import Record
from frontend.staff.site import site


@admin.register(ApiKey, site=site)
class Keys(Record):
    list_display = ("public_id", "beginning", "name", "organization", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("organization",)
    search_fields = ("public_id", "organization__public_id")
    search_help_text = gettext_lazy("Public id of a key or of an organization")
    ordering = ("-id",)
    fields = (
        *("public_id", "beginning", "name", "organization", "scopes", "sheet_key", "networks", "monthly_cap"),
        *("created_at", "last_used_at", "expires_at", "revoked_at"),
    )
    readonly_fields = ("beginning",)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ApiKey | None:
        """Cut to its first characters, which the page's title shows as well."""
        key: ApiKey | None = super().get_object(request, object_id, from_field)
        if key is not None:
            key.hint = self.beginning(key)
        return key

    @admin.display(description=gettext_lazy("key"))
    def beginning(self, row: ApiKey) -> str:
        return row.hint.partition("…")[0] + "…"

    def acts(self, row: Any) -> list[dict[str, object]]:
        if row.revoked_at:
            return []
        address = reverse("admin:key_revoke", args=[row.id])
        return [{"label": _("Revoke for good"), "address": address, "is_grave": True}]

    def act_urls(self) -> list[URLPattern]:
        return [self.act_url("revoke", _revoke, "key_revoke")]


@require_POST
def _revoke(request: HttpRequest, row_id: int) -> HttpResponse:
    key = get_object_or_404(ApiKey.objects.select_related("organization"), id=row_id)
    tenancy.enter(key.organization)
    api_keys.revoke(key.organization, key.public_id, by=support.actor(request))
    messages.success(request, _("The key is revoked."))
    return redirect("admin:accounts_apikey_change", row_id)
