"""Organizations: plan, members, usage and state; given a plan, suspended, resumed."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import organizations, tenancy
from accounts.errors import SpocrError
from accounts.models import Membership, Organization
from billing import plans, standing, subscriptions
from billing.models import Kind, UsageDay
from frontend.sentences import said
from frontend.staff import support
from frontend.staff.records import Record, Rows
from frontend.staff.site import site

CHANGED = "admin:accounts_organization_change"


class State(admin.SimpleListFilter):
    """Active, suspended, or about to be deleted."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", _("active")), ("suspended", _("suspended")), ("closing", _("about to be deleted"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen: dict[str, dict[str, Any]] = {
            "active": {"suspended_at": None, "deletion_due_at": None},
            "suspended": {"suspended_at__isnull": False},
            "closing": {"deletion_due_at__isnull": False},
        }
        return queryset.filter(**chosen.get(self.value() or "", {}))


class Members(Rows):
    model = Membership
    fields = ("user", "role", "created_at")


@admin.register(Organization, site=site)
class Organizations(Record):
    list_display = ("name", "public_id", "plan", "member_count", "scans_this_month", "state", "created_at")
    list_filter = (State, "plan")
    search_fields = ("name", "public_id", "memberships__user__email")
    search_help_text = gettext_lazy("Name, public id, or the address of a member")
    ordering = ("-id",)
    fields = (
        *("name", "public_id", "plan", "state", "scans_of_the_cycle", "created_at", "suspended_at", "deletion_due_at"),
        *("keep_images_days", "keep_results_days", "keep_logs_days"),
    )
    readonly_fields = ("state", "scans_of_the_cycle")
    inlines = (Members,)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Organization]":
        first = timezone.now().date().replace(day=1)
        days = UsageDay.objects.filter(organization=OuterRef("id"), kind=Kind.SCAN, day__gte=first).order_by()
        scans = days.values("organization").annotate(sum=Sum("charged_units")).values("sum")
        found: QuerySet[Organization] = super().get_queryset(request)
        return found.annotate(scans=Coalesce(Subquery(scans), 0), people=Count("memberships", distinct=True))

    def organizations_of(self, row: Organization) -> list[Organization]:
        return [row]

    def note_listed(self, request: HttpRequest, rows: list[Organization]) -> None:
        """The list of organizations is the operator's own book: names, plans and sums."""

    @admin.display(description=gettext_lazy("members"))
    def member_count(self, row: Any) -> int:
        return int(row.people)

    @admin.display(description=gettext_lazy("scans this month"))
    def scans_this_month(self, row: Any) -> int:
        return int(row.scans)

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Organization) -> str:
        if row.deletion_due_at:
            return _("about to be deleted")
        return _("suspended") if row.suspended_at else _("active")

    @admin.display(description=gettext_lazy("scans of the cycle"))
    def scans_of_the_cycle(self, row: Organization) -> str:
        now = standing.of(row)
        return f"{now.used} / {'∞' if now.included is None else now.included}"

    def acts(self, row: Organization) -> list[dict[str, object]]:
        pages = ("accounts_apikey", "ocr_job", "ocr_webhookdelivery", "billing_usagerecord", "accounts_auditevent")
        links = [
            (site.get_model_admin(model).opts.verbose_name_plural, reverse(f"admin:{page}_changelist"))
            for page in pages
            for model in site._registry
            if f"{model._meta.app_label}_{model._meta.model_name}" == page
        ]
        found: list[dict[str, object]] = [
            {"label": name, "link": f"{address}?organization__id__exact={row.id}"} for name, address in links
        ]
        table = plans.table(settings.PLANS_FILE)
        found.append(
            {
                "label": _("Assign the plan"),
                "address": reverse("admin:organization_plan", args=[row.id]),
                "choices": [(plan.id, plan.name) for plan in table.values()],
                "chosen": row.plan,
            }
        )
        if row.suspended_at:
            found.append({"label": _("Resume"), "address": reverse("admin:organization_resume", args=[row.id])})
        else:
            address = reverse("admin:organization_suspend", args=[row.id])
            found.append({"label": _("Suspend"), "address": address, "reason": True, "is_grave": True})
        return found

    def act_urls(self) -> list[URLPattern]:
        return [
            self.act_url("plan", _assign_plan, "organization_plan"),
            self.act_url("suspend", _suspend, "organization_suspend"),
            self.act_url("resume", _resume, "organization_resume"),
        ]


@require_POST
def _assign_plan(request: HttpRequest, row_id: int) -> HttpResponse:
    organization = _of(row_id)
    try:
        subscriptions.assign_plan(organization, request.POST.get("choice", ""), by=support.actor(request))
    except SpocrError as problem:
        messages.error(request, said(problem))
    else:
        messages.success(request, _("The plan is assigned."))
    return redirect(CHANGED, row_id)


@require_POST
def _suspend(request: HttpRequest, row_id: int) -> HttpResponse:
    try:
        organizations.suspend(_of(row_id), request.POST.get("reason", ""), by=support.actor(request))
    except SpocrError as problem:
        messages.error(request, said(problem))
    else:
        messages.success(request, _("The organization is suspended: its keys rest."))
    return redirect(CHANGED, row_id)


@require_POST
def _resume(request: HttpRequest, row_id: int) -> HttpResponse:
    organizations.resume(_of(row_id), by=support.actor(request))
    messages.success(request, _("The organization goes on; its keys work again."))
    return redirect(CHANGED, row_id)


def _of(row_id: int) -> Organization:
    organization = get_object_or_404(Organization, id=row_id)
    tenancy.enter(organization)
    return organization
