"""Cells: keys whose plain order is the order of numbers, dates and texts."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr import cells

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40, places=6)
COLUMNS = [
    {"name": "total", "type": "money"},
    {"name": "day", "type": "date"},
    {"name": "items", "type": "array", "children": [{"name": "amount", "type": "money"}]},
]


@given(NUMBERS, NUMBERS)
def test_keys_of_numbers_compare_as_the_numbers_do(one, other):
    first, second = (cells.number_key(format(number, "f")) for number in (one, other))

    assert (first < second, first == second) == (one < other, one == other)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("84,263", "84263"),
        ("¥84,263", "84263"),
        ("84,263円", "84263"),
        ("￥８４，２６３", "84263"),
        ("-$1,234.50", "-1234.5"),
        ("$-1,234.50", "-1234.5"),
        ("− 7", "-7"),
        ("007", "7"),
        ("5.", "5"),
        (".5", "0.5"),
        ("-0.00", "0"),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_a_text_is_a_number_once_commas_and_currency_signs_are_stripped(text, number):
    assert cells.number_key(text) == cells.number_key(format(Decimal(number), "f")) is not None


@pytest.mark.parametrize("text", ["", " ", "abc", "1e5", "1.2.3", "--1", "1 2", "10%", "٣", "0x10", "NaN", "1" * 61])
def test_other_texts_are_no_numbers(text):
    assert cells.number_key(text) is None


def test_what_extraction_understood_goes_before_our_own_reading():
    values = {
        "total": {"value": "1.234,50 €", "normalized": {"amount": "1234.50", "currency": "EUR"}},
        "day": {"value": "20 Nov 2026", "normalized": {"date": "2026-11-20"}},
        "items": {"value": [{"amount": {"value": "3 Stück"}}]},
    }

    assert cells.encode("Rechnung.PDF", values, COLUMNS) == {
        "keys": ["3Rechnung.PDF", cells.number_key("1234.5"), "22026-11-20", "3"],
        "texts": [None, "1.234,50 €", "20 Nov 2026", None],
        "folds": ["rechnung.pdf", None, "20 nov 2026", None],
        "lines": {"3": [[["33 Stück"], [None], ["3 stück"]]]},
        "unsure_values": 3,
    }


@pytest.mark.parametrize(
    ("cell", "is_unsure"),
    [
        ({"value": "12.00", "confidence": 0.85, "match_ratio": 1.0}, False),
        ({"value": "12.00", "confidence": 0.84, "match_ratio": 1.0}, True),
        ({"value": "12.00", "confidence": 0.99, "match_ratio": 0.5}, True),
        ({"value": "12.00", "confidence": 0.1, "match_ratio": 1.0, "corrected_at": 1}, False),
        ({"value": "", "confidence": 0.0, "match_ratio": 0.0}, False),
        (None, False),
    ],
)
def test_a_value_is_looked_at_until_it_is_sure_or_somebody_has(cell, is_unsure):
    assert cells.is_unsure(cell) is is_unsure
    assert cells.encode("a", {"total": cell}, COLUMNS)["unsure_values"] == is_unsure


@given(st.text())
def test_the_text_of_a_cell_is_what_was_put_in(text):
    encoded = cells.encode("name", {"total": {"value": text}}, COLUMNS)

    assert cells.text_of((encoded["keys"], encoded["texts"]), 1) == text


@given(st.text(st.characters(codec=None)))
def test_what_is_storable_has_no_nul_and_no_half_characters(text):
    clean = cells.storable({text: [text, 1, None]})

    for stored in (*clean, clean[next(iter(clean))][0]):
        stored.encode()
        assert "\0" not in stored


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_what_a_database_takes_is_left_alone(text):
    assert cells.storable(text) == text


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31)))
def test_a_date_has_one_key_in_every_way_to_write_it(day):
    written = (day.isoformat(), day.strftime("%d.%m.%Y"), day.strftime("%d %B %Y"), day.strftime("%Y年%m月%d日"))

    assert {cells.date_key(text) for text in written} == {"2" + day.isoformat()}
