from ocr.extraction.extract import extract
from ocr.extraction.propose import kind_of
from ocr.extraction.templates import INVOICE
from tests.ocr.extraction.pages import page

ROWS = (
    "Nordwind GmbH                            Rechnung",
    "",
    "Nordwind GmbH · Hafenstr. 5 · 20095 Hamburg",
    "Beispiel AG                  Rechnungsnummer: RE-2024/0815",
    "Ringweg 12                   Rechnungsdatum: 03.06.2024",
    "80331 München                Fällig am: 17.06.2024",
    "",
    "Pos  Bezeichnung            Menge   Einzelpreis       Betrag",
    "1    Beratung                  2        160,00       320,00",
    "2    Schulung vor Ort          1        500,00       500,00",
    "     mit Unterlagen",
    "Summe netto                                          820,00",
    "zzgl. 19% MwSt                                       155,80",
    "Gesamtbetrag                                       975,80 €",
    "USt-IdNr.: DE123456789    IBAN: DE02 1203 0000 0000 2020 51",
)


def read(*rows, **options):
    return extract(page(*rows, size=(827, 1169), **options), INVOICE.fields, "invoice").values


def test_the_fields_of_an_invoice_are_found():
    values = read(*ROWS, fragments=True)

    texts = {name: value.text for name, value in values.items() if name != "items"}
    assert texts == {
        "vendor": "Nordwind GmbH",
        "vendor_address": "Hafenstr. 5 · 20095 Hamburg",
        "vendor_tax_id": "DE123456789",
        "recipient": "Beispiel AG",
        "invoice_no": "RE-2024/0815",
        "invoice_date": "03.06.2024",
        "due_date": "17.06.2024",
        "currency": "€",
        "subtotal": "820,00",
        "tax": "155,80",
        "total": "975,80 €",
    }


def test_line_items_are_read_with_wrapped_descriptions():
    items = read(*ROWS, fragments=True)["items"]

    assert [{name: cell.text for name, cell in row.items()} for row in items.rows] == [
        {"description": "Beratung", "quantity": "2", "unit_price": "160,00", "amount": "320,00"},
        {
            "description": "Schulung vor Ort mit Unterlagen",
            "quantity": "1",
            "unit_price": "500,00",
            "amount": "500,00",
        },
    ]


def test_an_empty_cell_stays_empty():
    rows = [row.replace("2        160,00       320,00", "                      320,00") for row in ROWS]

    first = read(*rows)["items"].rows[0]

    assert (first["quantity"].text, first["amount"].text) == ("", "320,00")
    assert first["quantity"].polygon is None


def test_labelled_parties_are_kept_apart():
    values = read(
        "INVOICE 2024-7",
        "Seller:                  Bill to:",
        "Acme Ltd                 Beta Corp",
        "1 Mill Lane              22 High Street",
        "York YO1 7HH             London SW1A 1AA",
        "Total  12.00",
    )

    assert values["vendor"].text == "Acme Ltd"
    assert values["recipient"].text == "Beta Corp"
    assert values["vendor_address"].text == "1 Mill Lane York YO1 7HH"


def test_a_sum_in_the_last_row_of_a_column_is_the_total():
    values = read(
        "Nettobetrag    MwSt-Betrag    Endbetrag",
        "  321,40          61,07         382,47",
        "  127,59           8,93         136,52",
        "  448,99          70,00         518,99",
    )

    assert values["total"].text == "518,99"


def test_an_amount_that_subtotal_and_tax_add_up_to_is_the_total():
    values = read("Net total:  496.00", "VAT total:  75.04", "Please send us  571.04")

    assert values["total"].text == "571.04"
    assert values["subtotal"].text == "496.00"


def test_an_invoice_is_recognized():
    assert kind_of(page(*ROWS, size=(827, 1169))) == "invoice"


def items_of(*rows):
    found = read(*rows, fragments=True)["items"].rows
    return [{name: cell.text for name, cell in row.items() if cell.text} for row in found]


HEADER = "Pos  Description                Quantity    Unit price      Amount"


def test_a_sentence_across_the_columns_is_no_part_of_an_item():
    found = items_of(
        HEADER,
        "Important: orders until the end of the week are delivered on Monday.",
        "1    Paper                             2         10.00       20.00",
        "Total                                                        20.00",
    )

    assert found == [{"description": "Paper", "quantity": "2", "unit_price": "10.00", "amount": "20.00"}]


def test_text_that_stands_apart_is_no_part_of_the_item_above():
    found = items_of(
        HEADER,
        "1    Paper                             2         10.00       20.00",
        "     white, ruled",
        "",
        "     Thank you for your order",
        "2    Pens                              1          5.00        5.00",
        "Total                                                        25.00",
    )

    assert [item["description"] for item in found] == ["Paper white, ruled", "Pens"]


def test_a_header_of_two_lines_names_its_columns():
    found = items_of(
        "                                       Unit price      Line amount",
        "No.    Description        Quantity          excl. VAT       excl. VAT",
        "",
        "17     Desk                      3         191.00          573.00",
        "Total                                                      573.00",
    )

    assert found == [{"description": "Desk", "quantity": "3", "unit_price": "191.00", "amount": "573.00"}]


def test_numbers_half_way_down_a_name_of_two_lines_belong_to_it():
    found = items_of(
        "Description                Amount",
        "Posters, banners",
        "                           450.00",
        "and wristbands",
        "",
        "Consulting",
        "                           150.00",
        "for a campaign",
        "",
        "Total                      600.00",
    )

    assert [(item["description"], item["amount"]) for item in found] == [
        ("Posters, banners and wristbands", "450.00"),
        ("Consulting for a campaign", "150.00"),
    ]


def test_what_is_added_to_or_taken_off_the_sum_is_no_item():
    found = items_of(
        HEADER,
        "1    Paper                             2         10.00       20.00",
        "     Discount 5.00 % of 20.00                                -1.00",
        "Total                                                        19.00",
    )

    assert [item["description"] for item in found] == ["Paper"]


def test_a_name_ends_where_the_next_column_begins():
    found = items_of(
        "Description          Date         Quantity        Amount",
        "A long name of desk, 02/17/26            3        573.00",
        "Total                                             573.00",
    )

    assert found[0]["description"] == "A long name of desk,"


def test_the_total_itself_is_no_item():
    assert (
        items_of(
            "Invoice number    Invoice date      Charges",
            "34278587          18/06/2017     $56,651.49",
        )
        == []
    )
