import time

import pytest

from ocr.extraction.extract import extract
from ocr.extraction.propose import kind_of
from ocr.extraction.templates import INVOICE, RECEIPT
from tests.ocr.extraction.pages import CHAR, page

ROWS = (
    "NORTH STAR STATIONERY SDN BHD (123456-X)",
    "NO. 17, JALAN BUNGA 3/2,",
    "40170 SHAH ALAM, SELANGOR.",
    "TEL: 03-5555 1234",
    "GST ID NO: 000123456789",
    "TAX INVOICE",
    "RECEIPT NO: CS-0004323    DATE:04/09/2017 12:01",
    "ITEM              QTY    U/P       AMOUNT",
    "RULER 30CM          2    1.60        3.20",
    "GLUE STICK          1    2.30        2.30",
    "SUB-TOTAL                            5.50",
    "GST 6%                               0.33",
    "ROUNDING                             0.02",
    "TOTAL (RM)                           5.85",
    "CASH                                10.00",
    "CHANGE                               4.15",
    "THANK YOU",
)


def read(*rows, **options):
    return extract(page(*rows, **options), RECEIPT.fields, "receipt").values


@pytest.mark.parametrize("options", [{}, {"fragments": True}, {"fragments": True, "tilt": 2.0}])
def test_all_fields_of_a_till_receipt_are_found(options):
    values = read(*ROWS, **options)

    texts = {name: value.text for name, value in values.items() if name != "items"}
    assert texts == {
        "store_name": "NORTH STAR STATIONERY SDN BHD",
        "store_address": "NO. 17, JALAN BUNGA 3/2, 40170 SHAH ALAM, SELANGOR.",
        "store_phone": "03-5555 1234",
        "transaction_date": "04/09/2017",
        "transaction_time": "12:01",
        "receipt_no": "CS-0004323",
        "subtotal": "5.50",
        "tax": "0.33",
        "total": "5.85",
        "payment_method": "CASH",
    }


def test_goods_have_their_count_price_and_amount():
    items = read(*ROWS)["items"]

    assert [{name: cell.text for name, cell in row.items()} for row in items.rows] == [
        {"description": "RULER 30CM", "quantity": "2", "unit_price": "1.60", "amount": "3.20"},
        {"description": "GLUE STICK", "quantity": "1", "unit_price": "2.30", "amount": "2.30"},
    ]
    assert (items.match_ratio, items.source) == (1.0, "token_id")


def test_values_are_normalized_and_keep_the_printed_text():
    values = read(*ROWS)

    assert values["transaction_date"].normalized == {"date": "2017-09-04"}
    assert values["total"].normalized == {"amount": "5.85"}
    assert values["total"].source == "token_id" and values["total"].match_ratio == 1.0


def test_a_value_inside_a_longer_token_has_its_part_of_the_box():
    value = read(*ROWS)["transaction_date"]

    assert value.text == "04/09/2017"
    assert [word.text for word in value.words] == ["04/09/2017"]
    assert value.polygon.box.width == pytest.approx(10 * CHAR)


def test_a_total_below_its_label_is_found():
    values = read("Corner Shop", "Invoice Date    Total Due", "02/03/2024      $56.10")

    assert values["total"].text == "$56.10"


def test_a_missing_space_between_label_and_value_does_not_matter():
    values = read("Corner Shop", "TOTAL(RM)28.00", "DATE:04/09/2017")

    assert values["total"].text == "28.00"
    assert values["transaction_date"].text == "04/09/2017"


def test_the_sum_after_rounding_is_the_total():
    values = read("Corner Shop", "TOTAL        14.38", "ROUNDING ADJ  0.02", "ROUNDING     14.40")

    assert values["total"].text == "14.40"


def test_money_handed_over_is_no_total():
    values = read("Corner Shop", "TOTAL  7.00", "CASH  10.00", "CHANGE  3.00", "TOTAL ITEMS  12")

    assert values["total"].text == "7.00"


