"""The extractor without a language model: fields from words and boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from ocr.extraction.fields import Extraction, Field, Notice, Rows, Value
from ocr.extraction.finders import NAMES, Finders
from ocr.extraction.items import find_items, find_table, sum_of
from ocr.extraction.own import as_number, find_own
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.sums import SLACK, amount_of
from ocr.extraction.tables import Cells
from ocr.extraction.templates import TEMPLATES
from ocr.types import Page

# Which finder serves a field of a template, where the names differ.
_SERVES = {
    "store_phone": "phone",
    "transaction_date": "date",
    "transaction_time": "time",
    "vendor_tax_id": "tax_id",
}


def extract(page: Page, fields: Sequence[Field], template_id: str = "") -> Extraction:
    """Find each of `fields` on `page`; what is not there is empty, nothing is invented.

    Args:
        page: What an engine read.
        fields: What to look for; the template's own fields, or the caller's.
        template_id: A key of TEMPLATES when the fields are that template's, else "".

    Returns:
        A value for every field, in their order. Texts are verbatim and taken from words.
    """
    finders = Finders(Reading(page))
    known = template_id if template_id in TEMPLATES else ""
    candidates = {f.name: _candidate(finders, f, known) for f in fields if f.type != "array"}
    arrays = {f.name: _items(finders, f, known) for f in fields if f.type == "array"}
    values: dict[str, Value | Rows] = {}
    for field in fields:
        if field.type == "array":
            values[field.name] = _rows(arrays[field.name], field)
        else:
            values[field.name] = _value(candidates[field.name])
    return Extraction(values, _notices(fields, candidates, arrays))


def _candidate(finders: Finders, field: Field, template_id: str) -> Candidate | None:
    if not finders.reading.rows:
        return None
    name = _SERVES.get(field.name, field.name)
    if template_id and name in NAMES:
        return finders.find(name)
    found = find_own(finders, field, finders.template_id)
    return as_number(found) if found and field.type == "number" else found


def _value(candidate: Candidate | None) -> Value:
    return candidate.value() if candidate else Value.empty()


def _items(finders: Finders, field: Field, template_id: str) -> list[Cells]:
    if not finders.reading.rows:
        return []
    sums = {amount_of(finders.sums[name]) for name in ("subtotal", "total") if name in finders.sums}
    is_receipt = (template_id or finders.template_id) == "receipt"
    if template_id:
        return find_items(finders.reading, sums, is_receipt=is_receipt)
    return find_table(finders.reading, field.children, sums, is_receipt=is_receipt)


def _rows(items: Sequence[Cells], field: Field) -> Rows:
    names = [child.name for child in field.children]
    return Rows(tuple({name: _value(item.get(name)) for name in names} for item in items))


def _notices(
    fields: Sequence[Field],
    candidates: Mapping[str, Candidate | None],
    arrays: Mapping[str, Sequence[Cells]],
) -> tuple[Notice, ...]:
    """Sums that do not add up, where all their parts were found."""
    found = {name: amount_of(c) for name, c in candidates.items() if c and _is_money(c)}
    notices = []
    whole = found.get("subtotal", found.get("total"))
    goods = [items for items in arrays.values() if items and all("amount" in i for i in items)]
    if goods and whole is not None and not _adds_up(sum_of(goods[0]), found):
        name = next(name for name, items in arrays.items() if items is goods[0])
        target = "subtotal" if "subtotal" in found else "total"
        notices.append(_mismatch((name, target), "The items do not add up to"))
    names = ("subtotal", "tax", "total")
    if all(name in found for name in names):
        subtotal, tax, total = (found[name] for name in names)
        if abs(subtotal + tax - total) > SLACK and abs(subtotal - total) > SLACK:
            notices.append(_mismatch(names, "Subtotal and tax do not give"))
    return tuple(notices)


def _adds_up(amount: Decimal, found: Mapping[str, Decimal]) -> bool:
    """Items add up to the subtotal, or with tax included to the total."""
    return any(abs(amount - found[name]) <= SLACK for name in ("subtotal", "total") if name in found)


def _is_money(candidate: Candidate) -> bool:
    return "amount" in (candidate.normalized or {})


def _mismatch(fields: tuple[str, ...], text: str) -> Notice:
    return Notice("sum_mismatch", fields, f"{text} the {fields[-1]}; check these values.")
