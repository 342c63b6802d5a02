"""Both ways to run Tesseract keep one contract: text, boxes over the ink, confidence, tilt, missing data."""

import math
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from ocr.engines.tesseract import EngineMissing, ProgramTesseract, WarmTesseract, find_tessdata, make
from ocr.images import Raster
from ocr.languages import LANGUAGES, Language
from tests.pictures import cjk, latin, page, raster, tilted

ENGLISH = LANGUAGES["eng"]
LINES = ("Invoice No 12345", "Total due 678.90")


@pytest.fixture(scope="module", params=[WarmTesseract, ProgramTesseract])
def engine(request):
    return request.param(find_tessdata())


def test_text_comes_line_by_line_and_word_by_word(engine):
    found = engine.read(raster(page(*LINES, typeface=latin(60))), ENGLISH)

    assert [line.text for line in found.lines] == list(LINES)
    assert [word.text for word in found.lines[0].words] == ["Invoice", "No", "12345"]
    assert found.language == "eng"


def test_boxes_lie_over_the_ink(engine):
    image = page("Invoice No 12345", typeface=latin(60))
    ink = np.asarray(image) < 128

    words = engine.read(raster(image), ENGLISH).lines[0].words

    for word in words:
        left, top, right, bottom = map(round, word.box)
        assert ink[top:bottom, left:right].mean() > 0.1
        ink[top - 2 : bottom + 2, left - 2 : right + 2] = False
    assert not ink.any()


@pytest.mark.parametrize(("size", "seen"), [(24, 24), (60, 26), (90, 26)])
def test_large_print_is_read_smaller(engine, monkeypatch, size, seen):
    image = page("Invoice No 12345", "Total due 678.90", typeface=latin(size), size=(20 * size, 6 * size))
    pictures, look = [], engine._tokens
    monkeypatch.setattr(engine, "_tokens", lambda grey, *how: pictures.append(grey) or look(grey, *how))

    found = engine.read(raster(image), ENGLISH)

    assert [line.text for line in found.lines] == list(LINES)
    assert pictures[0].shape[0] == pytest.approx(6 * seen, rel=0.1)


def test_words_follow_one_another(engine):
    line = engine.read(raster(page("one two three", typeface=latin(60))), ENGLISH).lines[0]

    boxes = [word.box for word in line.words]

    assert all(before.right < after.left for before, after in pairwise(boxes))
    assert (line.box.left, line.box.right) == (boxes[0].left, boxes[-1].right)


def test_confidence_is_high_on_clean_text_and_lower_on_noise(engine):
    image = page("Invoice No 12345", typeface=latin(60))
    noise = np.random.default_rng(7).normal(0, 110, (image.height, image.width))
    noisy = np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)

    clean = engine.read(raster(image), ENGLISH).lines
    dirty = engine.read(Raster(noisy, 0, image.width, image.height), ENGLISH).lines

    assert all(0.8 < line.confidence <= 1 for line in clean)
    assert all(line.confidence < clean[0].confidence for line in dirty)


@pytest.mark.parametrize("degrees", [-2, -1, 1, 2])  # Pages that tilt more are levelled before an engine reads them.
def test_vertices_follow_the_tilt(engine, degrees):
    image = tilted(page(*LINES, typeface=latin(48)), degrees)

    lines = engine.read(raster(image), ENGLISH).lines

    assert [line.text for line in lines] == list(LINES)
    for word in (word for line in lines for word in line.words):
        (x1, y1), (x2, y2) = word.polygon.top_left, word.polygon.top_right
        assert math.degrees(math.atan2(y2 - y1, x2 - x1)) == pytest.approx(degrees, abs=1)


def test_an_upright_page_has_upright_boxes(engine):
    line = engine.read(raster(page("Total due 678.90", typeface=latin(60))), ENGLISH).lines[0]

    assert all(word.polygon.top_left.y == word.polygon.top_right.y for word in line.words)


def test_a_blank_page_has_no_lines(engine):
    assert engine.read(raster(page(typeface=latin(60))), ENGLISH).lines == ()


def test_the_stated_resolution_is_taken(engine):
    found = engine.read(raster(page(*LINES, typeface=latin(60)), dpi=300), ENGLISH)

    assert [line.text for line in found.lines] == list(LINES)


def test_a_page_in_black_and_white_is_read_like_one_in_greys(engine):
    bits = np.where(np.asarray(page("Invoice 4711", "Total 12.50", typeface=latin(60)).convert("L")) < 128, 0, 255)
    greys = bits.copy()
    greys[0, 0] = 254

    read = [engine.read(raster(Image.fromarray(pixels.astype(np.uint8))), ENGLISH).lines for pixels in (bits, greys)]

    assert [line.text for line in read[0]] == ["Invoice 4711", "Total 12.50"]
    assert read[0] == read[1]


def test_japanese_carries_no_false_spaces(engine):
    text = "請求書の番号は次の通りです"

    found = engine.read(raster(page(text, typeface=cjk(60))), LANGUAGES["jpn"])

    assert [line.text for line in found.lines] == [text]


def test_a_single_line_is_read_on_its_own(engine):
    crop = np.asarray(page("Total due", typeface=latin(60)).crop((60, 50, 500, 140)))

    words = engine.read_line(crop, ENGLISH)

    assert [word.text for word in words] == ["Total", "due"]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_page_on_its_side_is_recognized(engine, degrees):
    prose = "All human beings are born free and equal in dignity and rights. They are endowed with reason".split()
    lines = [" ".join(prose[at : at + 4]) for at in range(0, len(prose), 4)] * 3
    image = page(*lines, typeface=latin(36), size=(1_000, 1_000)).rotate(degrees, expand=True)

    assert engine.orientation(raster(image, dpi=200)) == degrees


def test_a_blank_page_has_no_way_up(engine):
    assert engine.orientation(raster(page(typeface=latin(60)))) is None


@pytest.mark.parametrize("has_latin", [True, False])  # Tesseract itself reads with the data that is there
def test_the_data_of_a_language_that_is_missing_is_named(engine, has_latin):
    klingon = Language("tlh", "Klingon", "tlh_piqad", has_latin=has_latin)

    with pytest.raises(EngineMissing, match="Install the package tesseract-ocr-tlh-piqad"):
        engine.read(raster(page("x", typeface=latin(60))), klingon)


def test_reading_goes_on_after_a_language_was_missing(engine):
    with pytest.raises(EngineMissing):
        engine.load(Language("tlh", "Klingon", "tlh"))

    assert engine.read(raster(page("Total", typeface=latin(60))), ENGLISH).lines[0].text == "Total"


def test_only_a_few_languages_stay_loaded():
    engine = WarmTesseract(find_tessdata())

    for code in ("eng", "ger", "fre", "spa", "ita", "por"):
        engine.load(LANGUAGES[code])

    assert list(engine._loaded) == ["fra", "spa", "ita", "por"]


def test_the_adapter_is_chosen_by_name():
    assert isinstance(make("auto"), WarmTesseract)
    assert isinstance(make("tesserocr"), WarmTesseract)
    assert isinstance(make("pytesseract"), ProgramTesseract)


def test_missing_language_data_is_named(monkeypatch):
    monkeypatch.setattr("ocr.engines.tesseract.TESSDATA_CANDIDATES", ())

    with pytest.raises(EngineMissing, match="tesseract-ocr-eng"):
        find_tessdata("/nowhere")
