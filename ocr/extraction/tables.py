"""Rows of a table under its header: each cell by its alignment, wrapped text put together."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import product

from ocr.extraction.amounts import amounts, numbers
from ocr.extraction.headers import KINDS, MONEY, NUMBER, TEXT, Column, Header
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row, Span

_SUMS = {"subtotal", "total", "total_due", "tax", "tax_summary", "rounding", "service", "count", "tendered", "change"}
# A row that says something about an item: "Delivery date: …", or a number of its own.
_REMARK = re.compile(r"[^\W\d][\w .,\-/]{1,50}\s?:|\d{4,}")
# "2 % of 100.00": something added to or taken off the sum.
_SHARE = re.compile(r"\d\s?%\s?(?:of|on|von|auf|sur|de|sobre|del)\b\D{0,12}\d", re.IGNORECASE)
_UNIT = re.compile(
    r"[ \u00a0]?(?:stk|stck|stück|st|pcs?|pi[eè]ces?|units?|uds?|unidades|nos|ea|kg|kwh|std|stunden|hrs?|hours?)\b"
    r"|\s?[個本枚台件개대张張]",
    re.IGNORECASE,
)
FULL = 0.85  # Of the width of the names: a row that the next word would make longer is full.
MAX_WRAP = 4  # Text rows that may belong to one item.

Cells = dict[str, Candidate]


def read_rows(reading: Reading, header: Header) -> list[Cells]:
    """The rows of goods under a header, down to the sums."""
    rows = list(_body(reading, header))
    builder = _Builder(header, _right_of_names(rows, header))
    for row in rows:
        builder.add(row)
    items = builder.items if builder.has_names else builder.named_by_place()
    return [item | builder.factors_of(index) for index, item in enumerate(items)]


class _Builder:
    """Puts rows together to items: anchored rows, and the text rows that belong to them."""

    def __init__(self, header: Header, right: float) -> None:
        self.header = header
        self._right = right  # How far the rows of names reach.
        self.items: list[Cells] = []
        self._anchors: list[tuple[Row, Cells]] = []
        self._numbers: list[tuple[Row, Cells]] = []  # On rows of text.
        self._texts: list[Piece] = []
        self._waiting: list[Piece] = []
        self._last: Row | None = None
        self._text: Row | None = None  # The last row that was, or could be, part of a name.
        self._room = 0  # How many more text rows the current item may take.

    @property
    def has_names(self) -> bool:
        """Most items have a name on the row of their numbers."""
        return 2 * sum(self.header.wrapping in cells for _, cells in self._anchors) >= len(self._anchors)

    def named_by_place(self) -> list[Cells]:
        """The items with the text rows nearest to each: names of several rows, with the numbers half way down."""
        pieces: dict[int, list[Piece]] = {}
        for piece in self._texts:
            pieces.setdefault(self._nearest(piece.row), []).append(piece)
        return [self._named(cells, pieces.get(index, [])) for index, (_, cells) in enumerate(self._anchors)]

    def factors_of(self, index: int) -> Cells:
        """The quantity and the price that give an item's amount, where they stand on the rows around it."""
        cells = self._anchors[index][1]
        if "amount" not in cells or index not in self._numbers_near:
            return {}
        near = [*self._numbers_near[index], cells]
        counts, prices = ([one[name] for one in near if name in one] for name in ("quantity", "unit_price"))
        whole = _worth(cells["amount"])
        pairs = product([cells["quantity"]] if "quantity" in cells else counts, prices)
        fits = [pair for pair in pairs if whole and _worth(pair[0]) * _worth(pair[1]) == whole]
        return {"quantity": fits[-1][0], "unit_price": fits[-1][1]} if fits else {}

    @cached_property
    def _numbers_near(self) -> dict[int, list[Cells]]:
        """For each item the cells of the rows nearest to it that are none themselves."""
        near: dict[int, list[Cells]] = {}
        for row, cells in self._numbers:
            near.setdefault(self._nearest(row), []).append(cells)
        return near

    def _nearest(self, row: Row) -> int:
        """Which item's numbers stand nearest to a row; -1 when none is near."""
        middle = row.box.center.y
        place = bisect_left(self._anchors, middle, key=lambda anchor: anchor[0].box.center.y)
        sides = [index for index in (place - 1, place) if 0 <= index < len(self._anchors)]
        away, nearest = min((abs(self._anchors[index][0].box.center.y - middle), index) for index in sides)
        return nearest if away < MAX_WRAP * row.height else -1

    def _named(self, cells: Cells, others: Sequence[Piece]) -> Cells:
        own = cells[self.header.wrapping].pieces if self.header.wrapping in cells else ()
        pieces = sorted((*own, *others), key=lambda piece: piece.row.number)
        return cells | ({self.header.wrapping: _text(pieces)} if pieces else {})

    def add(self, row: Row) -> None:
        if _SHARE.search(row.text):
            self._room = 0
            return
        cells = _cells(row, self.header)
        if self.items and _is_close(self._last, row) and _completes(self.items[-1], cells):
            self.items[-1].update(cells)
            self._anchors[-1][1].update(cells)
        elif _is_item(row, cells, self.header):
            self._anchors.append((row, dict(cells)))
            self._begin(cells, close=_is_close(self._text, row))
            self._text = row
        else:
            self._numbers.append((row, cells))
            self._read_text(row)
        self._last = row

    def _read_text(self, row: Row) -> None:
        if piece := self._wrapped(row):
            self._texts.append(piece)
            self._add_text(piece, close=_is_close(self._text, row))
            self._text = row

    def _wrapped(self, row: Row) -> Piece | None:
        """The text in the column of names; of a sentence that runs across the columns there is none."""
        for column in self.header.text_columns:
            if column.name == self.header.wrapping:
                piece = _column_text(row, self.header, column, ())
                left, _ = _reach(self.header, column, row.height)
                begins = piece and row.cell_at(piece.start)[0] == piece.start
                return piece if piece and begins and piece.box.left > left - 0.5 * row.height else None
        return None

    def _begin(self, cells: Cells, *, close: bool) -> None:
        text = cells.pop(self.header.wrapping, None)
        # Text right above the first item is its name only where its own row has none, or goes on with it.
        own, above = text.pieces if text else (), self._waiting if close else []
        pieces = own if text and not (_is_code(text.text) or text.text[:1].islower()) else (*above, *own)
        self.items.append(cells | ({self.header.wrapping: _text(pieces)} if pieces else {}))
        self._waiting, self._room = [], MAX_WRAP

    def _add_text(self, piece: Piece, *, close: bool) -> None:
        """Wrapped text goes to the item above; before the first item it waits for it."""
        if not self.items:
            waiting = [*self._waiting, piece][-MAX_WRAP:] if close else [piece]
            self._waiting = waiting if any(map(str.isalpha, piece.text)) else []
        elif self._room and close and not _REMARK.match(piece.text) and self._continues(piece):
            self._room -= 1
            self.items[-1][self.header.wrapping] = _text((*self._kept, piece))
        else:
            self._room = 0

    @property
    def _kept(self) -> tuple[Piece, ...]:
        """The last item's name so far; the number of an article is none."""
        known = self.items[-1].get(self.header.wrapping)
        return () if known is None or _is_code(known.text) else known.pieces

    def _continues(self, piece: Piece) -> bool:
        """It begins with a small letter, or the name's last row is full: its first word did not fit there."""
        if not self._kept or piece.text[:1].islower():
            return True
        first = piece.row.boxes[piece.row.owners[piece.start]]
        above = self._kept[-1].box
        return above.width + first.width + 0.3 * piece.row.height > FULL * (self._right - above.left)


