"""The form builder for columns of one's own: add, remove and order them, and those of line items.

Each button submits the form with a `change` such as `add`, `remove:2` or `up:2:0` (column 2, its line's
column 0), and gets the page again with that done; a script does the same in place.
"""

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

Json = dict[str, Any]

TYPE_CHOICES = [
    ("string", _("Text")),
    ("number", _("Number")),
    ("money", _("Money")),
    ("date", _("Date")),
    ("array", _("Line items")),
]
MAX_COLUMNS = 100
PREFIX = "columns"
# What a new form begins with.
_BLANK_COLUMNS, _BLANK_CHILDREN = 3, 2


@dataclass(frozen=True)
class Built:
    """The columns as they stand in the form, and the prefix of the one that was just touched."""

    columns: list[Json]
    touched: str = ""

    @classmethod
    def blank(cls) -> "Built":
        return cls([{} for _ in range(_BLANK_COLUMNS)])

    @classmethod
    def entered(cls, given: QueryDict) -> "Built":
        """What a form holds, right or wrong."""
        return cls(_entered(given, PREFIX))

    def changed(self, change: str) -> "Built":
        """As a button has it; what no button says changes nothing."""
        act, *places = change.split(":")
        if act not in _ACTS or len(places) > 2 or not all(p.isascii() and p.isdecimal() and len(p) < 4 for p in places):
            return self
        numbers = [int(place) for place in places]
        columns = [{**column, "children": list(column.get("children") or ())} for column in self.columns]
        # An addition names where to; the others name what.
        *above, number = [*numbers, len(columns)] if act == "add" else numbers or [len(columns)]
        if above and above[0] >= len(columns):
            return self
        rows = columns[above[0]]["children"] if above else columns
        at = _ACTS[act](rows, len(rows) if act == "add" else number)
        prefix = f"{PREFIX}-{above[0]}-children" if above else PREFIX
        return Built(columns, f"{prefix}-{at}")


class ChildForm(forms.Form):
    """One column of line items; left empty it is none."""

    name = forms.CharField(label=_("Column of its lines"), max_length=100, required=False)
    type = forms.ChoiceField(label=_("Holds"), choices=TYPE_CHOICES[:-1], required=False)
    description = forms.CharField(label=_("Hint"), max_length=1000, required=False)

    @property
    def place(self) -> str:
        """Its address in a change: `2`, `2:0`."""
        return ":".join(re.findall(r"\d+", self.prefix or ""))

    @property
    def definition(self) -> Json | None:
        """The field definition as on the wire; None where no name was entered."""
        entered = self.cleaned_data
        if not entered.get("name"):
            return None
        return {"name": entered["name"], "type": entered["type"] or "string", "description": entered["description"]}


ChildForms = forms.formset_factory(ChildForm, extra=0, max_num=MAX_COLUMNS, absolute_max=MAX_COLUMNS)


class ColumnForm(ChildForm):
    """One column; for line items with the columns that they have."""

    name = forms.CharField(label=_("Column"), max_length=100, required=False)
    type = forms.ChoiceField(label=_("Holds"), choices=TYPE_CHOICES, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        prefix = f"{self.prefix}-children"
        known = _entered(self.data, prefix) if self.is_bound else self.initial.get("children")
        blank: list[Json] = [{} for _ in range(_BLANK_CHILDREN)]
        is_entered = self.is_bound and self.data.get(self.add_prefix("type")) == "array" and known
        self.children = ChildForms(self.data if is_entered else None, prefix=prefix, initial=known or blank)

    def clean(self) -> Json:
        entered: Json = super().clean() or {}
        if entered.get("type") != "array" or not entered.get("name"):
            return entered
        if self.children.is_bound and not self.children.is_valid():
            self.add_error(None, _("Mend the columns of its lines."))
        elif not self._children:
            self.add_error("type", _("Name the columns of its lines."))
        return entered

    @property
    def definition(self) -> Json | None:
        column = super().definition
        return {**column, "children": self._children} if column and column["type"] == "array" else column

    @property
    def _children(self) -> list[Json]:
        if not self.children.is_bound:
            return []
        return [child.definition for child in self.children if child.definition]


ColumnForms = forms.formset_factory(ColumnForm, extra=0, max_num=MAX_COLUMNS, absolute_max=MAX_COLUMNS)


def form_of(built: Built) -> "forms.BaseFormSet[ColumnForm]":
    """The columns as a form to go on with; the one just touched has the keyboard."""
    made = ColumnForms(prefix=PREFIX, initial=built.columns)
    for column in made:
        for row in (column, *column.children):
            if row.prefix == built.touched:
                row.fields["name"].widget.attrs["autofocus"] = True
    return made


def _entered(given: Any, prefix: str) -> list[Json]:
    total = given.get(f"{prefix}-TOTAL_FORMS", "")
    count = min(int(total), MAX_COLUMNS) if total.isascii() and total.isdecimal() and len(total) < 4 else 0
    return [_row(given, f"{prefix}-{number}") for number in range(count)]


def _row(given: Any, prefix: str) -> Json:
    row: Json = {name: given.get(f"{prefix}-{name}", "") for name in ("name", "type", "description")}
    children = _entered(given, f"{prefix}-children") if f"{prefix}-children-TOTAL_FORMS" in given else []
    return {**row, "children": children} if children else row


def _add(rows: list[Json], at: int) -> int:
    if len(rows) < MAX_COLUMNS:
        rows.insert(at, {})
    return min(at, len(rows) - 1)


def _remove(rows: list[Json], at: int) -> int:
    if at < len(rows):
        del rows[at]
    return max(min(at, len(rows) - 1), 0)


def _up(rows: list[Json], at: int) -> int:
    return _down(rows, at - 1) - 1 if 0 < at < len(rows) else at


def _down(rows: list[Json], at: int) -> int:
    if at + 1 >= len(rows):
        return at
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    return at + 1


_ACTS = {"add": _add, "remove": _remove, "up": _up, "down": _down}
