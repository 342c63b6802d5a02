"""The extractor without a language model: fields from words and boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ocr.extraction.by_template import find_fields, notices_of
from ocr.extraction.fields import Extraction, Field, Rows, Value
from ocr.extraction.finders import Finders
from ocr.extraction.items import find_items, find_table
from ocr.extraction.notices import notices
from ocr.extraction.own import SUBJECTS, as_number, find_own
from ocr.extraction.papers import with_units
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.sums import amount_of
from ocr.extraction.tables import Cells
from ocr.extraction.templates import TEMPLATES
from ocr.types import Page


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
    singles = [field for field in fields if field.type != "array"]
    candidates = _candidates(finders, singles, known)
    arrays = {f.name: _items(finders, f, known) for f in fields if f.type == "array"}
    values: dict[str, Value | Rows] = {}
    for field in fields:
        if field.type == "array":
            values[field.name] = _rows(arrays[field.name], field)
        else:
            values[field.name] = _value(candidates.get(field.name))
    sums = [amount_of(c) for name, c in finders.sums.items() if name in ("subtotal", "total")]
    return Extraction(values, (*notices(values, sums), *notices_of(finders, known)))


def _candidates(finders: Finders, fields: Sequence[Field], template_id: str) -> dict[str, Candidate]:
    if not finders.reading.rows:
        return {}
    if template_id:
        return find_fields(finders, template_id, [field.name for field in fields])
    known = find_fields(finders, finders.kind, []) if finders.kind in SUBJECTS else {}
    found = {field.name: _own(finders, field, known) for field in fields}
    return {name: candidate for name, candidate in found.items() if candidate}


def _own(finders: Finders, field: Field, known: Mapping[str, Candidate]) -> Candidate | None:
    found = find_own(finders, field, finders.template_id, known)
    return as_number(found) if found and field.type == "number" else found


def _value(candidate: Candidate | None) -> Value:
    return candidate.value() if candidate else Value.empty()


def _items(finders: Finders, field: Field, template_id: str) -> list[Cells]:
    if not finders.reading.rows:
        return []
    sums = [finders.sums[name] for name in ("subtotal", "total") if name in finders.sums]
    is_receipt = (template_id or finders.template_id) == "receipt"
    if template_id == "delivery":
        return with_units(find_table(finders.reading, field.children, (), is_receipt=False))
    if template_id:
        return find_items(finders.reading, sums, is_receipt=is_receipt)
    return find_table(finders.reading, field.children, sums, is_receipt=is_receipt)


def _rows(items: Sequence[Cells], field: Field) -> Rows:
    names = [child.name for child in field.children]
    return Rows(tuple({name: _value(item.get(name)) for name in names} for item in items))