def _right_of_names(rows: Sequence[Row], header: Header) -> float:
    names = [column for column in header.text_columns if column.name == header.wrapping]
    pieces = [p for row in rows for column in names if (p := _column_text(row, header, column, ()))]
    return max((p.box.right for p in pieces if not _REMARK.match(p.text)), default=0.0)


def _is_code(text: str) -> bool:
    """One word with digits: the number of an article, not its name."""
    return " " not in text and any(map(str.isdigit, text)) and not text.islower()


def _worth(cell: Candidate) -> Decimal:
    form = cell.normalized or {}
    return Decimal(form.get("amount") or form.get("number") or 0)


def _completes(item: Cells, cells: Cells) -> bool:
    """A row with nothing but the amount that the item above it lacks."""
    return cells.keys() == {"amount"} and "amount" not in item


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
            start, _ = row.cell_at(label.start)
            alone = not row.text[start : label.start].strip(" .:-*")
            after = any(s.start >= label.end for s in reading.amounts[row.number])
            if alone and (label.whole or after):
                return True
    return False


def _is_item(row: Row, cells: Cells, header: Header) -> bool:
    """It has an amount, or where none is printed another number of its own."""
    if "amount" in cells:
        return True
    numbers_here = cells.keys() & {"quantity", "unit_price"}
    if "amount" in {column.name for column in header.columns}:
        priced = "unit_price" in cells and not cells["unit_price"].text.isdigit()
        return priced and len(numbers_here) == 2 and ":" not in row.text
    if header.has_numbers:
        kinds = {column.name: column.kind for column in header.columns}
        return any(kinds.get(name) in (NUMBER, MONEY) for name in cells)
    return header.wrapping in cells


