"""Table headers: which columns a table has, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ocr.extraction.lexicon import Book, Label, find_labels, labels_by_meaning
from ocr.extraction.reading import Reading
from ocr.extraction.spans import Row
from ocr.geometry import hull
from ocr.types import Box

TEXT, NUMBER, MONEY = "text", "number", "money"
# Columns of invoices and receipts; those without a kind are known only to be kept apart.
KINDS = {"description": TEXT, "quantity": NUMBER, "unit_price": MONEY, "amount": MONEY}
ASIDE = ("position", "unit", "column_tax")
MAX_LINES = 3  # Rows above and below the one with most labels that a header may have.
# A tax word after these belongs to the label before it: "amount excl. VAT".
_QUALIFIED = re.compile(
    r"(?:excl|incl|inkl|exkl|excluding|including|ohne|without|with|zzgl|w/o|hors|exclusief)[.\s]*$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\s?[(（\[][^()（）\[\]\t]{1,12}[)）\]]")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it holds and where its label stands."""

    name: str
    kind: str
    box: Box

    def distance(self, box: Box) -> float:
        """How far a value is from being aligned left, right or centred with the label."""
        middle = abs(box.center.x - self.box.center.x)
        return min(abs(box.left - self.box.left), abs(box.right - self.box.right), middle)


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table and the last row of their labels."""

    columns: tuple[Column, ...]
    row: Row

    @property
    def text_columns(self) -> list[Column]:
        return [column for column in self.columns if column.kind == TEXT]

    @property
    def has_numbers(self) -> bool:
        return any(column.kind in (NUMBER, MONEY) for column in self.columns)

    @property
    def wrapping(self) -> str:
        """The name of the column whose text may run over several rows."""
        names = [column.name for column in self.text_columns]
        return "description" if "description" in names or not names else names[0]


def find_header(reading: Reading, labels: Sequence[Sequence[Label]], kinds: Mapping[str, str] = KINDS) -> Header | None:
    """The row with the most different column labels, at least two of them wanted; or None.

    Args:
        reading: The page.
        labels: For each row its labels whose meanings are names of columns.
        kinds: The wanted columns; others only keep their values out.
    """
    best: tuple[float, Header] | None = None
    for row in reading.rows:
        if len(labels[row.number]) < 2:
            continue
        columns = _columns(row, labels[row.number], kinds, guess=True)
        known = [column for column in columns if column.kind]
        if len(known) < 2 or any(s.weight >= 0.9 for s in reading.amounts[row.number]):
            continue
        score = len(known) + 0.3 * (len(columns) - len(known))
        if best is None or score > best[0]:
            best = score, Header(tuple(columns), row)
    return _with_neighbours(reading, best[1], labels, kinds) if best else None


def _with_neighbours(
    reading: Reading,
    header: Header,
    labels: Sequence[Sequence[Label]],
    kinds: Mapping[str, str],
) -> Header:
    """The header with columns whose labels stand on the rows just above or below it."""
    near = [row for row in _rows_near(reading, header.row) if labels[row.number]]
    more = {row: _columns(row, _leading(row, labels[row.number], header), kinds, guess=False) for row in near}
    has_amount = any(column.name == "amount" for found in more.values() for column in found)
    columns = _columns(header.row, labels[header.row.number], kinds, guess=not has_amount)
    last = header.row
    for row, found in more.items():
        grown = columns
        for column in found:
            grown = _joined(grown, column)
        if row.number > last.number and (grown != columns or any(label.is_apart for label in labels[row.number])):
            last = row
        columns = grown
    return Header(tuple(sorted(columns, key=lambda column: column.box.left)), last)


def _leading(row: Row, labels: Sequence[Label], header: Header) -> list[Label]:
    """The labels at the start of their cells, or right under or above the start of another label."""
    return [label for label in labels if row.cell_at(label.start)[0] == label.start or _is_in_line(row, label, header)]


def _is_in_line(row: Row, label: Label, header: Header) -> bool:
    left = row.span_box(label.start, label.end).left
    return any(abs(left - column.box.left) < 0.5 * row.height for column in header.columns)


def _joined(columns: list[Column], column: Column) -> list[Column]:
    """The columns with one more, where none of its name is known and none of a kind stands."""
    beside = [other for other in columns if _overlaps(column, other)]
    if any(other.kind or not column.kind for other in beside) or column.name in {other.name for other in columns}:
        return columns
    # "VAT" below "Unit price excl." is no column of its own.
    whole = replace(column, box=hull([column.box, *(other.box for other in beside)]))
    return [*(other for other in columns if other not in beside), whole]


def _rows_near(reading: Reading, head: Row) -> list[Row]:
    """The rows without amounts around one, the nearer first."""
    rows = [
        row
        for row in reading.rows[max(head.number - MAX_LINES, 0) : head.number + MAX_LINES + 1]
        if row is not head and _is_near(row, head)
    ]
    shut = [row.number for row in rows if any(span.weight >= 0.5 for span in reading.amounts[row.number])]
    low = max((number for number in shut if number < head.number), default=-1)
    high = min((number for number in shut if number > head.number), default=len(reading.rows))
    return sorted((row for row in rows if low < row.number < high), key=lambda row: abs(row.number - head.number))


def _is_near(row: Row, other: Row) -> bool:
    return abs(row.box.center.y - other.box.center.y) < 1.8 * max(row.height, other.height)


def _overlaps(column: Column, other: Column) -> bool:
    """They stand over each other."""
    return column.box.left <= other.box.right and column.box.right >= other.box.left


@cache
def item_book() -> Book:
    """The labels that name columns of goods."""
    labels = labels_by_meaning()
    return Book({name: labels[name] for name in (*KINDS, *ASIDE)})


def item_labels(reading: Reading) -> list[list[Label]]:
    """For each row the labels that name columns of goods."""
    return labels_of_headers(reading, item_book())


def labels_of_headers(reading: Reading, book: Book) -> list[list[Label]]:
    """For each row that may be a header its labels in a book; for others none."""
    return [find_labels(row, book) if reading.labels[row.number] else [] for row in reading.rows]


def _columns(row: Row, labels: Sequence[Label], kinds: Mapping[str, str], *, guess: bool) -> list[Column]:
    """The columns named on a row, each name once; ambiguous labels by place.

    Args:
        guess: Of several prices the last is the amount, where none is called so.
    """
    choices: dict[tuple[int, int], list[str]] = {}
    for label in labels:
        if not _QUALIFIED.search(row.text, 0, label.start):
            choices.setdefault((label.start, label.end), []).append(label.meaning)
    names = _named(choices, guess=guess)
    return [Column(name, kinds.get(name, ""), _label_box(row, *place)) for place, name in sorted(names.items())]


def _label_box(row: Row, start: int, end: int) -> Box:
    """Where a label stands, with a currency or unit in brackets behind it."""
    match = _BRACKETED.match(row.text, end)
    return row.span_box(start, match.end() if match else end)


def _named(choices: Mapping[tuple[int, int], Sequence[str]], *, guess: bool) -> dict[tuple[int, int], str]:
    """One name for each place; the last label that can be the amount is the amount."""
    names: dict[tuple[int, int], str] = {}
    money = [place for place, meanings in choices.items() if "amount" in meanings]
    prices = [place for place, meanings in choices.items() if "unit_price" in meanings]
    money = money or (prices if guess and len(prices) > 1 else [])
    if money:
        names[max(money)] = "amount"
    for place, meanings in sorted(choices.items(), key=lambda item: len(item[1])):
        free = [m for m in meanings if m not in names.values()]
        if place not in names:
            names[place] = free[0] if free else f"other {place[0]}"
    texts = [place for place, name in names.items() if name == "description"]
    for place in money:
        if names[place] != "amount" and texts and place < texts[0]:
            names[place] = "quantity" if "quantity" not in names.values() else names[place]
    return names
