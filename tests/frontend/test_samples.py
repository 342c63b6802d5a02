"""The sample documents: each is read back, from pixels, by the engine that the API uses."""

import pytest
from PIL import Image

from frontend import samples
from frontend.forms import SAMPLES_DIR
from ocr import reading
from ocr.extraction.extract import extract
from ocr.extraction.fields import Rows
from ocr.extraction.locate import squeezed
from ocr.extraction.propose import kind_of
from ocr.extraction.templates import TEMPLATES
from tests.engines import read

# What each sample holds; spaces aside, which engines do not see between wide characters.
TRUTH = {
    "invoice": {
        "vendor": "Quayside Timber Works Ltd.",
        "vendor_address": "7 Sawmill Lane Port Ellis PE4 2QT",
        "vendor_tax_id": "GB 123 4567 82",
        "recipient": "Harbour Street Library",
        "invoice_no": "QT-2026-0318",
        "invoice_date": "2026-10-02",
        "due_date": "2026-11-01",
        "currency": "GBP",
        "items": 4,
        "subtotal": "775.35",
        "tax": "155.07",
        "total": "£930.42",
    },
    "receipt": {
        "store_name": "GREEN LANE MARKET",
        "store_address": "14 Harbour Road, Port Ellis",
        "store_phone": "555 0142",
        "transaction_date": "2026-10-14",
        "transaction_time": "17:42",
        "receipt_no": "004821",
        "items": 5,
        "subtotal": "24.06",
        "tax": "2.41",
        "total": "26.47",
        "payment_method": "VISA CARD",
    },
    "delivery": {
        "sender": "やまなみ製紙株式会社",
        "recipient": "株式会社みなと文具",
        "delivery_no": "DN-2026-0457",
        "delivery_date": "令和8年10月5日",
        "tracking_no": "4012-5566-7788",
        "items": 3,
    },
    "purchase_order": {
        "buyer": "Fernhill Upholstery Ltd",
        "supplier": "Marsh Textile Mills Ltd",
        "po_no": "PO-77120",
        "order_date": "14 September 2026",
        "delivery_date": "28 September 2026",
        "items": 3,
        "total": "£540.20",
    },
    "quote": {
        "vendor": "Steinwerk Musterbau GmbH",
        "recipient": "Gemeinde Beispielhausen",
        "quote_no": "AN-2026-114",
        "quote_date": "02.09.2026",
        "valid_until": "30.09.2026",
        "items": 3,
        "total": "8.707,23 €",
    },
    "business_card": {
        "name": "見本 花子",
        "name_phonetic": "Hanako Mihon",
        "title": "課長",
        "company": "株式会社あおぞら設計",
        "department": "企画開発部",
        "phone": "03-0000-1234",
        "mobile": "090-0000-5678",
        "fax": "03-0000-1235",
        "email": "hanako.mihon@aozora.example",
        "website": "https://www.aozora.example",
        "address": "〒100-9999 東京都見本区青空町7-8-9",
    },
    "driver_license": {
        "name": "Robin Specimen",
        "birth_date": "03/22/1988",
        "address": "40 Orchard Drive Sampleton ST 55501",
        "license_no": "S529-4410-7733",
        "issue_date": "06/01/2024",
        "expiry_date": "06/01/2032",
        "class": "C",
    },
    "passport": {
        "type": "P",
        "country": "UTO",
        "passport_no": "X12345678",
        "surname": "SPECIMEN",
        "given_names": "ANNA MARIA",
        "nationality": "UTOPIAN",
        "birth_date": "14 MAR 1992",
        "sex": "F",
        "issue_date": "29 JUN 2021",
        "expiry_date": "28 JUN 2031",
    },
    "bankbook": {
        "bank": "みほん銀行",
        "branch": "港町支店",
        "account_type": "普通預金",
        "account_no": "1234567",
        "account_holder": "見本 次郎",
    },
    "resident_card": {"name": "홍길동", "id_no": "800101-2345678"},
    "residence_card": {
        "name": "SAMPLE MARIA",
        "birth_date": "1990年05月17日",
        "sex": "女",
        "address": "東京都見本区桜町3丁目4番5号",
        "id_no": "AB12345678CD",
        "issue_date": "2024年04月01日",
        "expiry_date": "2029年04月01日",
    },
    "my_number_card": {
        "name": "見本 太郎",
        "birth_date": "平成元年3月31日",
        "sex": "男",
        "address": "神奈川県見本市緑町1番2号",
        "id_no": "1234 5678 9018",
        "issue_date": "",
        "expiry_date": "2035年3月31日",
    },
    "india_electoral_roll_cover": {
        "state": "S99 Sample Pradesh",
        "constituency": "104 - Nadipur (GEN)",
        "part_no": "37",
        "section": "1 - Station Road East",
        "polling_station": "37 - Government Primary School, Nadipur",
        "voters_male": "512",
        "voters_female": "498",
        "voters_total": "1013",
    },
}
LANGUAGES = {"resident_card": "kor"}


def page_of(name):
    data = (SAMPLES_DIR / f"{name}.png").read_bytes()
    language = LANGUAGES.get(name, "auto")
    return read(reading.engine_host(), data, engine=2, language=language, timeout_seconds=120).page


def test_there_is_one_sample_for_each_template():
    assert set(samples.SAMPLES) == set(TEMPLATES) == set(TRUTH)


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_a_sample_is_small_and_can_be_drawn_again(name):
    path = SAMPLES_DIR / f"{name}.png"

    with Image.open(path) as kept:
        assert kept.size == samples.drawn(name).size
    assert path.stat().st_size < 100_000


@pytest.mark.parametrize("name", samples.SAMPLES)
def test_every_field_of_a_sample_is_read_back(name):
    the_page = page_of(name)

    found = extract(the_page, TEMPLATES[name].fields, name)

    texts = {
        field: len(value.rows) if isinstance(value, Rows) else squeezed(value.text)
        for field, value in found.values.items()
        if field in TRUTH[name]
    }
    assert texts == {
        field: value if isinstance(value, int) else squeezed(value) for field, value in TRUTH[name].items()
    }
    assert found.notices == ()
    assert kind_of(the_page) == name


def test_the_sums_of_the_invoice_add_up():
    assert sum(item.amount_cents for item in samples.trade.INVOICE_ITEMS) == 77_535
