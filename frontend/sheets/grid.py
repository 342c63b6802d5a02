"""The grid of a sheet: which rows, in which order, which columns; each choice is a link."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from frontend.sentences import field_label
from frontend.sheets import shown
from frontend.sheets.shown import RowShown
from ocr import query
from ocr.models import Item, SavedView

Json = dict[str, Any]
PAGE_ROWS = 50


@dataclass(frozen=True)
class Asked:
    """What the address of the page asks for: the parameters of `GET /view`, and the page's number."""

    where: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    page: int = 1

    @classmethod
    def of(cls, given: QueryDict) -> "Asked":
        number = given.get("page", "1")
        names = [name for part in given.getlist("select") for name in part.split(",") if name]
        return cls(
            tuple(given.getlist("where")),
            tuple(given.getlist("sort")),
            tuple(names),
            int(number) if number.isascii() and number.isdecimal() and 0 < len(number) < 8 else 1,
        )

    def link(self, **changes: Any) -> str:
        """The query string of the same grid with something else; back on its first page."""
        other = replace(self, **{"page": 1, **changes})
        given = [("where", text) for text in other.where] + [("sort", text) for text in other.sort]
        if other.select:
            given.append(("select", ",".join(other.select)))
        if other.page > 1:
            given.append(("page", str(other.page)))
        return "?" + urlencode(given)


@dataclass(frozen=True)
class ViewLink:
    """A saved view as a link; `is_here`: the grid shows it."""

    key: str
    name: str
    link: str
    is_here: bool

    @classmethod
    def of(cls, view: SavedView, asked: Asked) -> "ViewLink":
        chosen = Asked(tuple(view.where), tuple(view.sort), tuple(view.select))
        return cls(view.key, view.name, chosen.link(), chosen == replace(asked, page=1))


@dataclass(frozen=True)
class Head:
    """The head of a column; its link sorts by it, and the other way when it does already."""

    name: str
    label: str
    is_number: bool
    link: str
    direction: str


@dataclass(frozen=True)
class Grid:
    """One page of a sheet's rows."""

    sheet: Item
    asked: Asked
    query: query.Query
    ids: list[int]
    matched: int

    @classmethod
    def of(cls, sheet: Item, asked: Asked) -> "Grid":
        """Ask the database.

        Raises:
            WrongValue: An unknown column or operator.
        """
        select = [name for name in asked.select if name != query.NAME]
        parsed = query.parse(sheet.columns, where=asked.where, sort=asked.sort, select=select)
        offset = (asked.page - 1) * PAGE_ROWS
        ids, matched = query.page(sheet, parsed, offset=offset, limit=PAGE_ROWS)
        return cls(sheet, asked, parsed, ids, matched)

    @cached_property
    def rows(self) -> list[RowShown]:
        return shown.rows_by_id(self.sheet, self.ids, self.query.columns)

    @cached_property
    def heads(self) -> list[Head]:
        name = self._head(query.NAME, _("Picture"), is_number=False)
        return [name] + [
            self._head(c["name"], field_label(c["name"]), is_number=c["type"] in shown.NUMBERS)
            for c in self.query.columns
        ]

    @property
    def conditions(self) -> list[tuple[str, str]]:
        """Each condition, and the link to the grid without it."""
        where = self.asked.where
        return [(text, self.asked.link(where=where[:at] + where[at + 1 :])) for at, text in enumerate(where) if text]

    @property
    def choices(self) -> Iterable[tuple[str, str, bool]]:
        """Every column of the sheet: name, label, whether it is shown."""
        here = {column["name"] for column in self.query.columns}
        return [(c["name"], field_label(c["name"]), c["name"] in here) for c in self.sheet.columns]

    @property
    def is_whole(self) -> bool:
        """Every row and column, in the sheet's order."""
        return not (self.asked.where or self.asked.sort or self.asked.select)

    @property
    def first(self) -> int:
        return (self.asked.page - 1) * PAGE_ROWS + 1

    @property
    def last(self) -> int:
        return self.first + len(self.ids) - 1

    @property
    def before(self) -> str:
        return self.asked.link(page=self.asked.page - 1) if self.asked.page > 1 else ""

    @property
    def after(self) -> str:
        return self.asked.link(page=self.asked.page + 1) if self.last < self.matched else ""

    def _head(self, name: str, title: str, *, is_number: bool) -> Head:
        present = self.asked.sort[0] if self.asked.sort else ""
        direction = {f"{name}:asc": "ascending", f"{name}:desc": "descending", f"-{name}": "descending"}.get(
            present, ""
        )
        other = f"{name}:desc" if direction == "ascending" else f"{name}:asc"
        return Head(name, title, is_number, self.asked.link(sort=(other,)), direction)
