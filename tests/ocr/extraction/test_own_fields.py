import pytest

from ocr.extraction.extract import extract
from ocr.extraction.fields import Field, Rows, Value
from tests.ocr.extraction.pages import page

ROWS = (
    "FRIENDS OF THE LIBRARY",
    "Membership card",
    "Member name:   Quentin Example    Member since: 3 May 2019",
    "Shelf mark     B-1207",
    "Loan period    21 days",
    "Fee            $12.50",
    "",
    "Book title              Copies     Fine",
    "The Sea Atlas                2     0.50",
    "Maps of the Moon             1     1.25",
)


def read(*fields, rows=ROWS):
    return extract(page(*rows, fragments=True), fields).values


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field("member_name"), "Quentin Example"),
        (Field("shelfMark"), "B-1207"),
        (Field("member_since", "date"), "3 May 2019"),
        (Field("fee", "money"), "$12.50"),
        (Field("loan-period", "number"), "21"),
        (Field("code", "string", "the shelf mark of the book"), "B-1207"),
    ],
)
def test_a_name_or_description_is_matched_with_a_label(field, text):
    assert read(field)[field.name].text == text


def test_a_type_decides_the_normalized_form():
    values = read(Field("member_since", "date"), Field("fee", "money"), Field("loan_period", "number"))

    assert [value.normalized for value in values.values()] == [
        {"date": "2019-05-03"},
        {"amount": "12.50", "currency": "USD"},
        {"number": "21"},
    ]


def test_a_field_is_found_under_a_label_of_another_language():
    rows = ("Kundennummer: 4711", "Rechnungsdatum: 03.06.2024", "Gesamtbetrag: 99,00 €")

    values = read(Field("customer_number"), Field("invoice_date", "date"), Field("grand_total", "money"), rows=rows)

    assert [value.text for value in values.values()] == ["4711", "03.06.2024", "99,00 €"]


def test_an_own_array_is_read_from_the_table_whose_header_has_its_columns():
    array = Field("loans", "array", "", (Field("book_title"), Field("copies", "number"), Field("fine", "money")))

    loans = read(array)["loans"]

    assert isinstance(loans, Rows)
    assert [{name: cell.text for name, cell in row.items()} for row in loans.rows] == [
        {"book_title": "The Sea Atlas", "copies": "2", "fine": "0.50"},
        {"book_title": "Maps of the Moon", "copies": "1", "fine": "1.25"},
    ]


def test_an_own_array_with_usual_columns_is_read_from_the_goods():
    array = Field("lines", "array", "", (Field("product"), Field("price", "money")))

    lines = read(array, rows=("Shop", "Date 04/09/2017", "Tea    2.00", "Cake   3.50", "TOTAL  5.50"))["lines"]

    assert [[cell.text for cell in row.values()] for row in lines.rows] == [["Tea", "2.00"], ["Cake", "3.50"]]


def test_what_the_page_does_not_hold_is_empty():
    values = read(Field("blood_group"), Field("expiry", "date"), Field("x", "array", "", (Field("colour"),)))

    assert values["blood_group"] == Value.empty()
    assert values["expiry"] == Value.empty()
    assert values["x"] == Rows()


def test_every_text_is_a_verbatim_part_of_the_page():
    names = ("member_name", "shelf_mark", "fee", "title", "total", "date", "name", "address", "anything")
    the_page = page(*ROWS, fragments=True)

    values = extract(the_page, [Field(name) for name in names]).values

    printed = "".join(the_page.text.split())
    assert all("".join(value.text.split()) in printed for value in values.values())


@pytest.mark.parametrize("name", ["!!", "a", "合計", "x" * 5000, "Übergröße (cm)", "total\n"])
def test_an_odd_name_breaks_nothing(name):
    array = Field("rows", "array", "", (Field(name), Field("other")))

    assert set(read(Field(name, "string", "!"), array)) == {name, "rows"}


def test_a_japanese_name_is_matched_with_a_japanese_label():
    values = read(Field("合計", "money"), Field("発行日", "date"), rows=("発行日  令和6年6月3日", "合計  ¥324"))

    assert [value.text for value in values.values()] == ["¥324", "令和6年6月3日"]


@pytest.mark.parametrize(
    ("field", "row", "text"),
    [
        (Field("tracking_number"), "お問い合わせ番号   4012-5566", "4012-5566"),
        (Field("nationality"), "국적   UTOPIA", "UTOPIA"),
        (Field("valid_until", "date"), "Gültig bis   30.09.2026", "30.09.2026"),
        (Field("account_holder"), "口座名義   見本 次郎", "見本 次郎"),
    ],
)
def test_a_usual_word_finds_its_label_in_another_language(field, row, text):
    assert read(field, rows=("書類", row, "x"))[field.name].text == text


ODD = (
    "Marina Cafe                             PO Box 1, Dover",
    "VAT Registration No: GB 123 4567 89",
    "Purchase Order    98765431",
    "Bill date: 04/09/2017",
    "Total                      RM53.60",
    "IBAN: GB82 WEST 1234 5698 7654 32 - BIC: MIDLGB22",
)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        (Field("vat registration number"), "GB 123 4567 89"),
        (Field("po number"), "98765431"),
        (Field("IBAN"), "GB82 WEST 1234 5698 7654 32"),
        (Field("x1", "string", "the purchase date"), "04/09/2017"),
        (Field("x2", "money", "total amount to pay"), "RM53.60"),
    ],
)
def test_a_value_has_the_form_that_its_name_or_description_tells(field, text):
    assert extract(page(*ODD, fragments=True), (field,)).values[field.name].text == text


def test_an_amount_is_no_number_of_a_document():
    rows = ("Little Cafe", "04/09/2017", "8 No", "SUBTOTAL      RM53.60", "CHANGE        RM46.40")

    assert extract(page(*rows, fragments=True), (Field("Bill No"),)).values["Bill No"].text == ""


def test_what_stands_under_a_label_is_no_value_when_it_is_a_label_itself():
    rows = (
        "Corner table             Voucher",
        "Total due                Due date",
        "7.00                     04/09/2017",
    )

    assert extract(page(*rows, fragments=True), (Field("voucher"),)).values["voucher"].text == ""


def test_columns_are_known_by_their_description_and_may_hold_codes():
    columns = (Field("hsn"), Field("what", "string", "description of the goods"), Field("paid", "money", "line total"))
    table = (
        "Particulars              HSN      GST   Amount",
        "Posters                  998877   18%   450.00",
        "Banners                  112233    5%   150.00",
    )

    rows = extract(page(*table, fragments=True), (Field("lines", "array", "", columns),)).values["lines"].rows

    assert [{name: cell.text for name, cell in row.items()} for row in rows] == [
        {"hsn": "998877", "what": "Posters", "paid": "450.00"},
        {"hsn": "112233", "what": "Banners", "paid": "150.00"},
    ]
