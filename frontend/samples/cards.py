"""The sample business card, driving licence and identity cards. Their holders do not exist."""

from PIL import Image

from frontend.samples.pen import BOLD, REGULAR, WIDE, WIDE_BOLD, Pen, sheet


def business_card() -> Image.Image:
    """A Japanese business card."""
    image, pen = sheet(1050, 640)
    pen.write(80, 60, "株式会社あおぞら設計", 38, WIDE_BOLD)
    pen.write(80, 150, "企画開発部", 28, WIDE)
    pen.write(80, 196, "課長", 28, WIDE)
    pen.write(80, 252, "見本 花子", 56, WIDE)
    pen.write(80, 334, "Hanako Mihon", 26)
    for row, text in enumerate((
        "〒100-9999 東京都見本区青空町7-8-9",
        "TEL 03-0000-1234   FAX 03-0000-1235",
        "携帯 090-0000-5678",
        "hanako.mihon@aozora.example   https://www.aozora.example",
    )):  # fmt: skip
        pen.write(80, 410 + 48 * row, text, 26, WIDE)
    return image


def driver_license() -> Image.Image:
    """An English driving licence with labelled fields."""
    image, pen = _card("DRIVER LICENSE", "STATE OF SAMPLETON")
    _fields(pen, 400, 190, (
        ("DL NO", "S529-4410-7733"),
        ("NAME", "Robin Specimen"),
        ("ADDRESS", "40 Orchard Drive"),
        ("", "Sampleton ST 55501"),
        ("DATE OF BIRTH", "03/22/1988"),
        ("ISSUED", "06/01/2024"),
        ("EXPIRES", "06/01/2032"),
        ("CLASS", "C"),
    ))  # fmt: skip
    return image


def resident_card() -> Image.Image:
    """A Korean resident registration card."""
    image, pen = _card("주민등록증", "", font=WIDE_BOLD)
    for row, (text, size) in enumerate((
        ("홍길동(洪吉東)", 44),
        ("800101-2345678", 38),
        ("서울특별시 견본구 예시로 12,", 30),
        ("101동 1502호 (견본동)", 30),
    )):  # fmt: skip
        pen.write(80, 190 + 74 * row, text, size, WIDE)
    pen.write(420, 520, "2021. 4. 5.", 30, WIDE)
    pen.write(300, 576, "서울특별시 견본구청장", 34, WIDE_BOLD)
    pen.portrait(760, 170, 220)
    return image


def residence_card() -> Image.Image:
    """A Japanese residence card."""
    image, pen = _card("在留カード", "", font=WIDE_BOLD)
    pen.write(700, 60, "番号 AB12345678CD", 28, WIDE)
    _fields(pen, 80, 160, (
        ("氏名 NAME", "SAMPLE MARIA"),
        ("生年月日", "1990年05月17日"),
        ("性別", "女 F."),
        ("国籍・地域", "ユートピア"),
        ("住居地", "東京都見本区桜町3丁目4番5号"),
        ("許可年月日", "2024年04月01日"),
        ("在留期間満了日", "2029年04月01日"),
    ), font=WIDE, gap=270)  # fmt: skip
    return image


def my_number_card() -> Image.Image:
    """A Japanese My Number card, both sides as one picture."""
    image, pen = _card("個人番号カード", "", font=WIDE_BOLD)
    _fields(pen, 330, 160, (
        ("氏名", "見本 太郎"),
        ("住所", "神奈川県見本市緑町1番2号"),
        ("生年月日", "平成元年3月31日生"),
        ("性別", "男"),
        ("有効期限", "2035年3月31日まで有効"),
        ("個人番号", "1234 5678 9018"),
    ), font=WIDE, gap=170)  # fmt: skip
    pen.portrait(80, 170, 200)
    return image


def _card(title: str, issuer: str, font: str = BOLD) -> tuple[Image.Image, Pen]:
    """A card with its title; a portrait on those whose fields leave the left side free."""
    image, pen = sheet(1080, 680)
    pen.frame(14, 14, 1066, 666)
    pen.write(80, 50, title, 48, font)
    pen.write(80, 118, issuer, 24)
    if issuer:
        pen.portrait(80, 190, 240)
    return image, pen


def _fields(
    pen: Pen, x: int, y: int, rows: tuple[tuple[str, str], ...], *, font: str = REGULAR, gap: int = 240
) -> None:
    for number, (label, value) in enumerate(rows):
        pen.write(x, y + 58 * number + 6, label, 22, font, 70)
        pen.write(x + gap, y + 58 * number, value, 30, font)
