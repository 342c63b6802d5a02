"""Identity papers, bank books and business cards of several countries."""

import pytest

from ocr.extraction.extract import extract
from ocr.extraction.fields import Rows
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


@pytest.mark.parametrize(
    "labels",
    [
        ("Name", "Date of birth", "Sex", "Address", "Card no.", "Date of issue", "Date of expiry"),
        ("Name", "Geburtsdatum", "Geschlecht", "Anschrift", "Ausweisnummer", "Ausstellungsdatum", "Gültig bis"),
        ("Nom", "Date de naissance", "Sexe", "Adresse", "N° de carte", "Délivré le", "Expire le"),
        ("Nombre", "Fecha de nacimiento", "Sexo", "Domicilio", "Nº de documento", "Expedido el", "Válido hasta"),
        ("氏名", "生年月日", "性別", "住所", "番号", "交付日", "有効期限"),
        ("성명", "생년월일", "성별", "주소", "등록번호", "발급일", "만료일"),
        ("姓名", "出生日期", "性别", "住址", "证件号码", "签发日期", "有效期至"),
        ("姓名", "出生日期", "性別", "地址", "證件號碼", "簽發日期", "有效期限"),
    ],
    ids=["en", "de", "fr", "es", "ja", "ko", "zh-Hans", "zh-Hant"],
)
def test_a_card_is_read_in_every_language(labels):
    name, birth, sex, address, number, issued, expires = labels

    assert read(
        "residence_card",
        f"{name}       Robin Example",
        f"{birth}       1990-05-17",
        f"{sex}       F",
        f"{address}       1 Mill Lane",
        f"{number}       AB12345678CD",
        f"{issued}       2024-04-01",
        f"{expires}       2029-04-01",
    ) == {
        "name": "Robin Example",
        "birth_date": "1990-05-17",
        "sex": "F",
        "address": "1 Mill Lane",
        "id_no": "AB12345678CD",
        "issue_date": "2024-04-01",
        "expiry_date": "2029-04-01",
    }


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


@pytest.mark.parametrize("template_id", [name for name in TEMPLATES if name not in {"invoice", "receipt"}])
def test_a_blank_page_and_prose_have_no_values(template_id):
    assert read(template_id) == {}
    assert read(template_id, "The quick brown fox jumps over the lazy dog", "and runs away from the hounds again") == {}
