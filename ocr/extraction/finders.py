"""One finder for each thing that the templates know; shared by templates and own fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from ocr.extraction import codes, days, keyed, parties
from ocr.extraction.amounts import currencies, is_money
from ocr.extraction.guess import guess_of
from ocr.extraction.kinds import kind_of_reading
from ocr.extraction.lexicon import Label
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row, Span
from ocr.extraction.stores import find_store
from ocr.extraction.sums import find_sums


class Finders:
    """The finders of one page. What several of them need is found once."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    @cached_property
    def sums(self) -> dict[str, Candidate]:
        return find_sums(self.reading)

    @cached_property
    def store(self) -> dict[str, Candidate]:
        return find_store(self.reading) if self.reading.is_document else {}

    @cached_property
    def parties(self) -> dict[str, Candidate]:
        return parties.find_parties(self.reading) if self.reading.is_document else {}

    @cached_property
    def template_id(self) -> str:
        """What the page looks like: "invoice", "receipt" or ""."""
        return guess_of(self.reading)

    @cached_property
    def kind(self) -> str:
        """Which of all the templates fits the page, or ""."""
        return kind_of_reading(self.reading)

    def find(self, name: str) -> Candidate | None:
        """The best candidate for one of NAMES."""
        return _BY_NAME[name](self)

    def labelled(self, recognizer: keyed.Recognizer, *meanings: str) -> Candidate | None:
        """The best value of a shape beside the labels of any of the meanings."""
        labels = self.reading.labelled(*meanings)
        return keyed.best(keyed.beside_labels(self.reading, labels, recognizer))

    def first(self, recognizer: keyed.Recognizer, score: float = 0.8, *, part: float = 1.0) -> Candidate | None:
        """The first value of a sure shape in the upper part of the page."""
        for row in self.reading.rows[: int(len(self.reading.rows) * part) + 1]:
            for span in recognizer(row.text):
                if span.weight >= 1.0:
                    return Candidate((Piece(row, span.start, span.end),), score, _or_none(span))
        return None


def _or_none(span: Span) -> dict[str, str] | None:
    return span.normalized or None


def _time(found: Finders) -> Candidate | None:
    """The labelled time, else the one on the row of the date, else the first."""
    labelled = found.labelled(codes.times, "time")
    if labelled:
        return labelled
    day = days.find_date(found.reading, days.BOUGHT)
    if day:
        piece = day.pieces[0]
        for span in codes.times(piece.row.text):
            if span.start >= piece.end or span.end <= piece.start:
                return Candidate((Piece(piece.row, span.start, span.end),), 2.0)
    return found.first(codes.times)


def _payment(found: Finders) -> Candidate | None:
    """What follows "payment method", else the word on the row of the sum paid."""
    reading = found.reading
    for row, label in reading.labelled("payment_method"):
        if candidate := _means_after(reading, row, label) or keyed.text_beside(reading, row, label):
            return candidate
    for meaning, score in (("card", 1.5), ("tendered", 1.2)):
        for row, label in reading.labelled(meaning):
            if any(s.weight >= 0.9 and s.start >= label.end for s in reading.amounts[row.number]):
                return Candidate((Piece(row, label.start, label.end),), score)
    return None


def _means_after(reading: Reading, row: Row, label: Label) -> Candidate | None:
    """The cell after a label that begins with a kind of card or with cash: words that are labels elsewhere."""
    for other in reading.labels[row.number]:
        start, end = row.cell_at(other.start)
        if other.meaning in ("card", "tendered") and other.start >= label.end and other.start == start:
            piece = keyed.trimmed(row, start, end)
            return Candidate((piece,), keyed.label_trust(row, label)) if piece else None
    return None


def _currency(found: Finders) -> Candidate | None:
    """A labelled currency, else the one on the total's row, else the first on the page."""
    labelled = found.labelled(currencies, "currency")
    if labelled:
        return labelled
    total = found.sums.get("total")
    row = total.pieces[0].row if total else None
    for span in currencies(row.text) if row else ():
        if row:
            return Candidate((Piece(row, span.start, span.end),), 2.0, span.normalized)
    for other in found.reading.rows:
        spans = list(currencies(other.text))
        if spans and found.reading.amounts[other.number]:
            return Candidate((Piece(other, spans[0].start, spans[0].end),), 1.0, spans[0].normalized)
    return None


def _document_no(found: Finders, meaning: str) -> Candidate | None:
    """The labelled number; those higher on the page are preferred."""
    reading = found.reading
    labels = reading.labelled(meaning)
    candidates = keyed.beside_labels(reading, labels, codes.document_numbers)
    share = 1.2 / max(len(reading.rows), 1)
    sure = [c for c in candidates if c.score > (0.5 if len(c.text) > 3 else 1.9) and not is_money(c.text)]
    return keyed.best(replace(c, score=c.score - share * c.pieces[0].row.number) for c in sure)


_BY_NAME: dict[str, Callable[[Finders], Candidate | None]] = {
    "store_name": lambda f: f.store.get("name"),
    "store_address": lambda f: f.store.get("address"),
    "phone": lambda f: f.labelled(codes.phones, "phone", "mobile") or f.first(codes.phones, part=0.4),
    "fax": lambda f: f.labelled(codes.phones, "fax"),
    "mobile": lambda f: f.labelled(codes.phones, "mobile"),
    "email": lambda f: f.first(codes.emails, 2.0),
    "website": lambda f: f.first(codes.websites, 2.0),
    "date": lambda f: days.find_date(f.reading, days.BOUGHT),
    "time": _time,
    "receipt_no": lambda f: _document_no(f, "receipt_no"),
    "invoice_no": lambda f: _document_no(f, "invoice_no"),
    "invoice_date": lambda f: days.find_date(f.reading, days.ISSUED),
    "due_date": lambda f: days.find_date(f.reading, days.DUE),
    "delivery_date": lambda f: days.find_date(f.reading, days.DELIVERED),
    "subtotal": lambda f: f.sums.get("subtotal"),
    "tax": lambda f: f.sums.get("tax"),
    "total": lambda f: f.sums.get("total"),
    "payment_method": _payment,
    "currency": _currency,
    "vendor": lambda f: f.parties.get("vendor"),
    "vendor_address": lambda f: f.parties.get("vendor_address"),
    "recipient": lambda f: f.parties.get("recipient"),
    "recipient_address": lambda f: f.parties.get("recipient_address"),
    "tax_id": lambda f: f.labelled(codes.tax_ids, "tax_id") or f.first(codes.tax_ids, 1.0),
    "iban": lambda f: f.first(codes.ibans, 2.0),
}

NAMES = frozenset(_BY_NAME)
