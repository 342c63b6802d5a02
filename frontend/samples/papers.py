"""The sample delivery note, purchase order and quotation."""

from PIL import Image

from frontend.samples.pen import BOLD, GREY, REGULAR, WIDE, WIDE_BOLD, Pen, money, sheet


def delivery() -> Image.Image:
    """A Japanese delivery note."""
    image, pen = sheet(1240, 1100)
    pen.write(530, 70, "納 品 書", 52, WIDE_BOLD)
    pen.write(110, 200, "株式会社みなと文具 御中", 36, WIDE)
    pen.write(110, 262, "〒231-0099 神奈川県見本市港町1-2-3", 26, WIDE)
    for row, (label, value) in enumerate(
        (("納品書番号", "DN-2026-0457"), ("納品日", "令和8年10月5日"), ("お問い合わせ番号", "4012-5566-7788"))
    ):
        pen.write(110, 350 + 46 * row, f"{label}：{value}", 28, WIDE)
    for row, text in enumerate(("やまなみ製紙株式会社", "〒390-0099 長野県見本市山手4-5-6", "TEL 0263-00-1234")):
        pen.write(740, 350 + 44 * row, text, 30 if row == 0 else 25, WIDE)
    _table(pen, 560, (("品名", 130), ("数量", 800), ("単位", 1000)), (
        ("再生コピー用紙 A4", "40", "箱"),
        ("封筒 長形3号", "12", "袋"),
        ("ノート B5 無地", "150", "冊"),
    ))  # fmt: skip
    pen.write(110, 940, "上記のとおり納品いたしました。", 28, WIDE)
    return image


def _table(pen: Pen, y: int, columns: tuple[tuple[str, int], ...], rows: tuple[tuple[str, ...], ...]) -> None:
    for label, x in columns:
        pen.write(x, y, label, 28, WIDE_BOLD)
    pen.rule(110, 1130, y + 52, 3)
    for number, row in enumerate(rows):
        for (_, x), text in zip(columns, row, strict=True):
            pen.write(x, y + 78 + 64 * number, text, 28, WIDE)
        pen.rule(110, 1130, y + 132 + 64 * number, 1)


ORDER = (("Linen cloth, natural, 140 cm", 25, 1180), ("Zip fasteners 20 cm, brass", 200, 65),
         ("Sewing thread 500 m, white", 48, 240))  # fmt: skip


def purchase_order() -> Image.Image:
    """An English purchase order."""
    image, pen = sheet(1240, 1400)
    pen.write(110, 100, "Fernhill Upholstery Ltd", 38, BOLD)
    for row, text in enumerate(("22 Weaver Street", "Port Ellis PE7 3AB", "Tel 555 0171")):
        pen.write(110, 160 + 34 * row, text, 24)
    pen.write_to(1130, 100, "PURCHASE ORDER", 40, BOLD)
    pen.write(110, 330, "Supplier", 24, BOLD)
    for row, text in enumerate(("Marsh Textile Mills Ltd", "5 Canal Road", "Millbrook MB2 9QT")):
        pen.write(110, 368 + 34 * row, text, 24)
    facts = (("PO number", "PO-77120"), ("Order date", "14 September 2026"), ("Delivery date", "28 September 2026"))
    for row, (label, value) in enumerate(facts):
        pen.write(680, 330 + 44 * row, label, 24, BOLD)
        pen.write_to(1130, 330 + 44 * row, value, 24)
    total = _priced(pen, 560, ("Description", "Quantity", "Unit price", "Amount"), ORDER, comma=False)
    pen.write(740, 900, "Total", 28, BOLD)
    pen.write_to(1130, 900, money(total, "£"), 28, BOLD)
    pen.write(110, 1100, "Please confirm this order and state its number on all papers.", 22, shade=GREY)
    return image


OFFER = (
    ("Gartenmauer aus Naturstein, lfm", 18, 24500),
    ("Aushub und Abfuhr", 6, 8900),
    ("Pflasterarbeiten m²", 42, 5650),
)


def quote() -> Image.Image:
    """A German quotation."""
    image, pen = sheet(1240, 1500)
    pen.write(110, 90, "Steinwerk Musterbau GmbH", 38, BOLD)
    pen.write(110, 150, "Am Steinbruch 9 · 99999 Musterstadt", 22)
    for row, text in enumerate(("Gemeinde Beispielhausen", "Rathausplatz 1", "99998 Beispielhausen")):
        pen.write(110, 300 + 36 * row, text, 26)
    facts = (("Angebotsnummer", "AN-2026-114"), ("Datum", "02.09.2026"), ("Gültig bis", "30.09.2026"))
    for row, (label, value) in enumerate(facts):
        pen.write(720, 300 + 44 * row, f"{label}:", 24, BOLD)
        pen.write_to(1130, 300 + 44 * row, value, 24)
    pen.write(110, 500, "Angebot", 40, BOLD)
    net = _priced(pen, 640, ("Bezeichnung", "Menge", "Einzelpreis", "Gesamtpreis"), OFFER, comma=True)
    for row, (label, cents) in enumerate((("Nettobetrag", net), ("zzgl. 19 % MwSt.", round(net * 0.19)))):
        pen.write(680, 980 + 48 * row, label, 26)
        pen.write_to(1130, 980 + 48 * row, money(cents, comma=True), 26)
    pen.write(680, 1084, "Gesamtbetrag", 28, BOLD)
    pen.write_to(1130, 1084, money(net + round(net * 0.19), comma=True) + " €", 28, BOLD)
    return image


def _priced(pen: Pen, y: int, labels: tuple[str, ...], rows: tuple[tuple[str, int, int], ...], *, comma: bool) -> int:
    """A table of goods; returns what they come to in cents."""
    rights = (0, 700, 920, 1130)
    pen.write(110, y, labels[0], 24, BOLD)
    for right, label in zip(rights[1:], labels[1:], strict=True):
        pen.write_to(right, y, label, 24, BOLD)
    pen.rule(110, 1130, y + 44, 3)
    for number, (text, count, cents) in enumerate(rows):
        line = y + 66 + 60 * number
        pen.write(110, line, text, 24, REGULAR)
        for right, value in zip(
            rights[1:], (str(count), money(cents, comma=comma), money(count * cents, comma=comma)), strict=True
        ):
            pen.write_to(right, line, value, 24)
    return sum(count * cents for _, count, cents in rows)
