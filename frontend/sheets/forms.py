"""What people enter about sheets."""

import re
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from frontend.sentences import named
from ocr import query
from ocr.extraction.templates import TEMPLATES

OWN = "own"
TYPE_CHOICES = [
    ("string", _("Text")),
    ("number", _("Number")),
    ("money", _("Money")),
    ("date", _("Date")),
    ("array", _("Line items")),
]
OPERATOR_CHOICES = [
    ("~", _("contains")),
    ("=", _("is")),
    ("!=", _("is not")),
    (">", _("is more than")),
    (">=", _("is at least")),
    ("<", _("is less than")),
    ("<=", _("is at most")),
]
_CHILD = re.compile(r"(?P<name>[^:]+?)\s*(?::\s*(?P<type>\w+))?")


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


class ColumnForm(forms.Form):
    """One column of one's own; left empty it is none."""

    name = forms.CharField(label=_("Column"), max_length=100, required=False)
    type = forms.ChoiceField(label=_("Holds"), choices=TYPE_CHOICES, required=False)
    children = forms.CharField(
        label=_("Columns of its lines"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "description, quantity: number, amount: money"}),
    )
    description = forms.CharField(label=_("Hint"), max_length=1000, required=False)

    def clean(self) -> dict[str, Any]:
        entered: dict[str, Any] = super().clean() or {}
        if entered.get("type") == "array" and entered.get("name") and not self._children(entered):
            self.add_error("children", _("Name the columns of the lines, apart by commas."))
        return entered

    @property
    def definition(self) -> dict[str, Any] | None:
        """The field definition as on the wire; None where no name was entered."""
        entered = self.cleaned_data
        if not entered.get("name"):
            return None
        column = {"name": entered["name"], "type": entered["type"] or "string", "description": entered["description"]}
        return {**column, "children": self._children(entered)} if column["type"] == "array" else column

    def _children(self, entered: dict[str, Any]) -> list[dict[str, str]]:
        parts = [_CHILD.fullmatch(part.strip()) for part in entered.get("children", "").split(",")]
        return [{"name": part["name"], "type": part["type"] or "string"} for part in parts if part]


ColumnForms = forms.formset_factory(ColumnForm, extra=6, max_num=100, absolute_max=100)


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
