"""Identity papers, bank books and business cards of several countries."""

import pytest

from ocr.extraction.extract import extract
from ocr.extraction.fields import Field, Rows
from ocr.extraction.templates import TEMPLATES
from tests.ocr.extraction.pages import page


def read(template_id, *rows):
    values = extract(page(*rows, fragments=True, size=(700, 450)), TEMPLATES[template_id].fields, template_id).values
    return {name: value.text for name, value in values.items() if not isinstance(value, Rows) and value.text}


def test_a_licence_with_numbered_fields_is_read():
    assert read(
        "driver_license",
        "FÜHRERSCHEIN    BUNDESREPUBLIK DEUTSCHLAND",
        "1. SPECIMEN",
        "2. ERIKA",
        "3. 12.08.1964 BEISPIELSTADT",
        "4a. 19.01.2023   4c. LANDKREIS",
        "4b. 18.01.2038",
        "5. B072RRE2I55",
        "9. AM/B/L",
    ) == {
        "name": "SPECIMEN ERIKA",
        "birth_date": "12.08.1964",
        "license_no": "B072RRE2I55",
        "issue_date": "19.01.2023",
        "expiry_date": "18.01.2038",
        "class": "AM/B/L",
    }


AMERICAN = (
    "DRIVER LICENSE    WASHINGTON USA",
    "4d LIC#WDLABCD456DG 9 CLASS B DONOR",
    "1 TALBOT",
    "2 LIAM R.",
    "3 DOB 01/06/1958      4a ISS 01/06/2015",
    "8 123 STREET ADDRESS",
    "YOUR CITY WA 99999-1234",
    "15 SEX M       18 EYES BLU",
    "16 HGT 5'-08\"   17 WGT 165 lb",
    "9a END L       4b EXP 08/12/2020",
)


def test_an_american_licence_has_numbers_before_its_labels():
    assert read("driver_license", *AMERICAN) == {
        "name": "TALBOT LIAM R.",
        "birth_date": "01/06/1958",
        "address": "123 STREET ADDRESS YOUR CITY WA 99999-1234",
        "license_no": "WDLABCD456DG",
        "issue_date": "01/06/2015",
        "expiry_date": "08/12/2020",
        "class": "B",
    }


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field("license number"), "WDLABCD456DG"),
        (Field("Führerscheinnummer"), "WDLABCD456DG"),
        (Field("id", "string", "number of the driving licence"), "WDLABCD456DG"),
        (Field("last_name"), "TALBOT"),
        (Field("firstName"), "LIAM R."),
        (Field("holder"), "TALBOT LIAM R."),
        (Field("who", "string", "name of the holder"), "TALBOT LIAM R."),
        (Field("dob", "date"), "01/06/1958"),
        (Field("生年月日", "date"), "01/06/1958"),
        (Field("until", "date", "the day the licence expires"), "08/12/2020"),
        (Field("eye colour"), "BLU"),
        (Field("height"), "5'-08\""),
        (Field("vehicle class"), "B"),
        (Field("blood type"), ""),
        (Field("total", "money"), ""),
    ],
    ids=lambda value: value.name if isinstance(value, Field) else value,
)
def test_a_callers_field_is_found_on_a_card_by_what_it_means(field, text):
    the_page = page(*AMERICAN, fragments=True, size=(700, 450))

    assert extract(the_page, [field]).values[field.name].text == text


def test_a_japanese_licence_names_its_dates_behind_them():
    found = read(
        "driver_license",
        "氏名   見本 太郎      昭和61年5月1日生",
        "住所   東京都見本区桜町1-2-3",
        "交付   令和04年05月07日 12345",
        "2027年(令和09年)06月01日まで有効",
        "第   300123456780   号",
        "運転免許証",
    )

    assert found["name"] == "見本 太郎"
    assert found["birth_date"] == "昭和61年5月1日"
    assert found["issue_date"] == "令和04年05月07日"
    assert found["expiry_date"] == "2027年(令和09年)06月01日"


def test_a_number_with_the_right_check_digit_is_preferred_to_one_beside_a_label():
    found = read("my_number_card", "番号   9999 8888 7777", "1234 5678 9018", "氏名   見本 太郎")

    assert found["id_no"] == "1234 5678 9018"


def test_a_bank_book_with_an_iban_is_read():
    assert read(
        "bankbook",
        "Volksbank Beispielhausen",
        "Girokonto",
        "Filiale      Marktplatz",
        "Kontoinhaber     Erika Specimen",
        "IBAN   DE89 3704 0044 0532 0130 00",
    ) == {
        "bank": "Volksbank Beispielhausen",
        "branch": "Marktplatz",
        "account_type": "Girokonto",
        "account_no": "DE89 3704 0044 0532 0130 00",
        "account_holder": "Erika Specimen",
    }


def test_a_business_card_is_read_by_what_its_lines_look_like():
    assert read(
        "business_card",
        "Acme Timber Ltd",
        "",
        "Robin Example",
        "Senior Project Manager",
        "Department of Bridges",
        "",
        "T +44 20 7946 0000   M +44 7700 900123   F +44 20 7946 0001",
        "robin.example@acmetimber.example",
        "www.acmetimber.example",
        "1 Mill Lane, York YO1 7HH",
    ) == {
        "name": "Robin Example",
        "title": "Senior Project Manager",
        "company": "Acme Timber Ltd",
        "department": "Department of Bridges",
        "phone": "+44 20 7946 0000",
        "mobile": "+44 7700 900123",
        "fax": "+44 20 7946 0001",
        "email": "robin.example@acmetimber.example",
        "website": "www.acmetimber.example",
        "address": "1 Mill Lane, York YO1 7HH",
    }


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field("job_title"), "Senior Project Manager"),
        (Field("役職"), "Senior Project Manager"),
        (Field("employer"), "Acme Timber Ltd"),
        (Field("who", "string", "name of the person"), "Robin Example"),
        (Field("place", "string", "position in the company"), "Senior Project Manager"),
        (Field("Mobiltelefon"), "+44 7700 900123"),
        (Field("birthday", "date"), ""),
    ],
    ids=lambda value: value.name if isinstance(value, Field) else value,
)
def test_a_callers_field_is_found_on_a_business_card(field, text):
    rows = (
        "Acme Timber Ltd",
        "",
        "Robin Example",
        "Senior Project Manager",
        "",
        "M +44 7700 900123",
        "robin@acme.example",
    )
    the_page = page(*rows, fragments=True, size=(700, 450))

    assert extract(the_page, [field]).values[field.name].text == text


@pytest.mark.parametrize("template_id", [name for name in TEMPLATES if name not in {"invoice", "receipt"}])
def test_a_blank_page_and_prose_have_no_values(template_id):
    assert read(template_id) == {}
    assert read(template_id, "The quick brown fox jumps over the lazy dog", "and runs away from the hounds again") == {}
