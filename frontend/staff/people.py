"""People, and what everybody did."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.models import AuditEvent, Membership, Organization, User
from frontend.staff import support
from frontend.staff.records import Record
from frontend.staff.site import site


@admin.register(User, site=site)
class People(Record):
    list_display = ("email", "is_active", "is_staff", "created_at", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "organizations__public_id")
    search_help_text = gettext_lazy("E-mail address, or the public id of an organization")
    ordering = ("-id",)
    fields = (
        "email",
        "name",
        "is_active",
        "is_staff",
        "second_steps",
        "organization_names",
        "created_at",
        "last_login",
    )
    readonly_fields = ("second_steps", "organization_names")

    def organizations_of(self, row: User) -> list[Organization]:
        return list(row.organizations.order_by("id"))

    def note_listed(self, request: HttpRequest, rows: list[User]) -> None:
        memberships = Membership.objects.filter(user__in=rows).select_related("organization")
        support.note_listed(request, (each.organization for each in memberships), str(self.opts.verbose_name_plural))

    def name_of(self, row: User) -> str:
        return row.email

    @admin.display(description=gettext_lazy("second step"))
    def second_steps(self, row: User) -> str:
        return ", ".join(Authenticator.objects.filter(user=row).order_by("type").values_list("type", flat=True))

    @admin.display(description=gettext_lazy("organizations"))
    def organization_names(self, row: User) -> str:
        found = row.memberships.select_related("organization").order_by("id")
        return ", ".join(f"{each.organization.name} ({each.organization.public_id}): {each.role}" for each in found)


@admin.register(AuditEvent, site=site)
class Events(Record):
    list_display = ("created_at", "organization", "actor", "action", "subject", "address")
    list_select_related = ("organization",)
    search_fields = ("actor", "action", "organization__public_id")
    search_help_text = gettext_lazy("Who, which act, or the public id of an organization")
    ordering = ("-id",)
    fields = ("created_at", "organization", "actor", "action", "subject", "address", "details")

    def name_of(self, row: Any) -> str:
        return str(row.id)
