"""Pages written from top to bottom, in columns from right to left: Japanese and Chinese."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, features

from ocr.engine_process import Engines
from ocr.engines import preparation, vertical
from ocr.engines.tesseract import ProgramTesseract, WarmTesseract, find_tessdata
from ocr.geometry import hull, polygon_of
from ocr.languages import LANGUAGES
from ocr.searchable_pdf.make import Wish
from ocr.types import Box, Line, Page, Word
from tests.ocr.engines.test_languages import wrong
from tests.ocr.searchable_pdf.papers import by_pdfium, by_poppler, pdf_of
from tests.pictures import cjk, font, latin, page, raster, tilted

COLUMNS = (
    "吾輩は猫である。名前はまだ無い。どこで生れたか",
    "とんと見当がつかぬ。何でも薄暗い所でニャーニャー",
    "泣いていた事だけは記憶している。吾輩はここで始めて",
    "人間というものを見た。会社の電話は二十四番です。",
)
TRUTH = "".join(COLUMNS)
CHINESE = ("每個人都有休息和工作的權利。", "房子很大，道路很長，歷史很久。", "這是一本關於城市歷史的新書。")
SIZE_PX, STEP_PX = 33, 56


def columns(*texts: str, face: int = 0, size: int = SIZE_PX) -> Image.Image:
    """Columns of text, the first one on the right, with the shapes that marks have in vertical writing."""
    if not features.check("raqm"):
        pytest.skip("This build of Pillow cannot set vertical text: it lacks libraqm.")
    path = font("NotoSerifCJK-Regular.ttc", size=size).path
    typeface = ImageFont.truetype(path, size, index=face, layout_engine=ImageFont.Layout.RAQM)
    step = round(STEP_PX * size / SIZE_PX)
    image = Image.new("L", (160 + step * len(texts), 160 + round(1.03 * size * max(map(len, texts)))), 255)
    draw = ImageDraw.Draw(image)
    for number, text in enumerate(texts):
        draw.text((image.width - 80 - size - step * number, 80), text, fill=0, font=typeface, direction="ttb")
    return image


def text_of(lines) -> str:
    return "".join(line.text for line in lines)


@pytest.fixture(scope="module")
def engines() -> Engines:
    return Engines("auto", "")


@pytest.mark.parametrize("size", [22, 33, 46])
def test_columns_are_told_from_lines(size):
    assert vertical.runs_down(np.asarray(columns(*COLUMNS, size=size)))
    assert not vertical.runs_down(np.asarray(page(*COLUMNS, typeface=cjk(size), size=(1_500, 700))))
    assert not vertical.runs_down(np.asarray(page(typeface=latin(size))))


def test_a_page_of_english_is_never_read_in_columns():
    sideways = page("Invoice No 12345", "Total due 678.90", typeface=latin(40)).rotate(90, expand=True)

    assert not vertical.is_in_columns(np.asarray(sideways), LANGUAGES["eng"])


@pytest.mark.parametrize("code", ["jpn", "auto"])
@pytest.mark.parametrize("number", [2, 3])
def test_japanese_columns_are_read_from_right_to_left(engines, number, code):
    found = preparation.read(engines[number], raster(columns(*COLUMNS)), LANGUAGES[code])

    assert [line.text[:3] for line in found.lines] == [column[:3] for column in COLUMNS]
    assert wrong(text_of(found.lines), TRUTH) <= 0.02
    assert found.language == "jpn"


@pytest.mark.parametrize("adapter", [WarmTesseract, ProgramTesseract])
def test_engine_1_reads_columns_with_data_of_their_own(adapter):
    found = preparation.read(adapter(find_tessdata()), raster(columns(*COLUMNS)), LANGUAGES["jpn"])

    assert len(found.lines) == len(COLUMNS)
    assert wrong(text_of(found.lines), TRUTH) <= 0.05


@pytest.mark.parametrize("degrees", [-5, 4])
def test_tilted_columns_are_levelled(engines, degrees):
    found = preparation.read(engines[2], raster(tilted(columns(*COLUMNS), degrees)), LANGUAGES["jpn"])

    assert wrong(text_of(found.lines), TRUTH) <= 0.03


def test_the_way_of_writing_chinese_is_found_in_columns_too(engines):
    found = preparation.read(engines[2], raster(columns(*CHINESE, face=3)), LANGUAGES["auto"])

    assert found.language == "cht"
    assert wrong(text_of(found.lines), "".join(CHINESE)) <= 0.05


def test_a_sideways_page_of_english_is_still_english(engines):
    sideways = page("Invoice No 12345", "Total due 678.90", "Thank you", typeface=latin(40), size=(700, 400))

    found = preparation.read(engines[2], raster(sideways.rotate(270, expand=True)), LANGUAGES["auto"])

    assert "jpn" not in found.language and "Invoice" in text_of(found.lines)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_in_columns_is_turned_upright(engines, turn):
    assert engines.turn(raster(columns(*COLUMNS).rotate(turn, expand=True))) == turn


def test_every_character_has_its_place_and_the_text_layer_too(engines):
    image = columns(*COLUMNS)
    ink = np.asarray(image) < 128

    found = preparation.read(engines[2], raster(image), LANGUAGES["jpn"])
    sheet = Page(1, image.width, image.height, found.lines, language="jpn")

    boxes = [[word.box for word in line.words] for line in found.lines]
    for column in boxes:
        centers = [box.center.y for box in column]
        assert centers == sorted(centers)
    inked = [ink[round(b.top) : round(b.bottom), round(b.left) : round(b.right)].any() for row in boxes for b in row]
    assert sum(inked) > 0.97 * len(inked)
    pdf = pdf_of(sheet, wish=Wish(is_hidden=True))
    assert "".join(by_poppler(pdf).split()) == text_of(found.lines)
    # PDFium puts columns in an order of its own, but keeps each whole.
    by_column = "".join(by_pdfium(pdf).split())
    assert all(line.text in by_column for line in found.lines)


# Two readings of one column


def column(*parts: str, confidence: float = 0.9, height: float = 20.0) -> Line:
    words, top = [], 0.0
    for text in parts:
        words.append(Word(text, polygon_of(Box(0, top, 20, top + height * len(text))), confidence, bool(words)))
        top += height * len(text)
    return Line(tuple(words), polygon_of(hull(word.box for word in words)))


def test_what_one_reading_of_a_column_lacks_is_taken_from_the_other():
    (line,) = vertical.completed([column(*"あたかも猫だ")], [column("あった", "かも", "獲だ。")])

    assert line.text == "あったかも猫だ。"
    assert line.words[1].box == Box(0, 20, 20, 40)


def test_a_column_that_only_one_reading_has_stays():
    alone = column(*"猫だ")

    assert vertical.completed([alone], []) == (alone,)
