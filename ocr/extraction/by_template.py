"""Which finder reads which template, and what it checks beside."""

from collections.abc import Callable
from functools import partial

from ocr.extraction import identity, papers, passports, people, registers
from ocr.extraction.fields import Notice
from ocr.extraction.finders import Finders
from ocr.extraction.reading import Candidate

_FINDS: dict[str, Callable[[Finders], dict[str, Candidate]]] = {
    "delivery": papers.find_delivery,
    "purchase_order": papers.find_order,
    "quote": papers.find_quote,
    "business_card": people.find_person,
    "passport": passports.find_passport,
    "bankbook": registers.find_bankbook,
    "india_electoral_roll_cover": registers.find_roll,
    **{
        name: partial(identity.find_holder, template_id=name)
        for name in ("driver_license", "resident_card", "residence_card", "my_number_card")
    },
}
# Fields of the two oldest templates whose finder has another name.
_SERVES = {
    "store_phone": "phone",
    "transaction_date": "date",
    "transaction_time": "time",
    "vendor_tax_id": "tax_id",
}


def find_fields(found: Finders, template_id: str, names: list[str]) -> dict[str, Candidate]:
    """The candidates for the fields of a built-in template, those that there are; none in a running text."""
    if not found.reading.rows or found.reading.is_prose:
        return {}
    if template_id in _FINDS:
        return _FINDS[template_id](found)
    pairs = [(name, found.find(_SERVES.get(name, name))) for name in names]
    return {name: candidate for name, candidate in pairs if candidate}


def notices_of(found: Finders, template_id: str) -> list[Notice]:
    """What looks odd about a page of a template, beside sums."""
    return passports.check_zone(found) if template_id == "passport" and found.reading.rows else []
