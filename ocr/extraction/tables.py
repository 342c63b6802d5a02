"""Tables with a header row: columns by their labels, rows by their amounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ocr.extraction.amounts import amounts, numbers
from ocr.extraction.lexicon import Label
from ocr.extraction.reading import Candidate, Piece, Reading
from ocr.extraction.spans import Row, Span
from ocr.types import Box

TEXT, NUMBER, MONEY = "text", "number", "money"
# Columns of invoices and receipts; those without a kind are known only to be kept apart.
KINDS = {"description": TEXT, "quantity": NUMBER, "unit_price": MONEY, "amount": MONEY}
_ASIDE = ("position", "unit", "column_tax")
_SUMS = {"subtotal", "total", "total_due", "tax", "discount", "rounding", "service"}
MAX_WRAP = 4  # Text rows that may belong to one item.

Cells = dict[str, Candidate]


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
    def text_column(self) -> Column | None:
        return next((column for column in self.columns if column.kind == TEXT), None)


def find_header(reading: Reading, labels: Sequence[Sequence[Label]]) -> Header | None:
    """The row with the most different column labels, or None.

    Args:
        labels: For each row its labels whose meanings are names of columns.
    """
    best: tuple[float, Header] | None = None
    for row in reading.rows:
        columns = _columns(row, labels[row.number])
        known = [column for column in columns if column.kind]
        if len(known) < 2 or any(s.weight >= 0.9 for s in reading.amounts[row.number]):
            continue
        score = len(known) + 0.3 * (len(columns) - len(known))
        if best is None or score > best[0]:
            best = score, Header(tuple(columns), row)
    return best[1] if best else None


def item_labels(reading: Reading) -> list[list[Label]]:
    """For each row the labels that name columns of goods."""
    names = {*KINDS, *_ASIDE}
    return [[label for label in row if label.meaning in names] for row in reading.labels]


def _columns(row: Row, labels: Sequence[Label]) -> list[Column]:
    """The columns named on a row, each name once; ambiguous labels by place."""
    choices: dict[tuple[int, int], list[str]] = {}
    for label in labels:
        choices.setdefault((label.start, label.end), []).append(label.meaning)
    taken: dict[str, tuple[int, int]] = {}
    for place, meanings in sorted(choices.items(), key=lambda item: len(item[1])):
        name = _choose(meanings, taken, place)
        if name:
            taken[name] = place
        elif meanings:
            taken[f"other {place[0]}"] = place
    found = [Column(n, KINDS.get(n, ""), row.span_box(s, e)) for n, (s, e) in taken.items()]
    return sorted(found, key=lambda column: column.box.left)


def _choose(
    meanings: Sequence[str], taken: Mapping[str, tuple[int, int]], place: tuple[int, int]
) -> str:
    """The meaning that is still free; "amount" stands to the right of "unit_price"."""
    free = [meaning for meaning in meanings if meaning not in taken]
    if {"unit_price", "amount"} <= set(free):
        return "unit_price"
    if "amount" in meanings and "amount" in taken and "unit_price" in free:
        return "unit_price" if place < taken["amount"] else ""
    return free[0] if free else ""


def read_rows(reading: Reading, header: Header) -> list[Cells]:
    """The rows of goods under a header, down to the sums."""
    items: list[Cells] = []
    waiting: list[Piece] = []
    last: Row | None = None
    wrapped = 0
    for row in _body(reading, header):
        cells = _cells(row, header)
        anchored = _is_item(cells, header)
        text = cells.pop("description", None)
        if anchored:
            pieces = (*waiting, *(text.pieces if text else ()))
            items.append(cells | ({"description": _text(pieces)} if pieces else {}))
            waiting, wrapped = [], 0
        elif text and items and last and _is_close(last, row) and wrapped < MAX_WRAP:
            wrapped += 1
            _continue(items[-1], text)
        elif text and not items:
            waiting = [*waiting[-1:], *text.pieces]
        last = row
    return items


def _continue(item: Cells, text: Candidate) -> None:
    """Add a wrapped row to an item's description, unless it is a remark of another kind."""
    known = item.get("description")
    if known is None:
        item["description"] = text
    elif ":" not in text.text and not any(char.isdigit() for char in text.text[:2]):
        item["description"] = _text((*known.pieces, *text.pieces))


def _text(pieces: Sequence[Piece]) -> Candidate:
    return Candidate(tuple(pieces), 2.0)


