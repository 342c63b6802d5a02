"""What people enter about sheets."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from frontend.sentences import named
from ocr import query
from ocr.extraction.templates import TEMPLATES

OWN = "own"
OPERATOR_CHOICES = [
    ("~", _("contains")),
    ("=", _("is")),
    ("!=", _("is not")),
    (">", _("is more than")),
    (">=", _("is at least")),
    ("<", _("is less than")),
    ("<=", _("is at most")),
]


class FolderForm(forms.Form):
    """A new folder."""

    name = forms.CharField(label=_("Name of the folder"), max_length=200)


class SheetForm(forms.Form):
    """A new sheet: its name, and either a template or columns of one's own."""

    name = forms.CharField(label=_("Name"), max_length=200)
    template_id = forms.ChoiceField(label=_("Columns"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["template_id"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells mypy
        field.choices = [(template.id, named("kind", template.title)) for template in TEMPLATES.values()] + [
            (OWN, str(_("My own columns")))
        ]


class ConditionForm(forms.Form):
    """One more condition on the rows of a grid."""

    column = forms.ChoiceField(label=_("Column"))
    operator = forms.ChoiceField(label=_("Condition"), choices=OPERATOR_CHOICES)
    value = forms.CharField(label=_("Value"), required=False, max_length=500)

    def __init__(self, columns: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["column"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - tells mypy
        field.choices = [(query.NAME, str(_("Picture"))), (query.STATUS, str(_("State"))), *columns]

    @property
    def condition(self) -> str:
        entered = self.cleaned_data
        return f"{entered['column']}{entered['operator']}{entered['value']}"


def files_of(given: "MultiValueDict[str, UploadedFile[Any]]") -> "list[UploadedFile[Any]]":
    """Every file of a form, whatever its field; the empty ones too, so that they can be named."""
    return [file for files in given.lists() for file in files[1]]
