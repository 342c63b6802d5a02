"""Goods on till receipts, which have no table: text, perhaps a count, a price at the right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import permutations

from ocr.extraction.amounts import amounts, decimal_of, numbers
from ocr.extraction.lexicon import is_wide
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row, Span
from ocr.extraction.tables import Cells

_STOP = {"subtotal", "total", "total_due", "tax", "tendered", "change", "rounding", "card", "count"}
_HEAD = {
    "phone",
    "tax_id",
    "date",
    "time",
    "receipt_no",
    "invoice_no",
    "fax",
    "other_no",
    "order_no",
    "email",
}
_PIECES = r"(?:pcs?|NOS|Stk)"
_UNITS = r"(?:pcs?|NOS|Stk|kg|コ|個|点|개|个)"
_CURRENCY = r"(?:RM|\$|€|£|¥|￥|₩)?\s?"
_TIMES = re.compile(
    rf"(?<!\d)(?P<count>\d{{1,6}}(?:[.,]\d{{1,3}})?)\s?(?:{_UNITS}?\s?[xX×@*]|{_PIECES})\s?[xX×@]?\s?"
    rf"{_CURRENCY}(?P<price>\d{{1,6}}[.,]\d{{2,4}})"
)
# Only believed where it gives the amount: a price that comes first, or that has no decimals.
_MAYBE = (
    re.compile(
        rf"{_CURRENCY}(?P<price>\d{{1,6}}[.,]\d{{2,4}})\s?(?:€|円|원)?\s?[xX×*]\s?(?P<count>\d{{1,5}}(?:[.,]\d{{1,3}})?)"
    ),
    re.compile(
        rf"(?P<count>\d{{1,5}})\s?{_UNITS}?\s?[xX×@*]\s?{_CURRENCY}(?P<price>\d{{1,3}}(?:,\d{{3}}){{1,3}}|\d{{1,8}})(?![\d.,]{{0,8}}[^\W\d_])"
    ),
)
CENT = Decimal("0.01")
LONG = 48  # Characters of a row that is a sentence: what begins with a number there is no count.
_COUNT_FIRST = re.compile(r"\s*(?P<count>\d{1,2})\s?[xX×]?\s+(?=[^\W\d])")


def read_goods(reading: Reading) -> list[Cells]:
    """The goods between the head of the receipt and its sums."""
    rows = list(_body(reading))
    priced = {row.number: span for row in rows if (span := _price(reading, row))}
    words = {row.number: piece for row in rows if (piece := _words(row, priced.get(row.number)))}
    text_first = _text_stands_first(rows, priced, words)
    items: list[Cells] = []
    for index, row in enumerate(rows):
        if row.number in priced:
            items.append(_item(rows, index, priced, words, text_first=text_first))
    return items


def _body(reading: Reading) -> Iterator[Row]:
    """Rows from the first priced one after the head to the first sum."""
    begun = False
    start = _head_end(reading)
    for row in reading.rows[start:]:
        meanings = reading.meanings(row.number)
        price = _price(reading, row)
        if meanings & _STOP and (price or begun) and not _is_goods(reading, row, price):
            if begun or meanings & {"subtotal", "total", "total_due"}:
                return
            continue
        begun = begun or price is not None
        yield row


def _is_goods(reading: Reading, row: Row, price: Span | None) -> bool:
    """A word such as "cash" or "tax" stands inside the text: not at its start, not by the price."""
    for label in reading.labels[row.number]:
        if label.meaning in _STOP:
            leads = not any(char.isalnum() for char in row.text[: label.start])
            between = row.text[label.end : price.start] if price else row.text[label.end :]
            if leads or not any(char.isalpha() for char in between):
                return False
    return True


def _head_end(reading: Reading) -> int:
    """The first row that can hold goods: after the header's last labelled row above a price."""
    end = 0
    for row in reading.rows[: max(len(reading.rows) * 2 // 3, 1)]:
        meanings = reading.meanings(row.number)
        priced = _price(reading, row) is not None
        if meanings & {"subtotal", "total_due"} or (priced and "total" in meanings):
            break
        columns = meanings & {"description", "quantity", "unit_price", "amount"}
        heading = len(columns) >= 2 or bool(meanings & _HEAD)
        if reading.dates[row.number] or (heading and not priced):
            end = row.number + 1
    return end


def _price(reading: Reading, row: Row) -> Span | None:
    """The price at the right end of a row, a tax code after it aside; not that of one piece."""
    spans = [s for s in reading.amounts[row.number] if s.weight >= 0.9 or (reading.is_east_asian and _is_whole(row, s))]
    times = _TIMES.search(row.text)
    if not spans or (times and spans[-1].start < times.end()):
        return None
    tail = row.text[spans[-1].end :].strip()
    return spans[-1] if len(tail) <= 3 else None


def _is_whole(row: Row, span: Span) -> bool:
    """A price without cents and currency: two digits or more in a cell of their own."""
    return row.cells[-1] == (span.start, span.end) and span.end - span.start > 1 and len(row.cells) > 1


def _words(row: Row, price: Span | None) -> Piece | None:
    """The text of an item: what is left of a row without its count and its numbers."""
    end = price.start if price else len(row.text)
    times = next(_factors(row, price), None) if price else _TIMES.search(row.text)
    if times:
        end = min(end, times.start())
    first = _COUNT_FIRST.match(row.text, 0, end)
    start = first.end() if first else 0
    last = end
    for span in reversed(list(amounts(row.text[start:end]))):
        behind, last = row.text[start + span.end : last], start + span.start
        if any(char.isalpha() and char not in "xX" for char in behind):
            break
        if span.weight >= 0.9 or row.text[start + span.start - 1 : start + span.start] == "\t":
            end = start + span.start
    letters = [char for char in row.text[start:end] if char.isalpha()]
    if len(letters) < 3 and not any(map(is_wide, letters)):
        return None
    return Piece(row, start, start + len(row.text[start:end].rstrip(" \t@xX-:")))


def _text_stands_first(rows: Sequence[Row], priced: dict[int, Span], words: dict[int, Piece]) -> bool:
    """Whether names stand above bare prices (else below them)."""
    first = next((row for row in rows if row.number in priced or row.number in words), None)
    return first is None or first.number not in priced or first.number in words


def _item(
    rows: Sequence[Row],
    index: int,
    priced: dict[int, Span],
    words: dict[int, Piece],
    *,
    text_first: bool,
) -> Cells:
    """The item whose price stands on a row."""
    row = rows[index]
    cells: Cells = {"amount": _money(row, priced[row.number])}
    above, below = (_neighbours(rows, index, priced, above=side) for side in (True, False))
    pieces = _name(row, above if text_first else below, words, above=text_first)
    if pieces:
        cells["description"] = Candidate(pieces, 2.0)
    others = [other for other in (*above, *below) if len(other.text) < LONG]
    for other in (row, *others):
        if match := next(_factors(other, priced[row.number], other is row), None):
            return cells | _pair(other, match)
    cells |= _beside(row, priced[row.number]) or _counted(row, priced[row.number])
    first = pieces[0].row if pieces else row
    return cells if "quantity" in cells or first is row else cells | _leading_count(first, len(first.text))


def _neighbours(rows: Sequence[Row], index: int, priced: dict[int, Span], *, above: bool) -> list[Row]:
    """The unpriced rows next to a priced one that belong to it, nearest first."""
    step = -1 if above else 1
    found: list[Row] = []
    while 0 <= (index := index + step) < len(rows) and len(found) < 3:
        if rows[index].number in priced:
            break
        found.append(rows[index])
    return found


def _name(row: Row, near: Sequence[Row], words: dict[int, Piece], *, above: bool) -> tuple[Piece, ...]:
    own = words.get(row.number)
    others = [words[r.number] for r in near if r.number in words]
    if not own:
        return tuple(others[:1])
    wrapped = [p for p in others[:2] if above and len(p.row.text) < LONG and _begins(p, own)]
    return (*reversed(others[: others.index(wrapped[-1]) + 1] if wrapped else []), own)


def _begins(piece: Piece, own: Piece) -> bool:
    """A name begins on the row above: with its count, or because its own row begins with a small letter."""
    return bool(_COUNT_FIRST.match(piece.row.text)) or own.text[:1].islower()


def _factors(row: Row, price: Span, is_own: bool = True) -> Iterator[re.Match[str]]:
    """What says "2 x 5.50" on a row and gives the price of an item."""
    whole, end = abs(Decimal(price.normalized["amount"])), price.start if is_own else len(row.text)
    for form in (_TIMES, *_MAYBE):
        for match in form.finditer(row.text, 0, end):
            if abs(decimal_of(match["count"]) * decimal_of(match["price"]) - whole) < CENT:
                yield match


def _pair(row: Row, match: re.Match[str]) -> Cells:
    """Quantity and unit price."""
    return {
        "quantity": _number(row, *match.span("count")),
        "unit_price": _money(row, Span(*match.span("price"), {})),
    }


def _beside(row: Row, price: Span) -> Cells:
    """Quantity and unit price in cells of their own before the amount that they give: "2   5.50   11.00"."""
    spans = [s for s in amounts(row.text) if s.end <= price.start and row.cell_at(s.start) == (s.start, s.end)]
    for count, one in permutations(spans[-3:], 2):
        product = Decimal(count.normalized["amount"]) * Decimal(one.normalized["amount"])
        if abs(product - Decimal(price.normalized["amount"])) < CENT and count.weight <= one.weight:
            return {"quantity": _number(row, count.start, count.end), "unit_price": _money(row, one)}
    return {}


def _counted(row: Row, price: Span) -> Cells:
    """What an item's own row says without giving its amount: "2 x 5.50", or a leading count."""
    if match := _TIMES.search(row.text, 0, price.start):
        return _pair(row, match)
    return _leading_count(row, price.start)


def _leading_count(row: Row, end: int) -> Cells:
    match = _COUNT_FIRST.match(row.text, 0, end)
    return {"quantity": _number(row, *match.span("count"))} if match else {}


def _number(row: Row, start: int, end: int) -> Candidate:
    form = next((n.normalized for n in numbers(row.text[start:end])), None)
    return Candidate((Piece(row, start, end),), 2.0, form)


def _money(row: Row, span: Span) -> Candidate:
    text = row.text[span.start : span.end]
    form = span.normalized or next(iter(amounts(text)), span).normalized
    return Candidate((Piece(row, span.start, span.end),), 2.0, form)