def _body(reading: Reading, header: Header) -> Iterator[Row]:
    """The rows under the header, up to the first sum or a wide gap."""
    last = header.row
    for row in reading.rows[header.row.number + 1 :]:
        if _is_sum(reading, row) or row.box.top - last.box.bottom > 8 * reading.height:
            return
        yield row
        last = row


def _is_sum(reading: Reading, row: Row) -> bool:
    """The row names a sum in a cell of its own, or before an amount."""
    for label in reading.labels[row.number]:
        if label.meaning in _SUMS:
            start, end = row.cell_at(label.start)
            alone = not row.text[start : label.start].strip(" .:-*")
            after = any(s.start >= label.end for s in reading.amounts[row.number])
            if alone and (label.whole or after) and label.meaning != "discount":
                return True
    return False


def _is_item(cells: Cells, header: Header) -> bool:
    """It has an amount, or in a table without amounts another number of its own."""
    names = {column.name for column in header.columns}
    if "amount" in names and "amount" in cells:
        return True
    if "amount" in names and "quantity" in names:
        return "quantity" in cells and "unit_price" in cells
    return bool(cells.keys() & {"quantity", "unit_price"}) and "amount" not in names


def _cells(row: Row, header: Header) -> Cells:
    """What a row holds in each column."""
    cells: Cells = {}
    used: list[tuple[int, int]] = []
    for span, column in _numeric(row, header):
        used.append((span.start, span.end))
        if column.kind in (NUMBER, MONEY):
            normalized = _normalized(row, span, column)
            cells[column.name] = Candidate((Piece(row, span.start, span.end),), 2.0, normalized)
    text = _description(row, header, used)
    if text and header.text_column:
        cells[header.text_column.name] = _text((text,))
    return cells


def _normalized(row: Row, span: Span, column: Column) -> dict[str, str]:
    if column.kind == MONEY:
        return span.normalized
    return next((n.normalized for n in numbers(row.text[span.start : span.end])), {})


def _numeric(row: Row, header: Header) -> list[tuple[Span, Column]]:
    """Numbers paired with the columns that they are aligned with, nearest pairs first."""
    columns = [column for column in header.columns if column.kind != TEXT]
    pairs = []
    for span in amounts(row.text):
        box = row.span_box(span.start, span.end)
        for column in columns:
            distance = column.distance(box) / max(row.height, 1.0)
            slack = 1.5 + column.box.width / max(row.height, 1.0)
            if distance < slack and _stands_alone(row, span):
                pairs.append((distance, span.start, span, column))
    pairs.sort(key=lambda pair: pair[:2])
    chosen: list[tuple[Span, Column]] = []
    for _, _, span, column in pairs:
        if all(span is not s and column is not c for s, c in chosen):
            chosen.append((span, column))
    return chosen


def _stands_alone(row: Row, span: Span) -> bool:
    """No letters or digits touch the number, but for a tax code or unit after it."""
    before = row.text[span.start - 1 : span.start]
    after = row.text[span.end : span.end + 3]
    return not (before.isalnum() or before in {"/", "-", ".", "#"}) and not after[:1] == "-"


def _description(
    row: Row, header: Header, used: Sequence[tuple[int, int]]
) -> Piece | None:
    """The text that stands in the description column."""
    column = header.text_column
    if column is None:
        return None
    left, right = _reach(header, column, row.height)
    stretch = [
        index
        for index, owner in enumerate(row.owners)
        if owner >= 0
        and left <= row.boxes[owner].center.x <= right
        and not any(start <= index < end for start, end in used)
    ]
    stretch = _first_run(row, stretch)
    if not any(row.text[index].isalpha() for index in stretch):
        return None
    return Piece(row, stretch[0], stretch[-1] + 1)


def _first_run(row: Row, stretch: list[int]) -> list[int]:
    """Characters up to the first number of another column."""
    run: list[int] = []
    for index in stretch:
        gap = row.text[run[-1] + 1 : index] if run else ""
        if gap.strip():
            break
        run.append(index)
    return run


def _reach(header: Header, column: Column, height: float) -> tuple[float, float]:
    """From where to where the text of a column may stand."""
    lefts = [c.box.right for c in header.columns if c.box.right <= column.box.left]
    rights = [c.box.left for c in header.columns if c.box.left >= column.box.right]
    return max(lefts, default=0.0) - 0.2 * height, min(rights, default=1e9) - 0.3 * height


def _is_close(above: Row, below: Row) -> bool:
    return below.box.top - above.box.bottom < 0.8 * max(above.height, below.height)
