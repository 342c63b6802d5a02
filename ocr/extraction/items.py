"""Line items: from a table with a header, else from the shape of a till receipt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from ocr.extraction.fields import Field
from ocr.extraction.headers import KINDS, find_header, item_labels
from ocr.extraction.own import column_key, column_kind, column_labels
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.sums import amount_of
from ocr.extraction.tables import Cells, read_rows
from ocr.extraction.tills import read_goods


def find_items(reading: Reading, sums: Collection[Candidate], *, is_receipt: bool) -> list[Cells]:
    """The rows of goods or services, each with the cells that were found.

    Args:
        reading: The page.
        sums: Its subtotal and total, of which items that add up to one are believed.
        is_receipt: Goods may stand without a table, as on till receipts.
    """
    header = find_header(reading, item_labels(reading))
    table = read_rows(reading, header) if header else []
    if table and not is_receipt:
        return table
    goods = read_goods(reading) if is_receipt or (sums and not header) else []
    if not is_receipt and not _are_sure(goods, sums):
        goods = []
    amounts = {amount_of(candidate) for candidate in sums}
    return max(goods, table, key=lambda items: _trust(items, amounts))


def find_table(
    reading: Reading, children: Sequence[Field], sums: Collection[Candidate], *, is_receipt: bool
) -> list[Cells]:
    """The rows of a caller's array, keyed by the names of its columns.

    A table whose header has the columns' words is read first; else the goods of an invoice
    or receipt are, for those columns that are among the usual ones.
    """
    keys = {child.name: column_key(child) for child in children}
    kinds = {column_key(child): column_kind(child) for child in children}
    header = find_header(reading, column_labels(reading, children), kinds)
    items = read_rows(reading, header) if header else []
    if not items and set(keys.values()) & set(KINDS):
        items = [_with_price(item) for item in find_items(reading, sums, is_receipt=is_receipt)]
    named = [{name: item[key] for name, key in keys.items() if key in item} for item in items]
    return [item for item in named if item]


def sum_of(items: Sequence[Cells]) -> Decimal:
    """What the amounts add up to."""
    return sum((amount_of(item["amount"]) for item in items if "amount" in item), Decimal(0))


def _are_sure(goods: Sequence[Cells], sums: Collection[Candidate]) -> bool:
    """On a letter, hours and telephone numbers look like goods: there they add up, or all name a currency.

    What was taken for goods and is the total itself, is none.
    """
    if any(item["amount"].pieces == candidate.pieces for item in goods for candidate in sums):
        return False
    adds_up = sum_of(goods) in {amount_of(candidate) for candidate in sums}
    return adds_up or all("currency" in (item["amount"].normalized or {}) for item in goods)


def _with_price(item: Cells) -> Cells:
    """An item whose only price serves callers who ask for "price"."""
    return {"unit_price": item["amount"], **item} if "amount" in item else item


def _trust(items: Sequence[Cells], sums: Collection[Decimal]) -> float:
    """Points for items with a description, an amount and more, and for adding up."""
    score = 0.0
    for item in items:
        score += 1.0 if {"description", "amount"} <= item.keys() else 0.2
        score += 0.2 * len(item.keys() & {"quantity", "unit_price"})
    return score + (2.0 + len(items) if items and sum_of(items) in sums else 0.0)
