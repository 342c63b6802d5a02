"""Passports: the printed fields and the machine readable zone, each checking the other."""

from __future__ import annotations

from dataclasses import replace

from ocr.extraction.fields import Notice
from ocr.extraction.finders import Finders
from ocr.extraction.identity import Card, card_of, numbers, sexes
from ocr.extraction.mrz import PROVEN, Zone, find_zone, rows_of_zone
from ocr.extraction.reading import Candidate

_MEANINGS = {"type": "document_type", "country": "country", "surname": "surname", "given_names": "given_names",
             "nationality": "nationality"}  # fmt: skip


def find_passport(found: Finders) -> dict[str, Candidate]:
    """All fields of a passport, those that there are."""
    zone = find_zone(found.reading)
    printed = {name: c for name, c in _printed(card_of(found)).items() if not _is_in_zone(c, zone)}
    read = dict(zone.fields) if zone else {}
    names = [*printed, *(name for name in read if name not in printed)]
    return {name: _better(printed.get(name), read.get(name)) for name in names}


def check_zone(found: Finders) -> list[Notice]:
    """A notice when a check digit of the zone is wrong."""
    zone = find_zone(found.reading)
    if zone is None or not zone.failed:
        return []
    text = "A check digit of the machine readable zone does not fit; check these values."
    return [Notice("check_digit_mismatch", (*zone.failed, "mrz"), text)]


def _printed(card: Card) -> dict[str, Candidate]:
    finds = {
        **{name: card.text(meaning) for name, meaning in _MEANINGS.items()},
        "passport_no": card.shaped("document_no", numbers),
        "birth_date": card.day("birth_date"),
        "sex": card.shaped("sex", sexes),
        "issue_date": card.day("issue_date"),
        "expiry_date": card.day("expiry_date"),
    }
    return {name: candidate for name, candidate in finds.items() if candidate}


def _is_in_zone(candidate: Candidate, zone: Zone | None) -> bool:
    return candidate.pieces[0].row.number in set(rows_of_zone(zone))


def _better(printed: Candidate | None, read: Candidate | None) -> Candidate:
    """The printed value where both say the same; else the one that a check digit proves."""
    if printed is None or read is None:
        both = printed or read
        assert both is not None  # noqa: S101 - names come from either
        return both
    if _agree(printed, read):
        return replace(printed, score=max(printed.score, PROVEN))
    return read if read.score >= PROVEN else printed


def _agree(printed: Candidate, read: Candidate) -> bool:
    if printed.normalized and read.normalized:
        return printed.normalized == read.normalized
    first, second = ("".join(char for char in c.text.upper() if char.isalnum()) for c in (printed, read))
    return first == second or (len(second) <= 3 and first.startswith(second))
