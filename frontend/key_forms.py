"""What people enter about API keys."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.api_keys import MAX_NAME_LENGTH
from accounts.key_limits import Limits
from accounts.models import ApiKey, Organization, Scope

SCOPE_LABELS = {
    Scope.PARSE: _("Read documents with the Parse API"),
    Scope.FIELDS: _("Read fields and text"),
    Scope.SHEETS_READ: _("Look at sheets and export them"),
    Scope.SHEETS_WRITE: _("Change sheets, upload documents"),
    Scope.WEBHOOKS: _("Manage webhooks"),
    Scope.USAGE: _("Look at usage"),
    Scope.QUERY: _("May stand in a web address (GET /parse/imageurl)"),
}
# A key in an address ends up in histories and logs: only who needs it ticks it.
USUAL_SCOPES = [scope.value for scope in Scope if scope != Scope.QUERY]
OVERLAPS = [(0, _("stop at once")), (1, _("one more hour")), (24, _("one more day")), (168, _("one more week"))]


class KeyForm(forms.Form):
    """A new API key, or one that is changed."""

    name = forms.CharField(
        label=_("Name of the key"),
        max_length=MAX_NAME_LENGTH,
        help_text=_("Such as the program that will use it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        initial=USUAL_SCOPES,
        widget=forms.CheckboxSelectMultiple,
    )
    sheet_key = forms.ChoiceField(label=_("Only this sheet"), required=False)
    expires_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("It is refused from the next day on, in UTC."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    networks = forms.CharField(
        label=_("Only from these addresses"),
        required=False,
        help_text=_("One address or network a line, such as 203.0.113.0/24."),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    monthly_cap = forms.IntegerField(label=_("Requests a month at most"), required=False, min_value=1)

    def __init__(self, organization: Organization, scopes: Sequence[Scope], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = self.fields["scopes"]
        assert isinstance(offered, forms.ChoiceField)  # noqa: S101 - for the type checker
        offered.choices = [(scope.value, SCOPE_LABELS[scope]) for scope in scopes]
        sheets = organization.items.filter(kind="sheet").order_by("name").values_list("unique_key", "name")
        field = self.fields["sheet_key"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", _("all sheets")), *sheets]

    @classmethod
    def of(cls, organization: Organization, scopes: Sequence[Scope], key: ApiKey) -> "KeyForm":
        """The form that shows how a key is limited now."""
        return cls(
            organization,
            scopes,
            initial={
                "name": key.name,
                "scopes": key.scopes,
                "sheet_key": key.sheet_key,
                "expires_on": (key.expires_at - timedelta(days=1)).date() if key.expires_at else None,
                "networks": "\n".join(key.networks),
                "monthly_cap": key.monthly_cap,
            },
        )

    @property
    def limits(self) -> Limits:
        """What was entered."""
        entered = self.cleaned_data
        last_day = entered["expires_on"]
        end = datetime.combine(last_day + timedelta(days=1), time.min, UTC) if last_day else None
        return Limits(
            scopes=tuple(entered["scopes"]),
            sheet_key=entered["sheet_key"],
            networks=tuple(entered["networks"].replace(",", " ").split()),
            monthly_cap=entered["monthly_cap"],
            expires_at=end,
        )

    def show(self, field: str, message: str) -> None:
        """Put a refusal beside its field."""
        self.add_error("expires_on" if field == "expires_at" else field if field in self.fields else None, message)


class RollForm(forms.Form):
    """How long the old key works beside the new one."""

    overlap_hours = forms.TypedChoiceField(
        label=_("The old key will"), choices=OVERLAPS, coerce=int, initial=24, widget=forms.RadioSelect
    )


class FoundKeyForm(forms.Form):
    """A key that somebody found, or a text that holds one."""

    text = forms.CharField(
        label=_("The key, or the text it stands in"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )
