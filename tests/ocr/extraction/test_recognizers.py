import pytest

from ocr.extraction.amounts import amounts, currencies, numbers
from ocr.extraction.codes import document_numbers, emails, phones, tax_ids, times, websites
from ocr.extraction.dates import dates, order_of
from ocr.extraction.reading import Reading
from tests.ocr.extraction.pages import page


def texts(recognizer, text):
    return [text[span.start : span.end] for span in recognizer(text)]


@pytest.mark.parametrize(
    ("text", "printed", "iso"),
    [
        ("DATE:04/09/2017", "04/09/2017", "2017-09-04"),
        ("14-06-201820:41:44", "14-06-2018", "2018-06-14"),
        ("OCT 3, 2016 12:16", "OCT 3, 2016", "2016-10-03"),
        ("14/MAY/2017", "14/MAY/2017", "2017-05-14"),
        ("05-JAN-2017", "05-JAN-2017", "2017-01-05"),
        ("am 11. Juli 2014", "11. Juli 2014", "2014-07-11"),
        ("5. März 2021", "5. März 2021", "2021-03-05"),
        ("le 3 août 2020", "3 août 2020", "2020-08-03"),
        ("13 de marzo de 2020", "13 de marzo de 2020", "2020-03-13"),
        ("発行日 2024年6月3日", "2024年6月3日", "2024-06-03"),
        ("令和6年6月3日", "令和6年6月3日", "2024-06-03"),
        ("令和元年5月1日", "令和元年5月1日", "2019-05-01"),
        ("2024년 6월 3일", "2024년 6월 3일", "2024-06-03"),
        ("2018-05-03T10:00", "2018-05-03", "2018-05-03"),
        ("31/12/99", "31/12/99", "1999-12-31"),
        ("14th of September 2026", "14th of September 2026", "2026-09-14"),
        ("작성일 2026. 9. 14. (월)", "2026. 9. 14.", "2026-09-14"),
        ("発行日 ２０２６／０９／１４", "２０２６／０９／１４", "2026-09-14"),
        ("令和八年九月十四日", "令和八年九月十四日", "2026-09-14"),
        ("明治45年1月1日", "明治45年1月1日", "1912-01-01"),
        ("二〇二六年九月二十三日", "二〇二六年九月二十三日", "2026-09-23"),
        ("中華民國115年9月14日", "民國115年9月14日", "2026-09-14"),
        ("民國一百一十五年九月三十日", "民國一百一十五年九月三十日", "2026-09-30"),
    ],
)
def test_a_date_is_read_in_the_order_and_language_it_is_printed_in(text, printed, iso):
    (span,) = dates(text)

    assert text[span.start : span.end] == printed
    assert span.normalized == {"date": iso}


@pytest.mark.parametrize(
    "text",
    [
        "03-89410243",
        "45/45/2018",
        "201/113/40209",
        "1.2.3.4",
        "no date",
        "元年五月一日",
        "令和八年十月百日",
        "十年一月",
    ],
)
def test_other_numbers_are_no_dates(text):
    assert not list(dates(text))


def test_the_order_of_a_page_comes_from_dates_that_leave_no_choice():
    assert order_of(iter(["01/02/2020", "12/30/2020"])) == "mdy"
    assert order_of(iter(["01/02/2020", "30/12/2020"]), "mdy") == "dmy"
    assert [span.normalized for span in dates("05/03/2018", "mdy")] == [{"date": "2018-05-03"}]


@pytest.mark.parametrize(
    ("rows", "iso"),
    [
        (["領収書 東京都千代田区", "26/09/05 12:01", "合計 ¥500"], "2026-09-05"),
        (["RECEIPT", "26/09/05 12:01", "TOTAL 5.00"], "2005-09-26"),
        (["DRIVER LICENSE", "YOUR CITY WA 99999-1234", "EXP 08/12/2020"], "2020-08-12"),
        (["INVOICE", "Austin, TX 78701", "Total $5.00", "08/12/2020"], "2020-08-12"),
        (["INVOICE", "50480 KL", "Total RM5.00", "08/12/2020"], "2020-12-08"),
    ],
)
def test_the_order_of_a_date_comes_from_where_its_page_is_from(rows, iso):
    found = [span for spans in Reading(page(*rows)).dates for span in spans]

    assert [span.normalized for span in found] == [{"date": iso}]


@pytest.mark.parametrize(
    ("text", "printed", "form"),
    [
        ("TOTAL(RM)28.00", "28.00", {"amount": "28.00"}),
        ("RM 4.00", "RM 4.00", {"amount": "4.00", "currency": "MYR"}),
        ("6,00,000.00", "6,00,000.00", {"amount": "600000.00"}),
        ("1.005,55 €", "1.005,55 €", {"amount": "1005.55", "currency": "EUR"}),
        ("1 234,56 EUR", "1 234,56 EUR", {"amount": "1234.56", "currency": "EUR"}),
        ("¥84,263", "¥84,263", {"amount": "84263", "currency": "JPY"}),
        ("１２，３００円", "１２，３００円", {"amount": "12300", "currency": "JPY"}),
        ("84,263円", "84,263円", {"amount": "84263", "currency": "JPY"}),
        ("(0.01)", "(0.01)", {"amount": "-0.01"}),
        ("-8.00", "-8.00", {"amount": "-8.00"}),
        ("2.07-", "2.07-", {"amount": "-2.07"}),
        ("28. 00", "28. 00", {"amount": "28.00"}),
        ("5.90SR", "5.90", {"amount": "5.90"}),
    ],
)
def test_an_amount_is_read_with_its_sign_and_currency(text, printed, form):
    (span,) = amounts(text)

    assert text[span.start : span.end] == printed
    assert span.normalized == form


def test_amounts_of_two_columns_stay_apart():
    assert texts(amounts, "1\t€ 399,00") == ["1", "€ 399,00"]


def test_a_percentage_is_no_amount():
    assert texts(amounts, "GST 6.00 % 0.23") == ["0.23"]


def test_numbers_and_currencies_are_found():
    assert [span.normalized for span in numbers("6,5 kg")] == [{"number": "6.5"}]
    assert [span.normalized for span in currencies("Currency: EUR")] == [{"currency": "EUR"}]


def test_codes_are_told_apart_by_their_shape():
    assert texts(times, "at 12:16:25 PM") == ["12:16:25 PM"]
    assert texts(times, "14-06-201820:41") == ["20:41"]
    assert texts(phones, "Tel: +44 20 7946 0018") == ["+44 20 7946 0018"]
    assert texts(phones, "12.50 99") == []
    assert texts(tax_ids, "VAT GB 123 4567 89")[0] == "GB 123 4567 89"
    assert texts(emails, "mail info@example.org now") == ["info@example.org"]
    assert texts(websites, "see www.example.org/shop") == ["www.example.org/shop"]
    assert texts(document_numbers, ": CS-0004323 .") == ["CS-0004323"]


def test_a_date_is_no_document_number():
    assert texts(document_numbers, "RE-20140703/502 03.07.2014") == ["RE-20140703/502"]