def test_goods_whose_names_stand_above_their_prices_are_found():
    items = read(
        "Corner Shop",
        "Date 04/09/2017",
        "PLASTIC SPOONS",
        "3 x 5.90     17.70",
        "PAPER PLATES",
        "2 x 1.00      2.00",
        "TOTAL        19.70",
    )["items"]

    rows = [{name: cell.text for name, cell in row.items()} for row in items.rows]
    assert rows[0] == {
        "description": "PLASTIC SPOONS",
        "quantity": "3",
        "unit_price": "5.90",
        "amount": "17.70",
    }
    assert rows[1]["description"] == "PAPER PLATES"


def test_a_japanese_receipt_is_read():
    values = read("東京商店", "2024年6月3日 12:30", "りんご    ¥300", "小計    ¥300", "消費税    ¥24", "合計    ¥324")

    assert values["total"].text == "¥324"
    assert values["tax"].text == "¥24"
    assert values["transaction_date"].normalized == {"date": "2024-06-03"}


PROSE = (
    "It was the best of times, it was the worst of times, it was the",
    "age of wisdom, it was the age of foolishness, it was the epoch of",
    "belief, it was the epoch of incredulity, it was the season of light.",
) * 6


@pytest.mark.parametrize("rows", [(), ("x",), ("-----", "***"), ("(o.o)", "~ ^ ~"), PROSE])
@pytest.mark.parametrize("template", [RECEIPT, INVOICE])
def test_a_page_that_is_no_document_gives_empty_values(rows, template):
    values = extract(page(*rows), template.fields, template.id).values

    assert set(values) == {field.name for field in template.fields}
    assert values.pop("items").rows == ()
    assert {value.text for value in values.values()} == {""}


def test_items_that_do_not_add_up_are_noted():
    rows = [row.replace("        3.20", "        9.20") for row in ROWS]

    notices = extract(page(*rows), RECEIPT.fields, "receipt").notices

    assert [(notice.code, notice.fields) for notice in notices] == [("sum_mismatch", ("items", "subtotal"))]


def test_sums_that_add_up_are_not_noted():
    rows = [row.replace("5.85", "5.83") for row in ROWS if "ROUNDING" not in row]

    assert extract(page(*rows), RECEIPT.fields, "receipt").notices == ()


def test_a_receipt_is_told_from_prose():
    assert kind_of(page(*ROWS)) == "receipt"
    assert kind_of(page(*PROSE)) == ""
    assert kind_of(page()) == ""


def test_the_work_grows_with_the_length_of_a_receipt_not_with_its_square():
    assert seconds_of(80) < 20 * seconds_of(10), "eight times the goods; their square would be sixty-four times"


def seconds_of(count):
    """CPU time of extraction from a receipt of so many goods, at best."""
    goods = [f"ITEM NUMBER {n}        {n}.10" for n in range(10, 10 + count)]
    receipt = page(*ROWS[:8], *goods, *ROWS[10:], size=(600, 3200))
    times = []
    for _ in range(4):
        began = time.process_time()
        extract(receipt, RECEIPT.fields, "receipt")
        times.append(time.process_time() - began)
    return min(times)


def test_sums_by_rate_open_no_table_of_taxes():
    head = ["Corner Bakery", "40300 Shah Alam", "Date: 19/08/2017", "Description U.P Qty Amt(RM)"]
    first = [
        "White loaf  2.13  2  4.26",
        "Wholemeal  2.78  3  8.34",
        "Jumbo  2.97  5  14.85",
        "Total 0% supplies: 27.45",
    ]
    second = ["Scotch cake  3.72  2  7.44", "Corn cake  0.72  20  14.40", "Total supplies (excl. GST): 21.84"]
    last = ["Total 6% supplies (Inc. GST): 23.15", "Total supplies: 27.45", "Total Payable: 50.60"]

    values = extract(page(*head, *first, *second, *last), RECEIPT.fields, "receipt").values

    assert values["total"].text == "50.60"


@pytest.mark.parametrize("row", ["Paid by: Visa ending 0042", "Paid by        Visa ending 0042"])
def test_a_way_of_paying_beside_its_label_is_found_whatever_else_its_words_mean(row):
    values = extract(page("Tea     2.00", "Total   2.00", row, fragments=True), RECEIPT.fields, "receipt").values

    assert values["payment_method"].text == "Visa ending 0042"