def _cells(row: Row, header: Header) -> Cells:
    """What a row holds in each column."""
    paired = _numeric(row, header)
    named = {column.name: span for span, column in paired if column.kind in (NUMBER, MONEY)}
    named |= _unheaded(row, header, named, [span for span, _ in paired])
    kinds = KINDS | {column.name: column.kind for column in header.columns}
    cells = {
        name: Candidate((Piece(row, s.start, s.end),), 2.0, _normalized(row, s, kinds[name]))
        for name, s in named.items()
    }
    used = {(span.start, span.end) for span in (*named.values(), *(s for s, _ in paired))}
    for column in header.text_columns:
        if text := _column_text(row, header, column, sorted(used)):
            cells[column.name] = _text((text,))
    return cells


def _unheaded(row: Row, header: Header, named: Mapping[str, Span], used: Sequence[Span]) -> dict[str, Span]:
    """An amount or a quantity whose column has no label that was read."""
    names = {column.name for column in header.columns}
    free = [s for s in amounts(row.text) if s not in used and _stands_alone(row, s)]
    found: dict[str, Span] = {}
    right = max(column.box.right for column in header.columns if column.kind)
    if "amount" not in names and "unit_price" in names:
        later = [s for s in free if s.weight >= 0.9 and row.span_box(s.start, s.end).left > right]
        found |= {"amount": later[-1]} if later else {}
    prices = {**named, **found}
    if "quantity" not in names and {"unit_price", "amount"} <= prices.keys():
        found |= _factor(free, prices["unit_price"], prices["amount"])
    return found


def _factor(free: Sequence[Span], price: Span, amount: Span) -> dict[str, Span]:
    """The number that, times the price, gives the amount."""
    whole, one = Decimal(amount.normalized["amount"]), Decimal(price.normalized["amount"])
    fits = [s for s in free if s is not amount and Decimal(s.normalized["amount"]) * one == whole]
    return {"quantity": fits[0]} if fits and one else {}


def _normalized(row: Row, span: Span, kind: str) -> dict[str, str]:
    if kind != NUMBER:
        return span.normalized
    return next((n.normalized for n in numbers(row.text[span.start : span.end])), {})


