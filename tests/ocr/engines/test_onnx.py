"""PP-OCR: text, a polygon for every word, and other scripts read by Tesseract on the lines that it found."""

import math
from itertools import pairwise

import numpy as np
import pytest

from ocr.engines.onnx import PpOcr
from ocr.engines.tesseract import WarmTesseract, find_tessdata
from ocr.languages import LANGUAGES
from tests.pictures import cjk, font, latin, page, raster, tilted

ENGLISH = LANGUAGES["eng"]


@pytest.fixture(scope="module")
def engine() -> PpOcr:
    return PpOcr(WarmTesseract(find_tessdata()))


def text_of(found) -> list[str]:
    return [line.text for line in found.lines]


def test_text_comes_line_by_line_and_word_by_word(engine):
    found = engine.read(raster(page("Invoice No 12345", "Total due 678.90", typeface=latin(60))), ENGLISH)

    assert text_of(found) == ["Invoice No 12345", "Total due 678.90"]
    assert [word.text for word in found.lines[1].words] == ["Total", "due", "678.90"]
    assert all(0.8 < word.confidence <= 1 for line in found.lines for word in line.words)


def test_every_word_has_a_polygon_of_its_own_over_its_ink(engine):
    image = page("Invoice No 12345", typeface=latin(60))
    ink = np.asarray(image) < 128
    inked = ink.sum()

    boxes = [word.box for word in engine.read(raster(image), ENGLISH).lines[0].words]

    assert all(before.right <= after.left + 15 for before, after in pairwise(boxes))
    for box in boxes:
        left, top, right, bottom = map(round, box)
        assert ink[top:bottom, left:right].mean() > 0.1
        ink[top:bottom, left:right] = False
    assert ink.sum() < 0.06 * inked


@pytest.mark.parametrize("degrees", [-6, 6])
def test_vertices_follow_the_tilt(engine, degrees):
    image = tilted(page("Invoice No 12345", "Total due 678.90", typeface=latin(60)), degrees)

    lines = engine.read(raster(image), ENGLISH).lines

    assert text_of(engine.read(raster(image), ENGLISH)) == ["Invoice No 12345", "Total due 678.90"]
    for word in (word for line in lines for word in line.words):
        (x1, y1), (x2, y2) = word.polygon.top_left, word.polygon.top_right
        assert math.degrees(math.atan2(y2 - y1, x2 - x1)) == pytest.approx(degrees, abs=1.5)


def test_coordinates_are_of_the_raster_where_it_was_made_smaller(engine):
    image = page("Invoice No 12345", typeface=latin(200), size=(3_000, 600))

    first = engine.read(raster(image), ENGLISH).lines[0].words[0]

    assert first.text == "Invoice"
    assert first.box.left == pytest.approx(90, abs=60)
    assert first.box.right > 600


def test_a_blank_page_has_no_lines(engine):
    assert engine.read(raster(page(typeface=latin(60))), ENGLISH).lines == ()


def test_japanese_carries_no_false_spaces(engine):
    text = "請求書の番号は次の通りです"

    found = engine.read(raster(page(text, typeface=cjk(60))), LANGUAGES["jpn"])

    assert text_of(found) == [text]


@pytest.mark.parametrize(
    ("code", "typeface", "text"),
    [
        ("kor", ("NotoSansCJK-Regular.ttc",), "모든 인간은 태어날 때부터"),
        ("rus", ("NotoSans-Regular.ttf", "DejaVuSans.ttf"), "Все люди рождаются свободными"),
        ("gre", ("NotoSans-Regular.ttf", "DejaVuSans.ttf"), "Όλοι οι άνθρωποι γεννιούνται"),
    ],
)
def test_a_script_that_the_model_lacks_is_read_by_tesseract(engine, code, typeface, text):
    image = page(text, typeface=font(*typeface, size=48))

    found = engine.read(raster(image), LANGUAGES[code])

    assert text_of(found) == [text]
    assert found.lines[0].words[0].box.left == pytest.approx(80, abs=15)
    assert found.language == code
