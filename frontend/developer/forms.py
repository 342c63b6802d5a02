"""What people enter on the developer pages."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Organization
from frontend.sentences import said
from ocr.api.endpoints import all_endpoints
from ocr.models import WebhookDelivery
from ocr.request_log import Filter
from ocr.webhooks import EVENTS, TEST

STATUSES = ("400", "401", "402", "403", "404", "405", "409", "413", "415", "429", "500", "502", "503")
EVENT_LABELS = {
    "ocr.completed": _("a page was read: the whole result"),
    "ocr.failed": _("a page could not be read"),
    "item.created": _("a folder, sheet or memo was made"),
    "item.updated": _("a value was corrected"),
    "usage.threshold": _("scans run low: 50, 80, 90 or 100 percent are used"),
}


class RequestFilterForm(forms.Form):
    """Which requests to show."""

    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("", _("all")), ("ok", _("went well")), ("failed", _("failed")), *((s, s) for s in STATUSES)],
    )
    endpoint = forms.ChoiceField(label=_("Endpoint"), required=False)
    key = forms.ChoiceField(label=_("Key"), required=False)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    after = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, organization: Organization, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        paths = {endpoint.route: endpoint.path for endpoint in reversed(all_endpoints())}
        self._choices("endpoint", sorted(paths.items(), key=lambda choice: choice[1]))
        self._choices("key", list(organization.keys.order_by("name").values_list("public_id", "name")))

    @property
    def filter(self) -> Filter:
        """What was entered; days are days in UTC."""
        entered = self.cleaned_data
        return Filter(
            outcome=entered["outcome"],
            key=entered["key"],
            endpoint=entered["endpoint"],
            since=_midnight(entered["first"], days=0),
            until=_midnight(entered["last"], days=1),
            after=entered["after"],
        )

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", _("all")), *choices]


class DeliveryFilterForm(forms.Form):
    """Which deliveries to show."""

    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("all")),
            (WebhookDelivery.Status.PENDING, _("on its way")),
            (WebhookDelivery.Status.DELIVERED, _("delivered")),
            (WebhookDelivery.Status.FAILED, _("failed")),
            (WebhookDelivery.Status.CANCELLED, _("given up")),
        ],
    )
    kind = forms.ChoiceField(
        label=_("Event"), required=False, choices=[("", _("all")), *((event, event) for event in (*EVENTS, TEST))]
    )
    target = forms.ChoiceField(
        label=_("Sent to"),
        required=False,
        choices=[("", _("all")), ("webhook", _("the webhook")), ("upload", _("addresses of uploads"))],
    )
    after = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)


class WebhookForm(forms.Form):
    """The webhook: where to, and what about."""

    url = forms.URLField(
        label=_("Address"),
        max_length=2000,
        assume_scheme="https",
        help_text=_("https, on a public host. It answers 2xx within 15 seconds."),
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/hooks", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Tell it when"),
        choices=list(EVENT_LABELS.items()),
        initial=["ocr.completed", "ocr.failed"],
        widget=forms.CheckboxSelectMultiple,
    )

    def show(self, problem: Exception, field: str) -> None:
        """Put a refusal beside its field."""
        self.add_error(field if field in self.fields else None, said(problem))


def _midnight(day: Any, *, days: int) -> datetime | None:
    return datetime.combine(day, time.min, UTC) + timedelta(days=days) if day else None
