"""Which template fits a page, and which fields to ask for when the caller leaves that to us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocr.extraction.amounts import amounts
from ocr.extraction.dates import dates
from ocr.extraction.extract import extract
from ocr.extraction.fields import Field, Rows, Value
from ocr.extraction.kinds import kind_of_reading
from ocr.extraction.reading import Reading
from ocr.extraction.templates import TEMPLATES
from ocr.types import Page

LEAST, MOST = 4, 8
_WEIGHTY = {"items", "total"}
_PAIR = re.compile(r"(?P<name>[^\W\d_][^:：\t]{1,40}?)\s?[:：]\s*(?P<value>[^\s:：].{0,120})")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Fields that a page seems to hold, and the template that they are from, or ""."""

    fields: tuple[Field, ...]
    template_id: str = ""


def kind_of(page: Page) -> str:
    """The template that fits a page, of all there are, or ""."""
    return kind_of_reading(Reading(page))


def propose(page: Page) -> Proposal | None:
    """4 to 8 fields of a page that looks like a document; None for prose, pictures and blank pages."""
    reading = Reading(page)
    if template := TEMPLATES.get(kind_of_reading(reading)):
        values = extract(page, template.fields, template.id).values
        found = [field for field in template.fields if _is_there(values[field.name])]
        if found:
            return Proposal(_chosen(template.fields, found), template.id)
    pairs = list(_pairs(reading))[:MOST]
    return Proposal(tuple(pairs)) if len(pairs) >= LEAST else None


def _chosen(fields: Sequence[Field], found: Sequence[Field]) -> tuple[Field, ...]:
    """The found fields, what is paid for what before others; filled up with others of the template."""
    ranked = sorted(found, key=lambda field: field.name not in _WEIGHTY)
    more = [field for field in fields if field not in found]
    wanted = [*ranked[:MOST], *more[: max(LEAST - len(found), 0)]]
    return tuple(field for field in fields if field in wanted)


def _is_there(value: Value | Rows) -> bool:
    return bool(value.text if isinstance(value, Value) else value.rows)


def _pairs(reading: Reading) -> Iterator[Field]:
    """Fields named after labels with a colon and a value behind it, each name once."""
    names: set[str] = set()
    for row in reading.rows:
        text = row.text.replace(":\t", ": ").replace("：\t", "： ")
        for match in _PAIR.finditer(text):
            name = "_".join(re.findall(r"\w+", match["name"].lower()))
            if name and name not in names and len(match["name"].split()) <= 5:
                names.add(name)
                yield Field(name, _type_of(match["value"], reading.order))


def _type_of(text: str, order: str) -> str:
    """The type of a printed value: one that fills it."""
    if any(span.weight >= 0.9 and span.end - span.start >= len(text.strip()) - 1 for span in dates(text, order)):
        return "date"
    spans = list(amounts(text))
    return "money" if spans and spans[0].weight >= 0.9 and len(text.split()) <= 2 else "string"
