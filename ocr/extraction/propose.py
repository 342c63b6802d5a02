"""Which template fits a page, and which fields to ask for when the caller leaves that to us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocr.extraction import codes
from ocr.extraction.amounts import amounts
from ocr.extraction.dates import dates
from ocr.extraction.extract import extract
from ocr.extraction.fields import Field, Rows, Value
from ocr.extraction.guess import guess_of
from ocr.extraction.lexicon import Label
from ocr.extraction.mrz import find_zone
from ocr.extraction.reading import Reading
from ocr.extraction.spans import Row
from ocr.extraction.templates import TEMPLATES
from ocr.types import Page

LEAST, MOST = 4, 8
_CARD_ROWS = 16
_WEIGHTY = {"items", "total"}
_TRADE = {"delivery", "purchase_order", "quote"}
_PAIR = re.compile(r"(?P<name>[^\W\d_][^:：\t]{1,40}?)\s?[:：]\s*(?P<value>[^\s:：].{0,120})")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Fields that a page seems to hold, and the template that they are from, or ""."""

    fields: tuple[Field, ...]
    template_id: str = ""


def kind_of(page: Page) -> str:
    """The template that fits a page, of all there are, or ""."""
    return _kind(Reading(page))


def propose(page: Page) -> Proposal | None:
    """4 to 8 fields of a page that looks like a document; None for prose, pictures and blank pages."""
    reading = Reading(page)
    if template := TEMPLATES.get(_kind(reading)):
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


def _kind(reading: Reading) -> str:
    """By a machine readable zone, by the title, by the labels of money documents, by what cards have."""
    zone = find_zone(reading)
    if zone and zone.lines[0].text[0] == "P":
        return "passport"
    return _titled(reading) or guess_of(reading) or ("business_card" if _is_business_card(reading) else "")


def _titled(reading: Reading) -> str:
    """The first title in the upper half that fills its cell, but for a number beside it; larger ones win."""
    titles = reading.under("titles")
    best: tuple[float, str] = (0.0, "")
    for row in reading.rows[: len(reading.rows) // 2 + 1]:
        for label in titles.labels[row.number]:
            start, end = row.cell_at(label.start)
            stands_first = not row.text[start : label.start].strip()
            if not stands_first or label.colon or len(row.text[label.end : end].strip()) > 12:
                continue
            if label.meaning in _TRADE and _is_invoice(reading, row, label):
                continue
            size = row.height / reading.height + (0.5 if label.whole else 0.0) - 0.02 * row.number
            best = max(best, (size, label.meaning))
    return best[1]


def _is_invoice(reading: Reading, row: Row, title: Label) -> bool:
    """Another title or number says invoice: it only names the order or delivery that it is for."""
    others = reading.labelled("title", "invoice_no")
    leading = [
        (x, other) for other, x in others if x.is_apart and x.length > 2 and other.cell_at(x.start)[0] == x.start
    ]
    return any(other is not row or x.start != title.start for x, other in leading)


def _is_business_card(reading: Reading) -> bool:
    """Few rows, with two ways to reach somebody, and no amounts."""
    text = "\n".join(row.text for row in reading.rows)
    if not 0 < len(reading.rows) <= _CARD_ROWS or any(s.weight >= 0.9 for spans in reading.amounts for s in spans):
        return False
    has_web = any(True for _ in codes.websites(text))
    has_mail = any(True for _ in codes.emails(text))
    phones = sum(1 for row in reading.rows for _ in codes.phones(row.text))
    return has_mail + has_web + min(phones, 2) >= 2


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
