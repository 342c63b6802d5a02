"""The extractor without a language model: fields from words and boxes."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.extraction.fields import Extraction, Field, Rows, Value
from ocr.extraction.finders import NAMES, Finders
from ocr.extraction.items import find_items
from ocr.extraction.reading import Reading
from ocr.types import Page

# Names of template fields whose finder is called differently.
_ALIASES = {
    "receipt": {"store_phone": "phone", "transaction_date": "date", "transaction_time": "time"},
    "invoice": {"vendor_tax_id": "tax_id"},
}


def extract(page: Page, fields: Sequence[Field], template_id: str = "") -> Extraction:
    """Find each of `fields` on `page`; what is not there is empty, nothing is invented."""
    finders = Finders(Reading(page))
    values: dict[str, Value | Rows] = {}
    for field in fields:
        values[field.name] = _found(finders, field, template_id)
    return Extraction(values)


def _found(finders: Finders, field: Field, template_id: str) -> Value | Rows:
    if field.type == "array":
        return _rows(finders, field, template_id)
    name = _ALIASES.get(template_id, {}).get(field.name, field.name)
    candidate = finders.find(name) if name in NAMES else None
    return candidate.value() if candidate else Value.empty()


def _rows(finders: Finders, field: Field, template_id: str) -> Rows:
    items = find_items(finders.reading, is_receipt=template_id == "receipt")
    names = [child.name for child in field.children]
    return Rows(
        tuple(
            {n: item[n].value() if n in item else Value.empty() for n in names} for item in items
        )
    )