HEAD = ("GREEN MARKET", "14 Mill Lane", "2026-10-14 17:42")
TILLS = {
    "counts above": (("Bread", "2 x 2.10        4.20", "Butter", "3 @ 1.00        3.00"), True),
    "counts below": (("Bread           4.20", "  2 x 2.10", "Butter          3.00", "  3 @ 1.00"), True),
    "price first": (("Bread 2.10 x 2   4.20", "Butter 1.00 X 3  3.00"), True),
    "columns": (("Bread       2    2.10    4.20", "Butter      3    1.00    3.00"), True),
    "columns, price first": (("Bread    2.10    2     4.20", "Butter   1.00    3     3.00"), True),
    "no counts": (("Bread           4.20", "Butter          3.00"), False),
}


@pytest.mark.parametrize("form", TILLS)
def test_a_count_and_a_price_belong_to_the_amount_that_they_give(form):
    rows, is_counted = TILLS[form]
    the_page = page(*HEAD, *rows, "Discount       -0.20", "TOTAL           7.00", fragments=True, size=(460, 900))

    found = extract(the_page, RECEIPT.fields, "receipt").values["items"].rows

    counts = (["2", "2.10"], ["3", "1.00"]) if is_counted else (["", ""], ["", ""])
    wanted = [["Bread", *counts[0], "4.20"], ["Butter", *counts[1], "3.00"], ["Discount", "", "", "-0.20"]]
    assert [[cell.text for cell in row.values()] for row in found] == wanted


def test_a_name_that_goes_on_with_a_small_letter_began_on_the_row_above():
    rows = ("Organic sourdough rye", "bread 750g        4.20", "Salted butter of", "the region        3.00")
    the_page = page(*HEAD, *rows, "TOTAL             7.20", fragments=True, size=(460, 900))

    found = extract(the_page, RECEIPT.fields, "receipt").values["items"].rows

    assert [row["description"].text for row in found] == [
        "Organic sourdough rye bread 750g",
        "Salted butter of the region",
    ]


def test_a_weight_in_a_name_is_no_count():
    the_page = page(
        *HEAD, "Apples 1kg         3.15", "0.5 kg x 4.20", "Pears              2.10", "TOTAL  5.25", fragments=True
    )

    found = extract(the_page, RECEIPT.fields, "receipt").values["items"].rows

    assert [[cell.text for cell in row.values()] for row in found] == [
        ["Apples 1kg", "", "", "3.15"],
        ["Pears", "0.5", "4.20", "2.10"],
    ]


@pytest.mark.parametrize(
    ("rows", "items"),
    [
        (
            ("みどり市場", "2026年10月14日 17:42", "食パン            420", "バター  2コX150     300",
             "値引            -50", "小計            670", "合計           ¥670"),
            [["食パン", "", "", "420"], ["バター", "2", "150", "300"], ["値引", "", "", "-50"]],
        ),
        (
            ("초록마트", "2026-10-14 17:42", "빵       2,100    2      4,200", "할인                     -500",
             "합계                    3,700"),
            [["빵", "2", "2,100", "4,200"], ["할인", "", "", "-500"]],
        ),
    ],
)  # fmt: skip
def test_prices_without_cents_are_read_where_no_cents_are_printed(rows, items):
    found = extract(page(*rows, fragments=True, size=(460, 900)), RECEIPT.fields, "receipt")

    assert [[cell.text for cell in row.values()] for row in found.values["items"].rows] == items
    assert found.notices == ()


@pytest.mark.parametrize("text", ["1" * 9_000, "1.1" * 3_000, "市" * 3_000, "가" * 3_000, "2 x " * 800, "一" * 3_000])
def test_a_row_without_end_is_read_in_a_time_that_grows_with_its_length(text):
    started = time.process_time()

    extract(page("Tea     2.00", text, "Total   2.00"), RECEIPT.fields, "receipt")

    assert time.process_time() - started < 5
