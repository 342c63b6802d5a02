"""The text layer: what two readers of PDF find in it, in every language, and where."""

import re

import pytest

from ocr.geometry import polygon_of
from ocr.languages import LANGUAGES
from ocr.searchable_pdf.layer import runs_of, visual
from ocr.searchable_pdf.make import Wish
from ocr.types import Box, Point, Polygon, Word
from tests.ocr.searchable_pdf.papers import by_pdfium, by_poppler, drawn, line, line_of, page, pdf_of

TEXTS = {
    "ara": "يولد جميع الناس أحرارا 2024",
    "bul": "Всички хора се раждат свободни",
    "chs": "人人生而自由，在尊严和权利上一律平等。",
    "cht": "人人生而自由，在尊嚴和權利上一律平等。",
    "hrv": "Sva ljudska bića rađaju se slobodna",
    "cze": "Všichni lidé rodí se svobodní",
    "dan": "Alle mennesker er født frie",
    "dut": "Alle mensen worden vrij geboren",
    "eng": "All human beings are born free.",
    "fin": "Kaikki ihmiset syntyvät vapaina",
    "fre": "Tous les êtres humains naissent libres",
    "ger": "Größe, Würde und Rechte",
    "gre": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι",
    "hun": "Minden emberi lény szabadon születik",
    "kor": "모든 인간은 태어날 때부터",
    "ita": "Tutti gli esseri umani nascono liberi",
    "jpn": "すべての人間は、生まれながらにして自由",
    "nor": "Alle mennesker er født frie",
    "pol": "Wszyscy ludzie rodzą się wolni",
    "por": "Todos os seres humanos nascem livres",
    "rus": "Все люди рождаются свободными",
    "slv": "Vsi ljudje se rodijo svobodni",
    "spa": "Año nuevo, niños y niñas",
    "swe": "Alla människor är födda fria",
    "tur": "Bütün insanlar hür doğarlar, ığş",
    "heb": "כל בני האדם נולדו בני חורין 15",
    "hin": "सभी मनुष्यों को गौरव और अधिकारों",
    "kan": "ಎಲ್ಲಾ ಮಾನವರೂ ಸ್ವತಂತ್ರರಾಗಿಯೇ",
    "per": "تمام افراد بشر آزاد بدنیا",
    "tel": "ప్రతిపత్తిస్వత్వముల విషయమున",
    "tam": "மனிதப் பிறவியினர் சகலரும்",
    "tai": "มนุษย์ทั้งหลายเกิดมามีอิสระ",
    "vie": "Tất cả mọi người sinh ra đều được tự do",
    "ind": "Semua orang dilahirkan merdeka",
    "ukr": "Всі люди народжуються вільними",
    "ron": "Toate ființele umane se nasc libere",
}
RIGHT_TO_LEFT = {"ara", "heb", "per"}
WITHOUT_SPACES = {"chs", "cht", "jpn", "tai"}


def read_line(code: str):
    """A line as an engine gives it: boxes from left to right, words in logical order."""
    if code in WITHOUT_SPACES:
        return line(*TEXTS[code], glued=True)
    words = TEXTS[code].split()
    if code not in RIGHT_TO_LEFT:
        return line(*words)
    return line_of(tuple(reversed(line(*reversed(words)).words)))


def test_every_language_of_the_contract_has_a_text():
    assert set(TEXTS) == set(LANGUAGES) - {"auto"}


@pytest.mark.parametrize("is_hidden", [True, False], ids=["hidden", "visible"])
@pytest.mark.parametrize("code", TEXTS)
def test_a_line_comes_back_as_it_was_read(code, is_hidden):
    pdf = pdf_of(page(read_line(code), language=code), wish=Wish(is_hidden=is_hidden))

    assert by_poppler(pdf).strip() == TEXTS[code]
    assert by_pdfium(pdf).strip() == TEXTS[code]


def test_chinese_keeps_a_true_space_and_gets_no_false_one():
    words = [
        Word(char, polygon_of(Box(left, 100, left + 28, 130)), 0.9, glued)
        for char, left, glued in (("合", 80, False), ("計", 130, True), ("金", 182, True), ("額", 240, False))
    ]

    pdf = pdf_of(page(line_of(words)))

    assert by_poppler(pdf).strip() == by_pdfium(pdf).strip() == "合計金 額"


def test_words_that_nearly_touch_stay_apart():
    words = [
        Word("Total", polygon_of(Box(80, 100, 180, 130)), 0.9),
        Word("12.00", polygon_of(Box(181, 100, 280, 130)), 0.9),
    ]

    pdf = pdf_of(page(line_of(words)))

    assert by_poppler(pdf).strip() == by_pdfium(pdf).strip() == "Total 12.00"


def test_vertical_japanese_is_one_line():
    words = [
        Word(c, polygon_of(Box(500, 60 + 40 * i, 530, 90 + 40 * i)), 0.9, i > 0) for i, c in enumerate("縦書きの文章")
    ]

    pdf = pdf_of(page(line_of(words)))

    assert by_poppler(pdf).strip() == by_pdfium(pdf).strip() == "縦書きの文章"


def test_a_character_beyond_the_first_plane_is_one_character():
    pdf = pdf_of(page(line(*"𠮷野家", glued=True)))

    assert by_poppler(pdf).strip() == by_pdfium(pdf).strip() == "𠮷野家"


def test_each_word_lies_on_its_box():
    read = page(line("Invoice", "12345"), line("Total", left=600, top=400, height=50))

    places = boxes(by_poppler(pdf_of(read), "-bbox"), to_pixels=200 / 72)

    assert set(places) == {"Invoice", "12345", "Total"}
    for word in read.words:
        assert places[word.text] == pytest.approx(word.box, abs=1.5)


def test_a_tilted_word_lies_along_its_tilt():
    # 100 pixels along, 20 down: about 11 degrees.
    corners = Polygon(Point(300, 200), Point(400, 220), Point(394, 250), Point(294, 230))
    word = Word("Tilted", corners, 0.9)

    (run,) = runs_of(line_of([word]))

    assert run.start == pytest.approx((294, 230), abs=0.5)
    assert run.at(run.width_px, run.height_px) == pytest.approx((400, 220), abs=0.5)
    assert "Tilted" in by_pdfium(pdf_of(page(line_of([word]))))


def test_a_hidden_layer_is_not_seen_and_a_visible_one_is():
    read = page(line("Invoice", "12345"), line("مرحبا", top=200), line(*"請求書", top=300, glued=True))

    assert drawn(pdf_of(read)).getextrema() == ((255, 255),) * 3
    visible = drawn(pdf_of(read, wish=Wish()), scale=2.0)
    for top in (100, 200, 300):
        box = tuple(round(value * 0.72) for value in (80, top - 5, 300, top + 35))
        assert visible.crop(box).getextrema()[0][0] < 100, f"nothing is drawn at {top}"


@pytest.mark.parametrize(
    ("word", "left_to_right"),
    [("abc", "abc"), ("שלום", "םולש"), ("(שלום", "םולש("), ("ב15%", "%15ב"), ("12.50", "12.50")],
)
def test_a_word_is_laid_out_as_it_stands_on_paper(word, left_to_right):
    assert "".join(visual(word)) == left_to_right


def boxes(html: str, *, to_pixels: float) -> dict[str, list[float]]:
    found = re.findall(r'<word xMin="(.+?)" yMin="(.+?)" xMax="(.+?)" yMax="(.+?)">(.+?)</word>', html)
    return {text: [float(value) * to_pixels for value in places] for *places, text in found}
