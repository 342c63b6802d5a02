"""What all staff tables share: nothing is typed in, added or deleted, and whatever is opened is written down."""

from typing import Any, ClassVar

from django.contrib.admin.utils import unquote
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.admin import ModelAdmin, TabularInline

from accounts.models import Organization
from frontend.staff import support


class Record(ModelAdmin):
    """A table to look at. `fields` and `list_display` name every column that is shown: there is no default."""

    actions = None
    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True
    warn_unsaved_form = False
    change_form_outer_before_template = "staff/_acts.html"
    fields: ClassVar[tuple[str, ...]] = ()

    def organizations_of(self, row: Any) -> list[Organization]:
        """Whose a row is."""
        return [row.organization]

    def name_of(self, row: Any) -> str:
        """How the audit log calls a row."""
        return str(row.public_id)

    def acts(self, row: Any) -> list[dict[str, object]]:
        """What staff may do with a row: each with an `address` that takes a POST, and a `label`."""
        return []

    def act_urls(self) -> list[URLPattern]:
        """The routes of `acts`."""
        return []

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if listed := (getattr(response, "context_data", None) or {}).get("cl"):
            self.note_listed(request, list(listed.result_list))
        return response

    def note_listed(self, request: HttpRequest, rows: list[Any]) -> None:
        whose = (organization for row in rows for organization in self.organizations_of(row))
        support.note_listed(request, whose, str(self.opts.verbose_name_plural))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        whose = self.organizations_of(row)
        support.note_opened(request, whose, f"{self.opts.verbose_name} {self.name_of(row)}")
        support.narrow(whose)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "acts": self.acts(row)})

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def get_urls(self) -> list[URLPattern]:
        return self.act_urls() + super().get_urls()

    def act_url(self, address: str, view: Any, name: str) -> URLPattern:
        """A route below one row, such as `<id>/revoke`."""
        return path(f"<int:row_id>/{address}", self.admin_site.admin_view(view), name=name)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Rows(TabularInline):
    """Rows that belong to the row above them, to look at."""

    extra = 0
    can_delete = False
    fields: ClassVar[tuple[str, ...]] = ()
    model: type[models.Model]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
