"""Delivery notes, purchase orders and quotations: their parties, numbers and dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ocr.extraction import codes, keyed
from ocr.extraction.finders import Finders
from ocr.extraction.parties import find_parties
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Span
from ocr.extraction.tables import Cells

SUBJECT = "papers"
_UNIT = re.compile(r"\d\s?(?P<unit>[^\W\d_][^\W\d_.]{0,9}\.?)\s*$")


def find_delivery(found: Finders) -> dict[str, Candidate]:
    """The fields of a delivery note."""
    reading = found.reading.under(SUBJECT)
    parties = _parties(found, reading, "sender", "receiver")
    finds = {
        "sender": parties.get("vendor"),
        "recipient": parties.get("recipient"),
        "recipient_address": parties.get("recipient_address"),
        "delivery_no": _number(reading, "delivery_no"),
        "delivery_date": _day(found, reading, "delivery_date") or found.find("invoice_date"),
        "tracking_no": _number(reading, "tracking_no"),
    }
    return {name: candidate for name, candidate in finds.items() if candidate}


def find_order(found: Finders) -> dict[str, Candidate]:
    """The fields of a purchase order. Its sender is the buyer, and it is written to the supplier."""
    reading = found.reading.under(SUBJECT)
    parties = _parties(found, reading, "buyer", "supplier")
    delivery = _day(found, reading, "delivery_date")
    finds = {
        "buyer": parties.get("vendor"),
        "supplier": parties.get("recipient"),
        "po_no": _number(reading, "po_no"),
        "order_date": _day(found, reading, "order_date", but=delivery) or found.find("invoice_date"),
        "delivery_date": delivery,
        "total": found.sums.get("total"),
    }
    return {name: candidate for name, candidate in finds.items() if candidate}


def find_quote(found: Finders) -> dict[str, Candidate]:
    """The fields of a quotation."""
    reading = found.reading.under(SUBJECT)
    valid = _day(found, reading, "valid_until")
    finds = {
        "vendor": found.parties.get("vendor"),
        "recipient": found.parties.get("recipient"),
        "quote_no": _number(reading, "quote_no"),
        "quote_date": _day(found, reading, "quote_date", but=valid) or found.find("invoice_date"),
        "valid_until": valid,
        "total": found.sums.get("total"),
    }
    return {name: candidate for name, candidate in finds.items() if candidate}


def with_units(items: Sequence[Cells]) -> list[Cells]:
    """Items whose unit stands behind the quantity, as in "12 pcs", get it as a cell of its own."""
    return [item if "unit" in item else {**item, **_unit(item.get("quantity"))} for item in items]


def _parties(found: Finders, reading: Reading, sender: str, receiver: str) -> dict[str, Candidate]:
    """Sender and receiver as `vendor` and `recipient`; none in prose."""
    labels = (*reading.labels, *found.reading.under("titles").labels)
    has_labels = any(label.exact and label.is_apart for row in labels for label in row)
    if not (has_labels or found.reading.is_document):
        return {}
    return find_parties(found.reading, reading.labelled(sender), reading.labelled(receiver))


def _unit(quantity: Candidate | None) -> Cells:
    if quantity is None:
        return {}
    piece = quantity.pieces[0]
    start, end = piece.row.cell_at(piece.start)
    match = _UNIT.search(piece.row.text, piece.end - 1, end)
    if not match or start != piece.start:
        return {}
    return {"unit": Candidate((Piece(piece.row, *match.span("unit")),), 2.0)}


def _number(reading: Reading, meaning: str) -> Candidate | None:
    """The number beside the best label of a meaning; higher on the page is better."""
    candidates = keyed.beside_labels(reading, reading.labelled(meaning), codes.document_numbers)
    share = 1.2 / max(len(reading.rows), 1)
    sure = [c for c in candidates if c.score > (0.5 if len(c.text) > 3 else 1.9)]
    return keyed.best(replace(c, score=c.score - share * c.pieces[0].row.number) for c in sure)


def _day(found: Finders, reading: Reading, meaning: str, *, but: Candidate | None = None) -> Candidate | None:
    """The date beside the best label of a meaning, other than the one that is taken already."""

    def dates(text: str) -> Sequence[Span]:
        return [s for row in found.reading.rows if row.text == text for s in found.reading.dates[row.number]]

    candidates = keyed.beside_labels(reading, reading.labelled(meaning), dates)
    taken = but.pieces if but else ()
    return keyed.best(candidate for candidate in candidates if candidate.pieces != taken)
