"""Invoices and receipts in the eight languages of the contract: as words on a page, and read from pixels."""

import pytest

from ocr.engines import preparation
from ocr.engines.onnx import PpOcr
from ocr.engines.tesseract import WarmTesseract, find_tessdata
from ocr.extraction.extract import extract
from ocr.extraction.propose import kind_of
from ocr.extraction.templates import TEMPLATES
from ocr.languages import LANGUAGES
from ocr.types import Page
from tests import pictures
from tests.ocr.extraction.pages import page

# Title, number, date with a value, due date with a value, subtotal, tax, total.
INVOICES = {
    "eng": ("Invoice", "Invoice number", "Invoice date", "14/09/2026", "Due date", "28/09/2026",
            "Subtotal", "VAT", "Total"),
    "ger": ("Rechnung", "Rechnungsnummer", "Rechnungsdatum", "14.09.2026", "Fällig am", "28.09.2026",
            "Nettobetrag", "MwSt", "Gesamtbetrag"),
    "fre": ("Facture", "Facture n°", "Date de facture", "14/09/2026", "Date d'échéance", "28/09/2026",
            "Total HT", "TVA", "Total TTC"),
    "spa": ("Factura", "Factura nº", "Fecha de factura", "14/09/2026", "Fecha de vencimiento", "28/09/2026",
            "Base imponible", "IVA", "Total factura"),
    "jpn": ("請求書", "請求書番号", "請求日", "2026年9月14日", "支払期限", "2026年9月28日",
            "小計", "消費税", "合計金額"),
    "kor": ("청구서", "청구번호", "청구일", "2026년 9월 14일", "납부기한", "2026년 9월 28일",
            "소계", "부가세", "합계금액"),
    "chs": ("发票", "发票号码", "开票日期", "2026年9月14日", "付款期限", "2026年9月28日", "小计", "税额", "合计"),
    "cht": ("發票", "發票號碼", "發票日期", "2026年9月14日", "付款期限", "2026年9月28日", "小計", "稅額", "總計"),
}  # fmt: skip
# Subtotal, tax, total, money handed over, change.
RECEIPTS = {
    "eng": ("Subtotal", "Tax", "Total", "Cash", "Change"),
    "ger": ("Zwischensumme", "MwSt", "Summe", "Bar", "Rückgeld"),
    "fre": ("Sous-total", "TVA", "Total TTC", "Espèces", "Rendu"),
    "spa": ("Subtotal", "IVA", "Total", "Efectivo", "Cambio"),
    "jpn": ("小計", "消費税", "合計", "お預り", "お釣り"),
    "kor": ("소계", "부가세", "합계", "현금", "거스름돈"),
    "chs": ("小计", "税额", "合计", "现金", "找零"),
    "cht": ("小計", "稅額", "合計", "現金", "找零"),
}
WANTED = {
    "invoice_no": "RE-77120", "invoice_date": "2026-09-14", "due_date": "2026-09-28", "subtotal": "500.00",
    "tax": "50.00", "total": "550.00",
}  # fmt: skip


def invoice_rows(language, invoice_no="RE-77120"):
    title, number, first, day, second, later, subtotal, tax, total = INVOICES[language]
    return (
        title, "", f"{number}:   {invoice_no}", f"{first}:   {day}", f"{second}:   {later}", "",
        f"{subtotal}          500.00", f"{tax}               50.00", f"{total}          550.00",
    )  # fmt: skip


def meant(the_page, template_id="invoice"):
    values = extract(the_page, TEMPLATES[template_id].fields, template_id).values
    return {name: next(iter((values[name].normalized or {"": values[name].text}).values())) for name in WANTED}


@pytest.mark.parametrize("language", INVOICES)
def test_an_invoice_is_read_in_every_language(language):
    the_page = page(*invoice_rows(language), fragments=True, size=(827, 1169))

    assert meant(the_page) == WANTED
    assert kind_of(the_page) == "invoice"


@pytest.mark.parametrize("language", RECEIPTS)
def test_a_receipt_is_read_in_every_language(language):
    subtotal, tax, total, given, change = RECEIPTS[language]
    amounts = {subtotal: "5.00", tax: "0.50", total: "5.50", given: "10.00", change: "4.50"}
    the_page = page("2026-09-14  12:01", "Tea             5.00", *(f"{x}       {y}" for x, y in amounts.items()))

    values = extract(the_page, TEMPLATES["receipt"].fields, "receipt").values

    assert [values[name].text for name in ("subtotal", "tax", "total")] == ["5.00", "0.50", "5.50"]
    assert values["payment_method"].text == given
    assert values["transaction_date"].normalized == {"date": "2026-09-14"}


@pytest.fixture(scope="module")
def engine():
    return PpOcr(WarmTesseract(find_tessdata()))


@pytest.mark.parametrize("language", INVOICES)
def test_an_invoice_is_read_from_pixels_in_every_language(engine, language):
    # In digits only: Latin letters in a Korean line are not what this is about.
    rows = [row for row in invoice_rows(language, "77120") if row]
    raster = pictures.raster(pictures.page(*rows, typeface=pictures.cjk(40), size=(1000, 900)))

    found = preparation.read(engine, raster, LANGUAGES[language])

    assert meant(Page(1, raster.width_px, raster.height_px, found.lines)) == {**WANTED, "invoice_no": "77120"}
