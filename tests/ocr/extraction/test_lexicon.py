import pytest

from ocr.extraction.layout import rows_of
from ocr.extraction.lexicon import find_labels, lexicon
from tests.ocr.extraction.pages import page


def meanings(text):
    (row,) = rows_of(page(text))
    return {(label.meaning, row.text[label.start : label.end]) for label in find_labels(row, lexicon())}


@pytest.mark.parametrize(
    ("text", "meaning", "words"),
    [
        ("T0TAL 28.00", "total", "T0TAL"),
        ("TOTAL(RM)28.00", "total", "TOTAL(RM"),
        ("lnvoice No: 1234", "invoice_no", "lnvoice No"),
        ("Rechnungs-Nr.: 123", "invoice_no", "Rechnungs-Nr"),
        ("Invoce number 123", "invoice_no", "Invoce number"),
        ("TOTALSALES(INCLUSIVEGST)RM 14.38", "total", "TOTALSALES(INCLUSIVEGST)RM"),
        ("合計金額 ¥84,263", "total", "合計金額"),
        ("请款 总计 100", "total", "总计"),
        ("합계금액 1,000", "total", "합계금액"),
        ("Échéance 01/02/2020", "due_date", "Échéance"),
        ("Fecha de vencimiento 01/02/2020", "due_date", "Fecha de vencimiento"),
        ("統一編號 12345678", "tax_id", "統一編號"),
    ],
)
def test_a_label_is_found_in_its_language_and_in_spite_of_misreadings(text, meaning, words):
    assert any(m == meaning and words.startswith(w[:4]) for m, w in meanings(text))


def test_a_longer_label_hides_the_shorter_one_inside_it():
    assert {meaning for meaning, _ in meanings("TOTAL QUANTITY 3")} == {"count"}


def test_a_label_does_not_reach_over_a_colon_or_a_gap():
    assert ("recipient", "FACTURE: A") not in meanings("FACTURE: ABC12345")
    assert all("Bedrag" not in words or words == "Bedrag" for _, words in meanings("B.T.W    Bedrag"))


def test_the_beginning_of_another_word_is_no_label():
    assert not {m for m, _ in meanings("Paradise")} & {"recipient", "subtotal"}


@pytest.mark.parametrize("text", ["消費\u7a05", "消費\u7a0e"])
def test_a_character_in_the_form_of_another_country_is_the_same_label(text):
    assert ("tax", text) in meanings(f"{text}   50")
