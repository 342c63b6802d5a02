"""Jobs and webhook deliveries: how they go, never what is in them."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from frontend.staff.records import Record, Rows
from frontend.staff.site import site
from ocr.models import Job, WebhookAttempt, WebhookDelivery

OF_ORGANIZATION = gettext_lazy("Public id of its own or of an organization")


@admin.register(Job, site=site)
class Jobs(Record):
    list_display = ("public_id", "organization", "status", "attempts", "error_code", "created_at", "finished_at")
    list_filter = ("status",)
    list_select_related = ("organization",)
    search_fields = ("public_id", "organization__public_id")
    search_help_text = OF_ORGANIZATION
    ordering = ("-id",)
    fields = (
        *("public_id", "organization", "status", "attempts", "retries", "priority", "error_code"),
        *("created_at", "next_at", "started_at", "finished_at", "lease_until", "deadline_at"),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Job]":
        """Without what a document or a receiver may have said."""
        found: QuerySet[Job] = super().get_queryset(request)
        return found.defer("error_message", "webhook_url")


class Attempts(Rows):
    model = WebhookAttempt
    fields = ("number", "status_code", "started_at", "milliseconds")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[WebhookAttempt]":
        found: QuerySet[WebhookAttempt] = super().get_queryset(request)
        return found.defer("excerpt", "reason").order_by("id")


@admin.register(WebhookDelivery, site=site)
class Deliveries(Record):
    list_display = ("public_id", "organization", "kind", "receiver", "status", "attempts", "created_at", "finished_at")
    list_filter = ("status",)
    list_select_related = ("organization", "event")
    search_fields = ("public_id", "organization__public_id")
    search_help_text = OF_ORGANIZATION
    ordering = ("-id",)
    fields = (
        *("public_id", "organization", "kind", "receiver", "status", "attempts", "is_for_upload"),
        *("created_at", "next_at", "lease_until", "finished_at"),
    )
    readonly_fields = ("kind", "receiver")
    inlines = (Attempts,)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[WebhookDelivery]":
        found: QuerySet[WebhookDelivery] = super().get_queryset(request)
        return found.defer("event__body").select_related("event", "organization")

    @admin.display(description=gettext_lazy("event"))
    def kind(self, row: Any) -> str:
        return str(row.event.type)

    @admin.display(description=gettext_lazy("receiver"))
    def receiver(self, row: Any) -> str:
        """Its host: paths and parameters may hold secrets."""
        return urlsplit(row.url).hostname or "–"
