"""Goods on till receipts, which have no table: text, perhaps a count, a price at the right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ocr.extraction.amounts import amounts, numbers
from ocr.extraction.reading import Candidate, Piece, Reading
from ocr.extraction.spans import Row, Span
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
_TIMES = re.compile(
    r"(?P<count>\d+(?:[.,]\d{1,3})?)\s?(?:[xX×@*]|pcs?|NOS|Stk)\s?[xX×@]?\s?(?:RM|\$|€|£|¥)?\s?(?P<price>\d+[.,]\d{2,4})"
)
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
    spans = [span for span in reading.amounts[row.number] if span.weight >= 0.9]
    times = _TIMES.search(row.text)
    if not spans or (times and spans[-1].start < times.end()):
        return None
    tail = row.text[spans[-1].end :].strip()
    return spans[-1] if len(tail) <= 3 else None


def _words(row: Row, price: Span | None) -> Piece | None:
    """The text of an item: what is left of a row without its count and its numbers."""
    end = price.start if price else len(row.text)
    times = _TIMES.search(row.text, 0, end)
    if times:
        end = min(end, times.start())
    first = _COUNT_FIRST.match(row.text, 0, end)
    start = first.end() if first else 0
    for span in reversed(list(amounts(row.text[start:end]))):
        behind = row.text[start + span.end : end]
        if any(char.isalpha() and char not in "xX" for char in behind):
            break
        if span.weight >= 0.9 or row.text[start + span.start - 1 : start + span.start] == "\t":
            end = start + span.start
    if sum(char.isalpha() for char in row.text[start:end]) < 3:
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
    near = [row, *_neighbours(rows, index, priced, above=text_first)]
    pieces = _name(row, near[1:], words, above=text_first)
    if pieces:
        cells["description"] = Candidate(pieces, 2.0)
    for other in (x for x in near if x is row or len(x.text) < LONG):
        if counted := _counted(other, priced.get(other.number)):
            return cells | counted
    return cells


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
    wrapped = [p for p in others[:2] if above and len(p.row.text) < LONG and _COUNT_FIRST.match(p.row.text)]
    return (*reversed(others[: others.index(wrapped[-1]) + 1] if wrapped else []), own)


def _counted(row: Row, price: Span | None) -> Cells:
    """Quantity and unit price as "2 x 5.50", or a leading count."""
    end = price.start if price else len(row.text)
    if match := _TIMES.search(row.text, 0, len(row.text) if not price else end):
        return {
            "quantity": _number(row, *match.span("count")),
            "unit_price": _money(row, Span(*match.span("price"), {})),
        }
    if match := _COUNT_FIRST.match(row.text, 0, end):
        return {"quantity": _number(row, *match.span("count"))}
    return {}


def _number(row: Row, start: int, end: int) -> Candidate:
    form = next((n.normalized for n in numbers(row.text[start:end])), None)
    return Candidate((Piece(row, start, end),), 2.0, form)


def _money(row: Row, span: Span) -> Candidate:
    text = row.text[span.start : span.end]
    form = span.normalized or next(iter(amounts(text)), span).normalized
    return Candidate((Piece(row, span.start, span.end),), 2.0, form)
