"""The usage ledger and Stripe's events; events replayed."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.errors import SpocrError
from accounts.models import Organization
from billing import events
from billing.models import BillingAccount, StripeEvent, UsageRecord
from frontend.sentences import said
from frontend.staff import support
from frontend.staff.records import Record
from frontend.staff.site import site


@admin.register(UsageRecord, site=site)
class Usage(Record):
    list_display = (
        *("id", "created_at", "organization", "kind", "units", "overage_units", "status", "outcome", "endpoint"),
    )
    list_filter = ("status", "kind", "endpoint")
    list_select_related = ("organization",)
    search_fields = ("organization__public_id", "subject", "key")
    search_help_text = gettext_lazy("Public id of an organization, a job or a key")
    ordering = ("-id",)
    fields = (
        *("organization", "kind", "units", "included_units", "overage_units", "period", "engine", "endpoint"),
        *("key", "sheet", "subject", "status", "outcome", "created_at", "settled_at"),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[UsageRecord]":
        """Of organizations: visitors are nothing but an address."""
        found: QuerySet[UsageRecord] = super().get_queryset(request)
        return found.exclude(organization=None)

    def name_of(self, row: Any) -> str:
        return str(row.id)


@admin.register(StripeEvent, site=site)
class StripeEvents(Record):
    list_display = ("event_id", "type", "customer_id", "received_at", "processed_at", "attempts")
    list_filter = (("processed_at", admin.EmptyFieldListFilter),)
    search_fields = ("event_id", "customer_id", "type")
    ordering = ("-id",)
    fields = (
        *("event_id", "type", "is_thin", "customer_id", "object_id"),
        *("received_at", "processed_at", "attempts", "next_at", "problem"),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[StripeEvent]":
        found: QuerySet[StripeEvent] = super().get_queryset(request)
        return found.defer("payload")

    def organizations_of(self, row: StripeEvent) -> list[Organization]:
        whose = events.organization_of(row)
        return [whose] if whose else []

    def note_listed(self, request: HttpRequest, rows: list[StripeEvent]) -> None:
        known = BillingAccount.objects.exclude(customer_id="").filter(customer_id__in=[row.customer_id for row in rows])
        whose = dict(known.select_related("organization").values_list("customer_id", "organization"))
        organizations = Organization.objects.in_bulk(set(whose.values()))
        shown = (organizations.get(whose.get(row.customer_id, 0)) for row in rows)
        support.note_listed(request, shown, str(self.opts.verbose_name_plural))

    def name_of(self, row: StripeEvent) -> str:
        return row.event_id

    def acts(self, row: Any) -> list[dict[str, object]]:
        return [{"label": _("Process again"), "address": reverse("admin:event_replay", args=[row.id])}]

    def act_urls(self) -> list[URLPattern]:
        return [self.act_url("replay", _replay, "event_replay")]


@require_POST
def _replay(request: HttpRequest, row_id: int) -> HttpResponse:
    """Harmless at any time: an event only says what to fetch anew."""
    event = get_object_or_404(StripeEvent, id=row_id)
    try:
        events.replay_now(event)
    except SpocrError as problem:
        messages.error(request, said(problem))
    else:
        messages.success(request, _("The event is processed."))
    if whose := events.organization_of(event):
        audit.record(whose, "support.replayed", by=support.actor(request), subject=event.event_id)
    return redirect("admin:billing_stripeevent_change", row_id)
