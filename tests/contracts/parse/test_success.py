"""What the Parse API answers when it could read: whole bodies, page by page."""

import pytest

from tests import pictures, poison
from tests.contracts.conftest import Near
from tests.contracts.parse.conftest import page, success
from tests.poison import GOOD


def word(text: str, left: float, width: float, within: float) -> dict[str, object]:
    return {
        "WordText": text,
        "Left": Near(left, within),
        "Top": Near(90, within),
        "Height": Near(79, within),
        "Width": Near(width, 2 * within),
    }


def overlay(within: float) -> dict[str, object]:
    line = {
        "LineText": "INVOICE 12345",
        "Words": [word("INVOICE", 91, 414, within), word("12345", 546, 301, within)],
        "MaxHeight": Near(79, within),
        "MinTop": Near(90, within),
    }
    return {"Lines": [line], "HasOverlay": True, "Message": "Total lines: 1"}


def test_a_file_is_read(parse, charged):
    assert parse() == success(page("INVOICE 12345\r\n"))
    assert charged() == [("parse", "settled", 1, 1)]


def test_engine_two_ends_its_lines_with_a_line_feed(parse, charged):
    assert parse(OCREngine="2") == success(page("INVOICE 12345\n"))
    assert charged() == [("parse", "settled", 1, 2)]


@pytest.mark.parametrize(("engine", "end", "within"), [("1", "\r\n", 4), ("2", "\n", 70)])
def test_an_overlay_gives_every_word_its_box(parse, engine, end, within):
    body = parse(isOverlayRequired="true", OCREngine=engine)

    assert body == success(page("INVOICE 12345" + end, overlay=overlay(within)))


def test_the_numbers_of_a_box_are_floats_on_the_wire(post):
    raw = post(isOverlayRequired="true").content.decode()

    assert '"Left":91.0' in raw.replace(": ", ":")


@pytest.mark.parametrize("name", [name for name in GOOD if name not in ("tiff_two_pages", "pdf_two_pages")])
def test_every_format_is_read(parse, organization, name):
    organization.plan = "pro"  # a bitmap is large
    organization.save()

    assert parse(GOOD[name](), name="upload") == success(page("INVOICE 12345\r\n"))


@pytest.mark.parametrize("name", ["tiff_two_pages", "pdf_two_pages"])
def test_every_page_has_an_entry_in_order(parse, charged, name):
    pages = page("INVOICE 12345\r\nPAGE ONE\r\n"), page("INVOICE 12345\r\nPAGE TWO\r\n")

    assert parse(GOOD[name]()) == success(*pages)
    assert charged() == [("parse", "settled", 1, 1)]


def test_boxes_of_a_pdf_are_measured_at_96_dots_an_inch(parse):
    (line,) = parse(GOOD["pdf_scan"](), isOverlayRequired="true")["ParsedResults"][0]["TextOverlay"]["Lines"]

    # The drawing stands 56 points from the left, 92 from the top, at half its size.
    assert line["Words"][0]["Left"] == Near((56 + 91 / 2) * 4 / 3, 3)
    assert line["Words"][0]["Top"] == Near((92 + 90 / 2) * 4 / 3, 3)


def test_boxes_follow_the_exif_rotation(parse):
    body = parse(GOOD["jpeg_exif_rotated_6"](), isOverlayRequired="true")

    assert body == success(page("INVOICE 12345\r\n", overlay=overlay(4)))


@pytest.mark.parametrize(("stored", "turn"), [(0, "0"), (90, "90"), (180, "180"), (270, "270")])
def test_a_page_on_its_side_is_turned_when_that_is_asked_for(parse, stored, turn):
    lines = [
        "All human beings are born free",
        "and equal in dignity and rights.",
        "They are endowed with reason",
    ] * 3
    upright = pictures.page(*lines, typeface=pictures.latin(36), size=(1_000, 1_000))
    image = poison.encoded(upright.rotate(stored, expand=True), "PNG", dpi=(200, 200))

    body = parse(image, detectOrientation="true")

    assert body == success(page("".join(line + "\r\n" for line in lines), turned=turn))


def test_a_table_comes_row_by_row_with_tabs(parse):
    image = pictures.page("Coffee", "Tea", typeface=pictures.latin(48))
    prices = pictures.page("3.50", "2.00", typeface=pictures.latin(48))
    image.paste(prices.crop((60, 0, 300, 400)), (640, 0))

    body = parse(poison.encoded(image, "PNG"), isTable="true")

    assert body == success(page("Coffee\t3.50\t\r\nTea\t2.00\t\r\n"))


def test_a_small_picture_is_read_better_when_it_is_scaled(parse):
    tiny = poison.encoded(pictures.page("INVOICE 12345", typeface=pictures.latin(11), size=(260, 90)), "PNG")

    assert parse(tiny, scale="true") == success(page("INVOICE 12345\r\n"))


@pytest.mark.parametrize(("engine", "end"), [("1", "\r\n"), ("2", "\n")])
@pytest.mark.parametrize(
    ("code", "fonts", "text"),
    [
        ("jpn", ("NotoSansCJK-Regular.ttc",), "請求書の番号は次の通りです"),
        ("chs", ("NotoSansCJK-Regular.ttc",), "人人生而自由在尊严和权利上一律平等"),
        ("kor", ("NotoSansCJK-Regular.ttc",), "모든 인간은 태어날 때부터"),
        ("rus", ("NotoSans-Regular.ttf", "DejaVuSans.ttf"), "Все люди рождаются свободными"),
        ("ger", ("NotoSans-Regular.ttf", "DejaVuSans.ttf"), "Übergrößen für Straßenschuhe"),
    ],
)
def test_the_language_asked_for_is_the_language_read(parse, code, fonts, text, engine, end):
    image = pictures.page(text, typeface=pictures.font(*fonts, size=44))

    body = parse(poison.encoded(image, "PNG"), language=code, OCREngine=engine)

    assert body == success(page(text + end))


def test_a_blank_page_is_a_success_without_text(parse, charged):
    blank = poison.encoded(pictures.page(typeface=pictures.latin(10)), "PNG")

    assert parse(blank, isOverlayRequired="true") == success(
        page("", overlay={"Lines": [], "HasOverlay": True, "Message": "Total lines: 0"})
    )
    assert charged() == [("parse", "settled", 1, 1)]
