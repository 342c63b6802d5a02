import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.extraction import checksums
from ocr.extraction.codes import account_numbers, ibans


@pytest.mark.parametrize(
    ("text", "digit"),
    [("L898902C3", "6"), ("740812", "2"), ("120415", "9"), ("ZE184226B<<<<<", "1"), ("D23145890", "7")],
)
def test_the_digits_of_the_standards_specimen_are_right(text, digit):
    assert checksums.mrz_digit(text) == digit


VALID = (
    "DE136695976", "GB 980 7806 84", "FR83 404 833 048", "NL004495445B01", "BE 0428.759.497", "IT00743110157",
    "CHE-123.456.788", "27AAPFU0939F1ZV", "T7000012050002",
)  # fmt: skip


@pytest.mark.parametrize("text", VALID)
def test_a_tax_id_with_the_right_digits_passes_and_with_others_fails(text):
    last = max(index for index, char in enumerate(text[:11] if "B0" in text else text) if char.isdigit())
    changed = text[:last] + str((int(text[last]) + 1) % 10) + text[last + 1 :]

    assert not checksums.tax_id_fails(text)
    assert checksums.tax_id_fails(changed)


@pytest.mark.parametrize("text", ["", "12345", "DE12", "XX123456789", "Invoice", "一二三"])
def test_what_has_no_known_form_never_fails(text):
    assert not checksums.tax_id_fails(text)


@pytest.mark.parametrize(
    "text", ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606"]
)
def test_an_iban_is_known_by_its_digits(text):
    assert checksums.is_iban(text)
    assert not checksums.is_iban(text[:-1] + ("7" if text[-1] != "7" else "8"))


def test_an_iban_ends_where_its_digits_fit():
    text = "IBAN: DE89 3704 0044 0532 0130 00 BIC COBADEFF"

    (span,) = ibans(text)

    assert text[span.start : span.end] == "DE89 3704 0044 0532 0130 00"
    assert next(text[s.start : s.end] for s in account_numbers(text)) == "DE89 3704 0044 0532 0130 00"


def test_numbers_of_people_are_known_by_their_digits():
    assert checksums.is_my_number("1234 5678 9018") and not checksums.is_my_number("1234 5678 9019")
    assert checksums.is_chinese_id("11010519491231002X") and not checksums.is_chinese_id("110105194912310021")
    assert sum(checksums.is_korean_resident_no(f"000101-300000{digit}") for digit in range(10)) == 1


@given(st.text(max_size=30))
def test_no_text_breaks_a_check(text):
    for check in (
        checksums.tax_id_fails, checksums.is_iban, checksums.is_my_number, checksums.is_chinese_id,
        checksums.is_korean_resident_no, checksums.mrz_digit,
    ):  # fmt: skip
        check(text)
