"""Line items: from a table with a header, else from the shape of a till receipt."""

from __future__ import annotations

from decimal import Decimal

from ocr.extraction.reading import Reading
from ocr.extraction.sums import amount_of
from ocr.extraction.tables import Cells, find_header, item_labels, read_rows
from ocr.extraction.tills import read_goods


def find_items(reading: Reading, *, is_receipt: bool) -> list[Cells]:
    """The rows of goods or services, each with the cells that were found."""
    header = find_header(reading, item_labels(reading))
    table = read_rows(reading, header) if header else []
    if not is_receipt and table:
        return table
    goods = read_goods(reading)
    if not is_receipt and header:
        return []
    return table if _fullness(table) > _fullness(goods) else goods


def sum_of(items: list[Cells]) -> Decimal:
    """What the amounts add up to."""
    return sum((amount_of(item["amount"]) for item in items if "amount" in item), Decimal(0))


def _fullness(items: list[Cells]) -> float:
    """Items with a description and an amount; others count a little."""
    return sum(1.0 if {"description", "amount"} <= item.keys() else 0.2 for item in items)
