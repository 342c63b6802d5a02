"""Sender and recipient of an invoice."""

from ocr.extraction.header import find_store
from ocr.extraction.reading import Candidate, Reading


def find_parties(reading: Reading) -> dict[str, Candidate]:
    """`vendor`, `vendor_address` and `recipient`, those that there are."""
    store = find_store(reading)
    names = {"vendor": "name", "vendor_address": "address"}
    return {party: store[key] for party, key in names.items() if key in store}
