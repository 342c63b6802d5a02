"""Rows of goods on invoices whose tables are less simple than one line each."""

from ocr.extraction.extract import extract
from ocr.extraction.templates import INVOICE
from tests.ocr.extraction.pages import page


def items(*rows):
    found = extract(page(*rows, size=(900, 1200), fragments=True), INVOICE.fields, "invoice").values["items"].rows
    return [{name: cell.text for name, cell in row.items() if cell.text} for row in found]


def names(*rows):
    return [row.get("description", "") for row in items(*rows)]


def test_names_stand_under_the_label_in_the_second_row_of_the_header():
    found = names(
        "GTIN            Artikelnummer        Menge    Nettopreis     Betrag",
        "Ihre Nr.        Artikelbezeichnung",
        "4123456000014   ZS997                100      1,00           100,00",
        "                Zitronensaft",
        "4123456000021   GZ250                 50      1,45            72,50",
        "                Kristallzucker",
    )

    assert found == ["Zitronensaft", "Kristallzucker"]


def test_a_name_begins_left_of_a_label_that_stands_in_the_middle_of_its_column():
    found = names(
        "Reference",
        "",
        "         Description            Qty   Price     Amount",
        "Wood pallet (raw)               1     100.00    100.00",
        "Steel rods                      2      25.00     50.00",
    )

    assert found == ["Wood pallet (raw)", "Steel rods"]


def test_a_row_under_a_name_that_was_not_full_is_no_part_of_it():
    found = names(
        "Description                         Qty   Price     Amount",
        "Massage                             10    26.00     260.00",
        "Ten dates as prescribed in May",
        "Visit at home                       10    12.00     120.00",
    )

    assert found == ["Massage", "Visit at home"]


def test_a_row_under_a_full_name_or_with_a_small_letter_goes_on_with_it():
    found = names(
        "Description                         Qty   Price     Amount",
        "Lectures on the history of          10    26.00     260.00",
        "Lisbon",
        "Paper                                1     4.00       4.00",
        "white, ruled",
    )

    assert found == ["Lectures on the history of Lisbon", "Paper white, ruled"]


def test_a_name_that_begins_above_the_first_numbers_is_whole():
    found = names(
        "Description                         Qty   Price     Amount",
        "Posters, banners",
        "and wristbands                      10    26.00     260.00",
    )

    assert found == ["Posters, banners and wristbands"]


def test_a_number_with_a_unit_of_goods_is_no_price():
    found = items(
        "Description          Qty          Price      Amount",
        "Mixed pallet         2            29.10       58.20",
        "Yoghurt 20 x 150g    20.00 pcs",
        "Lemonade             3 pcs         1.00        3.00",
    )

    assert [row.get("unit_price") for row in found] == ["29.10", "1.00"]


def test_a_sentence_that_begins_with_a_number_counts_nothing():
    found = items(
        "Insurance invoice",
        "5 million EUR for each case of damage and at most ten in a year",
        "Liability                                    80,00 €",
        "Comprehensive                               140,00 €",
        "Total                                       220,00 €",
    )

    assert found == [
        {"description": "Liability", "amount": "80,00 €"},
        {"description": "Comprehensive", "amount": "140,00 €"},
    ]


def test_a_price_on_a_row_beside_the_amount_is_the_one_that_gives_it():
    rows = items(
        "Description              Unit price (EUR)     Quantity     Amount",
        "Support, by the hour     (Gross: 65,00)",
        "                         (Less: 5,00)         2,00",
        "                         (Net): 60,00                      120,00",
        "",
        "Paper, by the box        (Net): 30,00         3,00         90,00",
        "Total                                                      210,00",
    )

    assert [(row["unit_price"], row["quantity"], row["amount"]) for row in rows] == [
        ("60,00", "2,00", "120,00"),
        ("30,00", "3,00", "90,00"),
    ]


def test_numbers_around_an_item_that_do_not_give_its_amount_are_none_of_its_own():
    (row,) = items(
        "Description              Unit price     Quantity     Amount",
        "Support                                              120,00",
        "                         65,00",
        "                                        3,00",
        "Total                                                120,00",
    )

    assert row == {"description": "Support", "amount": "120,00"}
