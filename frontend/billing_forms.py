"""What people enter on the pages of billing."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing import money


class SpendingForm(forms.Form):
    """Pay-per-image and its cap, typed as people write money."""

    is_on = forms.BooleanField(label=_("Read and bill scans past the included ones"), required=False)
    cap = forms.DecimalField(
        label=_("Spend cap for a cycle"),
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=2,
        help_text=_("Further scans stop exactly here."),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["cap"].help_text = _("In %(currency)s. Further scans stop exactly here.") % {
            "currency": currency.upper()
        }

    def clean_cap(self) -> int:
        """Minor units."""
        try:
            return money.minor_units(self.cleaned_data["cap"], self.currency)
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from problem


class PeriodForm(forms.Form):
    """Which days, and split by what."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}), required=False)
    by = forms.ChoiceField(
        label=_("Split by"),
        choices=[("key", _("Key")), ("endpoint", _("Endpoint")), ("sheet", _("Sheet")), ("outcome", _("Outcome"))],
        required=False,
    )
    kind = forms.ChoiceField(
        label=_("Count"), choices=[("scan", _("Scans")), ("parse", _("Parse requests"))], required=False
    )
