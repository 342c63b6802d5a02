"""Parties, addresses and sums of invoices as they are set in practice."""

import pytest

from ocr.extraction.extract import extract
from ocr.extraction.places import postcode_start, street_end
from ocr.extraction.templates import INVOICE
from tests.ocr.extraction.pages import page


def read(*rows):
    values = extract(page(*rows, size=(827, 1169), fragments=True), INVOICE.fields, "invoice").values
    return {name: value.text for name, value in values.items() if name != "items"}


def test_a_keyed_address_is_given_without_the_code_of_its_country():
    values = read(
        "Rechnung 4711",
        "Verkäufer",
        "Name:          Nordwind GmbH",
        "Anschrift:     Hafenstraße 5",
        "               DE 20095 Hamburg",
        "Gesamtbetrag   97,00 €",
    )

    assert (values["vendor"], values["vendor_address"]) == ("Nordwind GmbH", "Hafenstraße 5 20095 Hamburg")


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("DE 80333 München", "80333 München"),
        ("GB SW1B 3BN London", "SW1B 3BN London"),
        ("WA 99243", "WA 99243"),
        ("Redmond, WA 98052", "Redmond, WA 98052"),
        ("DE 12 Reihenhäuser", "DE 12 Reihenhäuser"),
    ],
)
def test_only_a_country_before_postcode_and_town_is_left_out(line, rest):
    assert line[postcode_start(line) :] == rest


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Seestr. 7 · 80333 München · Deutschland", "Seestr. 7 · 80333 München"),
        ("12 rue Haute - 84340 Malaucène - France", "12 rue Haute - 84340 Malaucène"),
        ("12 rue de France", "12 rue de France"),
    ],
)
def test_a_country_set_apart_behind_an_address_is_left_out(line, kept):
    assert line[: street_end(line)] == kept


def test_a_postcode_in_a_row_of_its_own_ends_an_address():
    values = read(
        "ACME LTD.                       FACTURA",
        "Calle de Atocha 27",
        "Madrid, España",
        "28001                           NUMERO: ABC12345",
        "TOTAL A PAGAR                   110,00 €",
    )

    assert values["vendor_address"] == "Calle de Atocha 27 Madrid, España 28001"


def test_two_addresses_under_each_other_are_two_parties():
    values = read(
        "Muster Versicherungsverein a.G.",
        "",
        "Frau",
        "Erika Beispiel",
        "Ringweg 11",
        "12346 Neustadt",
        "",
        "Büro am Markt",
        "Marktstr. 12",
        "12345 Altstadt",
        "Tel.: 0123/45678",
        "",
        "Gesamtbetrag   97,00 €",
    )

    assert values["recipient"] == "Frau Erika Beispiel"
    assert values["vendor"] == "Muster Versicherungsverein a.G."
    assert values["vendor_address"] == "Marktstr. 12 12345 Altstadt"


def test_a_label_of_two_rows_names_its_amount():
    values = read(
        "Invoice 4711",
        "Sub",
        "Total          150.00",
        "",
        "VAT             30.00",
        "",
        "Total          180.00",
    )

    assert (values["subtotal"], values["tax"], values["total"]) == ("150.00", "30.00", "180.00")


def test_sums_under_a_row_of_labels_are_found_in_spite_of_notes_beside_them():
    values = read(
        "Facture 4711",
        "Conditions de vente:                    TOTAL HT    TOTAL TVA   TOTAL TTC",
        "tout retard de paiement engendre",
        "une somme de 40 pour le recouvrement",
        "                                        100,00      4,90        104,90",
    )

    assert (values["subtotal"], values["tax"], values["total"]) == ("100,00", "4,90", "104,90")
