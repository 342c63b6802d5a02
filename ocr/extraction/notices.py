"""What looks odd about the values found on a page: sums that do not add up, wrong check digits."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from ocr.extraction import checksums
from ocr.extraction.fields import Notice, Rows, Value
from ocr.extraction.sums import SLACK

Values = Mapping[str, Value | Rows]


def notices(values: Values, sums: Collection[Decimal] = ()) -> Iterator[Notice]:
    """The notices about values, whoever found them.

    Args:
        sums: Subtotal and total of the page, where they are known beside the values.
    """
    found = {name: amount for name, value in values.items() if (amount := _amount(value)) is not None}
    yield from _items(values, found, sums)
    names = ("subtotal", "tax", "total")
    if all(name in found for name in names):
        subtotal, tax, total = (found[name] for name in names)
        if abs(subtotal + tax - total) > SLACK and abs(subtotal - total) > SLACK:
            yield _mismatch(names, "Subtotal and tax do not give")
    for name, value in values.items():
        if isinstance(value, Value) and checksums.tax_id_fails(value.text):
            text = "The check digits do not fit: it was misread, or is no valid number."
            yield Notice("check_digit_mismatch", (name,), text)


def _items(values: Values, found: Mapping[str, Decimal], sums: Collection[Decimal]) -> Iterator[Notice]:
    """Items whose amounts are all known, and give neither the subtotal nor, tax included, the total."""
    target = "subtotal" if "subtotal" in found else "total"
    for name, value in values.items():
        amounts = [_amount(row.get("amount")) for row in value.rows] if isinstance(value, Rows) else []
        if not amounts or None in amounts or target not in found:
            continue
        whole = sum((amount for amount in amounts if amount is not None), Decimal(0))
        wanted = {*sums, *(found[one] for one in ("subtotal", "total") if one in found)}
        if all(abs(whole - one) > SLACK for one in wanted):
            yield _mismatch((name, target), "The items do not add up to")
        return


def _amount(value: Value | Rows | None) -> Decimal | None:
    form = value.normalized if isinstance(value, Value) else None
    return Decimal(form["amount"]) if form and "amount" in form else None


def _mismatch(fields: tuple[str, ...], text: str) -> Notice:
    return Notice("sum_mismatch", fields, f"{text} the {fields[-1]}; check these values.")