def _numeric(row: Row, header: Header) -> list[tuple[Span, Column]]:
    """Numbers paired with the columns that they are aligned with, nearest pairs first."""
    # Texts may be numbers too, such as codes of goods, and keep them from other columns; names may not.
    columns = [column for column in header.columns if column.kind != TEXT or column.name != header.wrapping]
    pairs = []
    for span in amounts(row.text):
        box = row.span_box(span.start, span.end)
        fitting = [c for c in columns if c.kind not in _barred(row, span)]
        for column in fitting:
            distance = column.distance(box) / max(row.height, 1.0)
            slack = 1.5 + column.box.width / max(row.height, 1.0)
            if distance < slack and _stands_alone(row, span):
                pairs.append((distance, span.start, span, column))
    pairs.sort(key=lambda pair: pair[:2])
    chosen: list[tuple[Span, Column]] = []
    for _, _, span, column in pairs:
        if all(span is not s and column is not c for s, c in chosen):
            chosen.append((span, column))
    return [(span, column) for span, column in chosen if column.kind != TEXT]


def _barred(row: Row, span: Span) -> set[str]:
    """Kinds of columns for which a number is nothing: it has a currency, or a unit of goods."""
    return ({NUMBER} if "currency" in span.normalized else set()) | (
        {MONEY} if _UNIT.match(row.text, span.end) else set()
    )


def _stands_alone(row: Row, span: Span) -> bool:
    """No letters or digits touch the number, but for a tax code or unit after it."""
    before = row.text[span.start - 1 : span.start]
    after = row.text[span.end : span.end + 1]
    return not (before.isalnum() or before in {"/", "-", ".", "#"}) and after != "-"


def _column_text(row: Row, header: Header, column: Column, used: Sequence[tuple[int, int]]) -> Piece | None:
    """The text that stands in a column."""
    left, right = _reach(header, column, row.height)
    taken = {row.owners[index] for start, end in used for index in range(start, end)}
    stretch = [
        index
        for index, owner in enumerate(row.owners)
        if owner >= 0 and owner not in taken and left <= row.boxes[owner].center.x <= right
    ]
    stretch = _without_others(row, stretch, header, column)
    stretch = _to_cell_end(row, _first_run(row, stretch), taken, header)
    is_name = column.name == header.wrapping
    if not stretch or (is_name and used and not any(row.text[index].isalpha() for index in stretch)):
        return None
    return Piece(row, stretch[0], stretch[-1] + 1)


def _without_others(row: Row, stretch: list[int], header: Header, column: Column) -> list[int]:
    """The text from where its column begins, if before that a word begins a column to the left."""
    before = [other for other in header.columns if other.box.right <= column.box.left]
    lefts = [other.box.left for other in before]
    own = [index for index in stretch if abs(row.boxes[row.owners[index]].left - column.box.left) < 0.5 * row.height]
    starts_left = any(abs(row.boxes[row.owners[i]].left - left) < 0.5 * row.height for i in stretch for left in lefts)
    return stretch[stretch.index(own[0]) :] if own and starts_left else stretch


def _to_cell_end(row: Row, stretch: list[int], taken: set[int], header: Header) -> list[int]:
    """The text with the rest of its cell, where that runs on over the next column and nothing begins there."""
    if not stretch:
        return []
    _, end = row.cell_at(stretch[-1])
    rest = list(range(stretch[-1] + 1, end))
    owners = {row.owners[index] for index in rest} - {-1, row.owners[stretch[-1]]}
    begins = any(_heads(header, row, owner) for owner in owners)
    return stretch if begins or owners & taken else [*stretch, *rest]


def _heads(header: Header, row: Row, owner: int) -> bool:
    """A word stands where a column begins; where one of numbers does, it has a digit."""
    left, counts = row.boxes[owner].left, any(map(str.isdigit, row.words[owner].text))
    columns = [column for column in header.columns if counts or column.kind not in (NUMBER, MONEY)]
    return any(abs(left - column.box.left) < 0.5 * row.height for column in columns)


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


def _is_close(above: Row | None, below: Row) -> bool:
    return above is not None and below.box.top - above.box.bottom < 0.8 * max(above.height, below.height)
