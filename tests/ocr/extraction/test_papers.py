"""Trade papers in the eight languages of the contract."""

import pytest

from ocr.extraction.extract import extract
from ocr.extraction.propose import kind_of
from ocr.extraction.templates import TEMPLATES
from tests.ocr.extraction.pages import page

# Title, label and value of the number, label and value of two dates.
ORDERS = {
    "en": ("Purchase order", "PO number", "Order date", "14/09/2026", "Delivery date", "28/09/2026"),
    "de": ("Bestellung", "Bestellnummer", "Bestelldatum", "14.09.2026", "Liefertermin", "28.09.2026"),
    "fr": ("Bon de commande", "N° de commande", "Date de commande", "14/09/2026", "Date de livraison", "28/09/2026"),
    "es": ("Orden de compra", "Nº de pedido", "Fecha de pedido", "14/09/2026", "Fecha de entrega", "28/09/2026"),
    "ja": ("発注書", "発注番号", "発注日", "2026年9月14日", "納期", "2026年9月28日"),
    "ko": ("발주서", "발주번호", "발주일", "2026년 9월 14일", "납기일", "2026년 9월 28일"),
    "zh-Hans": ("采购订单", "订单编号", "订单日期", "2026年9月14日", "交货日期", "2026年9月28日"),
    "zh-Hant": ("採購訂單", "訂單編號", "訂單日期", "2026年9月14日", "交貨日期", "2026年9月28日"),
}
QUOTES = {
    "en": ("Quotation", "Quotation no.", "Date", "02/09/2026", "Valid until", "30/09/2026"),
    "de": ("Angebot", "Angebotsnummer", "Datum", "02.09.2026", "Gültig bis", "30.09.2026"),
    "fr": ("Devis", "Devis n°", "Date", "02/09/2026", "Valable jusqu'au", "30/09/2026"),
    "es": ("Presupuesto", "Nº de presupuesto", "Fecha", "02/09/2026", "Válido hasta", "30/09/2026"),
    "ja": ("御見積書", "見積番号", "見積日", "令和8年9月2日", "有効期限", "令和8年9月30日"),
    "ko": ("견적서", "견적번호", "견적일", "2026. 9. 2", "유효기간", "2026. 9. 30"),
    "zh-Hans": ("报价单", "报价单号", "日期", "2026-09-02", "有效期至", "2026-09-30"),
    "zh-Hant": ("報價單", "報價單號", "日期", "2026-09-02", "有效期限", "2026-09-30"),
}
DELIVERIES = {
    "en": ("Delivery note", "Delivery note no", "Delivery date", "05/10/2026", "Tracking number"),
    "de": ("Lieferschein", "Lieferschein-Nr.", "Lieferdatum", "05.10.2026", "Sendungsnummer"),
    "fr": ("Bon de livraison", "Bon de livraison n°", "Date de livraison", "05/10/2026", "N° de suivi"),
    "es": ("Albarán", "Albarán nº", "Fecha de entrega", "05/10/2026", "Nº de seguimiento"),
    "ja": ("納品書", "納品書番号", "納品日", "令和8年10月5日", "お問い合わせ番号"),
    "ko": ("납품서", "납품번호", "납품일", "2026년 10월 5일", "운송장번호"),
    "zh-Hans": ("送货单", "送货单号", "送货日期", "2026年10月5日", "运单号"),
    "zh-Hant": ("送貨單", "送貨單號", "送貨日期", "2026年10月5日", "運單號"),
}


def read(template_id, *rows):
    the_page = page(*rows, fragments=True, size=(827, 1169))
    return extract(the_page, TEMPLATES[template_id].fields, template_id).values, kind_of(the_page)


@pytest.mark.parametrize("language", ORDERS)
def test_an_order_is_read_in_every_language(language):
    title, number, first, day, second, later = ORDERS[language]

    values, kind = read(
        "purchase_order", title, "", f"{number}:   PO-77120", f"{first}:   {day}", f"{second}:   {later}"
    )

    assert kind == "purchase_order"
    assert values["po_no"].text == "PO-77120"
    assert values["order_date"].normalized == {"date": "2026-09-14"}
    assert values["delivery_date"].normalized == {"date": "2026-09-28"}


@pytest.mark.parametrize("language", QUOTES)
def test_a_quotation_is_read_in_every_language(language):
    title, number, first, day, second, later = QUOTES[language]

    values, kind = read("quote", title, "", f"{number}:   AN-114", f"{first}:   {day}", f"{second}:   {later}")

    assert kind == "quote"
    assert values["quote_no"].text == "AN-114"
    assert values["quote_date"].normalized == {"date": "2026-09-02"}
    assert values["valid_until"].normalized == {"date": "2026-09-30"}


@pytest.mark.parametrize("language", DELIVERIES)
def test_a_delivery_note_is_read_in_every_language(language):
    title, number, date, day, tracking = DELIVERIES[language]

    values, kind = read("delivery", title, "", f"{number}:   DN-0457", f"{date}:   {day}", f"{tracking}:   4012-5566")

    assert kind == "delivery"
    assert values["delivery_no"].text == "DN-0457"
    assert values["delivery_date"].normalized == {"date": "2026-10-05"}
    assert values["tracking_no"].text == "4012-5566"


def test_the_buyer_of_an_order_is_its_sender_and_the_supplier_gets_it():
    values, _ = read(
        "purchase_order",
        "PURCHASE ORDER",
        "Supplier:                Ordered by:",
        "Marsh Mills Ltd          Fernhill Ltd",
        "5 Canal Road             22 Weaver Street",
        "York YO1 7HH             London SW1A 1AA",
        "Total  12.00",
    )

    assert (values["buyer"].text, values["supplier"].text) == ("Fernhill Ltd", "Marsh Mills Ltd")


def test_an_addressee_is_known_by_the_word_of_respect():
    values, _ = read(
        "delivery", "納品書", "", "株式会社みなと文具 御中", "〒231-0099 神奈川県見本市港町1-2-3", "", "合計 3"
    )

    assert values["recipient"].text == "株式会社みなと文具"
    assert values["recipient_address"].text == "〒231-0099 神奈川県見本市港町1-2-3"


def test_a_unit_stands_in_its_column_or_behind_the_quantity():
    own, _ = read("delivery", "Description          Quantity     Unit", "Copy paper A4          40         box")
    behind, _ = read(
        "delivery", "Description          Quantity", "Copy paper A4          40 boxes", "Pens                   12 pcs"
    )

    assert [cell.text for cell in own["items"].rows[0].values()] == ["Copy paper A4", "40", "box"]
    assert [[cell.text for cell in row.values()] for row in behind["items"].rows] == [
        ["Copy paper A4", "40", "boxes"],
        ["Pens", "12", "pcs"],
    ]


def test_an_invoice_that_names_its_order_and_delivery_stays_an_invoice():
    _, kind = read("invoice", "Bestellung", "Lieferschein", "Rechnung", "Rechnungsnummer: RE-1", "Gesamtbetrag 12,00 €")

    assert kind not in {"purchase_order", "delivery"}
