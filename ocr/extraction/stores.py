"""The head of a receipt: the shop's name and its address."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.extraction.places import (
    address_score,
    continues_name,
    is_complete_name,
    name_range,
    name_score,
    opens_address,
)
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row

HEAD_ROWS = 18  # How far down the head of a receipt may reach.
_BODY = {"quantity", "unit_price", "subtotal", "total", "total_due", "tendered"}


def find_store(reading: Reading) -> dict[str, Candidate]:
    """`name` and `address` of the shop, those that there are."""
    head = _head(reading)
    address = _address(reading, head)
    name = _name(reading, head, address)
    return {key: c for key, c in (("name", name), ("address", address)) if c}


def _head(reading: Reading) -> Sequence[Row]:
    """The rows above the goods."""
    for row in reading.rows[:HEAD_ROWS]:
        meanings = reading.meanings(row.number)
        if (row.number > 2 and len(meanings & _BODY) >= 2) or meanings & {"subtotal", "total_due"}:
            return reading.rows[: row.number]
    return reading.rows[:HEAD_ROWS]


def _address(reading: Reading, head: Sequence[Row]) -> Candidate | None:
    """The run of rows with the highest sum of points; earlier runs are preferred."""
    scores = [_row_score(row) for row in head]
    best: tuple[float, int, int] = (0.9, 0, 0)
    body = _body_start(reading, head)
    for start in range(len(scores)):
        total = -0.15 * start - (2.5 if start > body else 0.0)
        total -= 1.0 if _leads_in(head, start) else 0.0
        for end in range(start, min(start + 7, len(scores))):
            total += scores[end]
            if scores[end] <= -2.0:
                break
            if total > best[0] and scores[end] > 0:
                best = total, start, end + 1
    score, start, end = best
    if start == end:
        return None
    return Candidate(tuple(_whole(row) for row in head[start:end]), score)


def _body_start(reading: Reading, head: Sequence[Row]) -> int:
    """The first row with a date or the number of the receipt; addresses below are others'."""
    for row in head:
        named = any(
            label.meaning in {"receipt_no", "recipient"} and label.length > 3 for label in reading.labels[row.number]
        )
        if row.number > 2 and (named or reading.dates[row.number]):
            return row.number
    return len(head)


def _leads_in(head: Sequence[Row], start: int) -> bool:
    """The row has no number, and the next one begins with the number of a house."""
    if start + 1 >= len(head) or any(char.isdigit() for char in head[start].text):
        return False
    return opens_address(head[start + 1].text)


def _row_score(row: Row) -> float:
    return address_score(row.text.replace("\t", " "))


def _name(reading: Reading, head: Sequence[Row], address: Candidate | None) -> Candidate | None:
    """The likeliest row above the address, with the rows it runs over."""
    taken = {piece.row.number for piece in address.pieces} if address else set()
    last = min(taken) if taken else len(head)
    rows = [row for row in head if row.number not in taken]
    scored = [(_name_score(reading, row, last), row) for row in rows]
    if not scored:
        return None
    score, row = max(scored, key=lambda pair: pair[0])
    if score < -0.5:
        return None
    return Candidate(_name_pieces(reading, row, taken), score + 1.0)


def _name_score(reading: Reading, row: Row, address_start: int) -> float:
    score = name_score(row.text)
    score += 0.5 * min(row.height / reading.height - 1.0, 1.5)
    score -= 0.22 * row.number
    score -= 2.0 if row.number > address_start else 0.0
    score -= 1.0 if any(label.whole for label in reading.labels[row.number]) else 0.0
    return score - (0.5 if len(row.text) > 50 else 0.0)


def _name_pieces(reading: Reading, row: Row, taken: set[int]) -> tuple[Piece, ...]:
    """The row without its registration number, and its neighbours where the name runs on."""
    first = last = row.number
    rows = reading.rows
    while first > 0 and _runs_on(rows[first - 1], rows[first]):
        first -= 1
    while last + 1 < len(rows) and last + 1 not in taken and _runs_on(rows[last], rows[last + 1]):
        last += 1
    run = list(rows[first : last + 1])
    return tuple(_name_piece(reading, r) for r in run)


def _name_piece(reading: Reading, row: Row) -> Piece:
    """The row without labelled cells at its end and registration numbers."""
    cells = list(row.cells)
    starts = [label.start for label in reading.labels[row.number]]
    while len(cells) > 1 and any(cells[-1][0] <= start < cells[-1][1] for start in starts):
        cells.pop()
    start, end = name_range(row.text[: cells[-1][1]])
    return Piece(row, start, end)


def _runs_on(row: Row, following: Row) -> bool:
    """A name that begins on `row` continues on `following`."""
    if abs(row.height - following.height) > 0.45 * max(row.height, following.height):
        return False
    if name_score(row.text) < -0.4 or name_score(following.text) < -0.4:
        return False
    if row.text.count("(") > row.text.count(")") or row.text.rstrip().endswith("&"):
        return True
    return continues_name(following.text) and not is_complete_name(row.text)


def _whole(row: Row) -> Piece:
    return Piece(row, 0, len(row.text))
