"""Every template in the eight languages of the contract: all its fields, by the words that such documents print."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from ocr.extraction.extract import extract
from ocr.extraction.fields import Rows
from ocr.extraction.locate import squeezed
from ocr.extraction.templates import TEMPLATES
from tests.ocr.extraction.pages import page

LABELS = tomllib.loads(Path(__file__).with_name("printed_labels.toml").read_text("utf-8"))
LANGUAGES = ("en", "de", "fr", "es", "ja", "ko", "zh-Hans", "zh-Hant")
GOODS, SUMS = ("description", "quantity", "unit_price", "amount"), ("subtotal", "tax", "total")
TRADE = ("invoice", "delivery", "purchase_order", "quote")
FORMS = ("driver_license", "passport", "bankbook", "resident_card", "residence_card", "my_number_card",
         "india_electoral_roll_cover")  # fmt: skip


@dataclass(frozen=True)
class Place:
    """What papers of a language have in common beside their labels. All of it is made up."""

    firm: str
    client: str
    address: tuple[str, ...]
    client_address: tuple[str, ...]
    person: tuple[str, str]
    days: tuple[str, str, str]  # 2026-09-14, 2026-09-28, 1990-05-17
    money: str  # How 1234.50, or 1234 where there are no cents, is printed.
    tax_id: str
    goods: tuple[str, str]
    paid: str
    job: tuple[str, str]  # Title and department.
    account: tuple[str, str, str]  # Bank, branch and kind of account.

    def sum(self, amount: int) -> str:
        """An amount as the language prints it."""
        thousands = self.money[1 if self.money[0].isdigit() else self.money.index("1") + 1]
        grouped = f"{amount:,}".replace(",", thousands)
        return self.money.replace(f"1{thousands}234", grouped)


PLACES = {
    "en": Place("Harrow Lane Supplies Ltd", "Bexley Print Works Ltd", ("14 Mill Lane", "York YO1 7HH"),
                ("3 Station Road", "Leeds LS1 4DY"), ("Example", "Robin"), ("14/09/2026", "28/09/2026", "17/05/1990"),
                "£1,234.50", "GB 123 4567 82", ("Oak shelf", "Wall bracket"), "Visa",
                ("Project Manager", "Department of Bridges"), ("Harrow Savings Bank", "Mill Lane", "Savings account")),
    "de": Place("Nordlicht Möbel GmbH", "Druckerei Feldmann KG", ("Hafenstraße 5", "20457 Hamburg"),
                ("Lindenweg 12", "50667 Köln"), ("Specimen", "Erika"), ("14.09.2026", "28.09.2026", "17.05.1990"),
                "1.234,50 €", "DE136695976", ("Eichenregal", "Wandhalter"), "EC-Karte",
                ("Vertriebsleiter", "Abteilung Brückenbau"), ("Volksbank Beispielhausen", "Marktplatz", "Girokonto")),
    "fr": Place("Meubles du Quai SARL", "Imprimerie Lenoir SAS", ("5 rue du Port", "44000 Nantes"),
                ("12 avenue des Tilleuls", "69003 Lyon"), ("Dupont", "Marie"),
                ("14/09/2026", "28/09/2026", "17/05/1990"),
                "1 234,50 €", "FR40303265045", ("Étagère chêne", "Équerre murale"), "Carte bancaire",
                ("Directrice commerciale", "Service des ponts"),
                ("Banque de la Loire", "Nantes Centre", "Compte courant")),
    "es": Place("Muebles del Puerto S.L.", "Imprenta Robles S.A.", ("Calle del Mar 5", "46011 Valencia"),
                ("Avenida de la Paz 12", "28013 Madrid"), ("Pérez", "Lucía"),
                ("14/09/2026", "28/09/2026", "17/05/1990"),
                "1.234,50 €", "B12345674", ("Estante de roble", "Soporte de pared"), "Tarjeta",
                ("Directora comercial", "Departamento de puentes"),
                ("Banco del Turia", "Valencia Centro", "Cuenta corriente")),
    "ja": Place("株式会社みなと家具", "あおぞら印刷株式会社", ("〒231-0002 神奈川県横浜市中区海岸通1-2-3",),
                ("〒100-0005 東京都千代田区丸の内4-5-6",), ("見本", "花子"),
                ("令和8年9月14日", "2026年9月28日", "平成2年5月17日"),
                "¥1,234", "T1234567890123", ("オーク棚板", "壁掛け金具"), "クレジットカード",
                ("営業部長", "企画開発部"), ("みほん銀行", "港町支店", "普通預金")),
    "ko": Place("주식회사 한빛가구", "(주)푸른인쇄", ("(04524) 서울특별시 중구 세종대로 110",),
                ("(06236) 서울특별시 강남구 테헤란로 12",), ("홍", "길동"),
                ("2026년 9월 14일", "2026. 9. 28.", "1990.05.17"),
                "1,234원", "123-45-67890", ("원목 선반", "벽걸이 브래킷"), "신용카드",
                ("영업부장", "기획개발팀"), ("견본은행", "종로지점", "보통예금")),
    "zh-Hans": Place("上海海港家具有限公司", "北京蓝天印刷有限公司", ("上海市浦东新区世纪大道100号",),
                     ("北京市朝阳区建国路88号",), ("王", "小明"), ("2026年9月14日", "2026-09-28", "1990年5月17日"),
                     "¥1,234.50", "91310000MA1FL0XY3K", ("橡木搁板", "墙面支架"), "微信支付",
                     ("销售经理", "市场部"), ("样本银行", "浦东支行", "活期存款")),
    "zh-Hant": Place("海港家具股份有限公司", "藍天印刷股份有限公司", ("100 台北市中正區忠孝東路一段10號",),
                     ("404 台中市北區三民路5號",), ("陳", "小美"),
                     ("民國115年9月14日", "2026/09/28", "民國79年5月17日"),
                     "NT$1,234", "12345675", ("橡木層板", "壁掛支架"), "信用卡",
                     ("業務經理", "市場部"), ("樣本銀行", "中正分行", "活期存款")),
}  # fmt: skip


def labels_of(template_id, language, choice):
    """The printed label of each field: the first or the second word that is written down for it."""
    words = [entry.split("|")[choice] for entry in LABELS[template_id][language]]
    return dict(zip(LABELS[template_id]["fields"], words, strict=True))


def fact_values(template_id, language):
    """What stands beside or under the labels."""
    place = PLACES[language]
    issued, later, born = place.days
    return {
        "invoice_no": "HL-77120", "po_no": "HL-77120", "quote_no": "HL-77120", "delivery_no": "HL-77120",
        "receipt_no": "77120", "invoice_date": issued, "order_date": issued, "quote_date": issued, "issue_date": issued,
        "transaction_date": issued, "due_date": later, "valid_until": later, "expiry_date": later,
        "delivery_date": later if template_id == "purchase_order" else issued, "birth_date": born,
        "tracking_no": "4012-5566-7788", "currency": "EUR", "vendor_tax_id": place.tax_id, "transaction_time": "17:42",
        "store_phone": "03-5550-1420", "payment_method": place.paid, "phone": "03-5550-1420", "fax": "03-5550-1421",
        "mobile": "090-5550-5678", "email": "hello@harrow.example", "website": "www.harrow.example",
        "name": " ".join(place.person), "surname": place.person[0], "given_names": place.person[1], "sex": "F",
        "address": place.address[0], "license_no": "S5294410773", "class": "AM/B", "passport_no": "X12345678",
        "id_no": "1234 5678 9018" if template_id == "my_number_card" else "AB12345678CD", "type": "P", "country": "UTO",
        "nationality": "UTOPIA", "bank": place.account[0], "branch": place.account[1], "account_type": place.account[2],
        "account_no": "1234567", "account_holder": " ".join(place.person), "state": "Sample Pradesh",
        "constituency": "104 - Nadipur (GEN)", "part_no": "37", "section": "1 - Station Road East",
        "polling_station": "12 - Government School Nadipur", "voters_male": "512", "voters_female": "498",
        "voters_total": "1010",
    }  # fmt: skip


def differences(the_page, template_id, wanted):
    """The fields that are not what is wanted; white space aside."""
    values = extract(the_page, TEMPLATES[template_id].fields, template_id).values
    found = {name: value.text for name, value in values.items() if not isinstance(value, Rows)}
    return {name: found[name] for name, text in wanted.items() if squeezed(found[name]) != squeezed(text)}


def form(template_id, language, choice, layout):
    """A card or form with a label for each value."""
    values, labels = fact_values(template_id, language), labels_of(template_id, language, choice)
    rows = []
    for name, label in labels.items():
        rows += [f"{label}      {values[name]}"] if layout == "beside" else [label, values[name], ""]
    return page(*rows, fragments=True, size=(700, 60 + 26 * len(rows))), {name: values[name] for name in labels}


@pytest.mark.parametrize("layout", ["beside", "below"])
@pytest.mark.parametrize("choice", [0, 1])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template_id", FORMS)
def test_a_form_is_read_in_every_language(template_id, language, choice, layout):
    the_page, wanted = form(template_id, language, choice, layout)

    assert differences(the_page, template_id, wanted) == {}


def trade_rows(template_id, language, choice):
    """A trade paper: two parties side by side, its facts, a table of goods, its sums."""
    place, labels = PLACES[language], labels_of(template_id, language, choice)
    parties = [name for name in ("vendor", "sender", "buyer", "recipient", "supplier") if name in labels]
    facts = [name for name in labels if name not in {*parties, *GOODS, *SUMS, "unit"}]
    columns = [name for name in labels if name in {*GOODS, "unit"}]
    values = fact_values(template_id, language)
    left, right = (place.firm, *place.address), (place.client, *place.client_address)
    rows = [f"{labels[parties[0]]}:".ljust(44) + f"{labels[parties[1]]}:"]
    rows += [a.ljust(44) + b for a, b in zip(left, right, strict=True)]
    rows += ["", *(f"{labels[name]}:    {values[name]}" for name in facts), ""]
    rows += [_cells([labels[name] for name in columns]), *(_cells(row) for row in goods_of(language, columns)), ""]
    rows += [" " * 50 + labels[name].ljust(24) + text for name, text in sums_of(language).items() if name in labels]
    return rows


def goods_of(language, columns):
    place = PLACES[language]
    for number, (name, count, price) in enumerate(zip(place.goods, (4, 10), (250, 60), strict=True)):
        cells = {"description": name, "quantity": str(count), "unit_price": place.sum(price),
                 "amount": place.sum(count * price), "unit": ("kg", "box")[number]}  # fmt: skip
        yield [cells[column] for column in columns]


def sums_of(language):
    place = PLACES[language]
    return {"subtotal": place.sum(1600), "tax": place.sum(320), "total": place.sum(1920)}


def _cells(texts):
    return "".join(text.ljust(width) for text, width in zip(texts, (26, 16, 18, 18), strict=False))


def trade_values(template_id, language, choice):
    place, labels = PLACES[language], labels_of(template_id, language, choice)
    values = {**fact_values(template_id, language), **sums_of(language)}
    values |= {"vendor": place.firm, "sender": place.firm, "buyer": place.firm}
    values |= {"recipient": place.client, "supplier": place.client}
    wanted = {name: values[name] for name in labels if name not in {*GOODS, "unit"}}
    if template_id == "invoice":
        wanted["vendor_address"] = " ".join(place.address)
    return wanted | ({"recipient_address": " ".join(place.client_address)} if template_id == "delivery" else {})


@pytest.mark.parametrize("choice", [0, 1])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template_id", TRADE)
def test_a_trade_paper_is_read_in_every_language(template_id, language, choice):
    the_page = page(*trade_rows(template_id, language, choice), fragments=True, size=(1100, 1500))
    columns = [field.name for field in next(f for f in TEMPLATES[template_id].fields if f.children).children]

    items = extract(the_page, TEMPLATES[template_id].fields, template_id).values["items"]

    assert differences(the_page, template_id, trade_values(template_id, language, choice)) == {}
    assert [[row[name].text for name in columns] for row in items.rows] == [*goods_of(language, columns)]


@pytest.mark.parametrize("choice", [0, 1])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_till_receipt_is_read_in_every_language(language, choice):
    place, labels = PLACES[language], labels_of("receipt", language, choice)
    values = {**fact_values("receipt", language), **sums_of(language)}
    facts = [name for name in labels if name not in {*SUMS, "payment_method"}]
    ends = [*SUMS, "payment_method"]
    goods = [[row[0], row[1]] for row in goods_of(language, ("description", "amount"))]
    the_page = page(
        f"   {place.firm}", *place.address, *(f"{labels[name]}: {values[name]}" for name in facts), "",
        *(name.ljust(24) + amount for name, amount in goods), *(labels[name].ljust(24) + values[name] for name in ends),
        size=(460, 1000),
    )  # fmt: skip

    items = extract(the_page, TEMPLATES["receipt"].fields, "receipt").values["items"]

    wanted = {"store_name": place.firm, "store_address": " ".join(place.address), **{n: values[n] for n in labels}}
    assert differences(the_page, "receipt", wanted) == {}
    assert [[row[name].text for name in ("description", "amount")] for row in items.rows] == goods


@pytest.mark.parametrize("choice", [0, 1])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_business_card_is_read_in_every_language(language, choice):
    place, labels, values = PLACES[language], labels_of("business_card", language, choice), fact_values("", language)
    values |= {"address": " ".join(place.address)}
    title, department = place.job
    name = " ".join(place.person) if language in {"ja", "ko", "zh-Hans", "zh-Hant"} else " ".join(place.person[::-1])
    the_page = page(
        place.firm, department, title, "", name, "",
        *(f"{label}: {values[field]}" for field, label in labels.items()), size=(700, 450),
    )  # fmt: skip

    wanted = {field: values[field] for field in labels}
    wanted |= {"company": place.firm, "department": department, "title": title, "name": name}
    assert differences(the_page, "business_card", wanted) == {}
