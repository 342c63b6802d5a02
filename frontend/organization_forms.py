"""What people enter about their organization and its members."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.members import MAX_EMAIL_LENGTH
from accounts.models import Membership
from accounts.organizations import MAX_DAYS, MAX_NAME_LENGTH, MIN_LOG_DAYS

Role = Membership.Role
ROLE_LABELS = [
    (Role.VIEWER.value, _("Viewer: looks at everything")),
    (Role.MEMBER.value, _("Member: reads documents, edits sheets, manages keys")),
    (Role.ADMIN.value, _("Admin: manages members, webhooks and settings, too")),
    (Role.OWNER.value, _("Owner: may do everything")),
]


class NameForm(forms.Form):
    """The organization's name."""

    name = forms.CharField(label=_("Name"), max_length=MAX_NAME_LENGTH)


class RetentionForm(forms.Form):
    """How long things are kept."""

    keep_images_days = forms.IntegerField(
        label=_("Images: days"), required=False, min_value=0, max_value=MAX_DAYS, help_text=_("Empty: until deleted.")
    )
    keep_results_days = forms.IntegerField(
        label=_("Results: days"),
        required=False,
        min_value=0,
        max_value=MAX_DAYS,
        help_text=_("Rows of sheets. Empty: until deleted."),
    )
    keep_logs_days = forms.IntegerField(label=_("Logs: days"), min_value=MIN_LOG_DAYS, max_value=MAX_DAYS)


class CloseForm(forms.Form):
    """The name, typed to confirm."""

    typed_name = forms.CharField(
        label=_("Type the name of the organization"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=MAX_EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"), choices=ROLE_LABELS, initial=Role.MEMBER.value)


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLE_LABELS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].widget.attrs["aria-label"] = _("Role")
