"""Pages are made fit to be read, only where it helps, and what was read is put back where it stands."""

import math

import cv2
import numpy as np
import pytest

from ocr.engines import deskew, light, perspective, preparation
from ocr.engines.onnx import PpOcr
from ocr.engines.print_size import character_height
from ocr.engines.reading_order import regions
from ocr.engines.tesseract import WarmTesseract, find_tessdata
from ocr.images import Raster
from ocr.languages import LANGUAGES
from tests.pictures import latin, page, raster, tilted

ENGLISH = LANGUAGES["eng"]
PROSE = "All people are born free and equal and nobody may be punished for what they think or say".split()
LINES = [" ".join(PROSE[at : at + 5]) for at in range(0, 15, 5)] * 3


@pytest.fixture(scope="module")
def tesseract() -> WarmTesseract:
    return WarmTesseract(find_tessdata())


@pytest.fixture(scope="module")
def pp_ocr(tesseract) -> PpOcr:
    return PpOcr(tesseract)


def prose(size: int = 34):
    return page(*LINES, typeface=latin(size), size=(1_000, 700))


def words_of(found) -> set[str]:
    return {word.text for line in found.lines for word in line.words}


@pytest.mark.parametrize("degrees", [-14, -5, -2, 2, 5, 14])
def test_the_tilt_of_a_page_is_measured(degrees):
    assert deskew.tilt(np.asarray(tilted(prose(), degrees))) == pytest.approx(degrees, abs=0.4)


@pytest.mark.parametrize("degrees", [0, 0.5])
def test_a_level_page_is_left_alone(degrees):
    assert deskew.tilt(np.asarray(tilted(prose(), degrees))) == 0.0


def test_a_page_without_lines_is_not_turned():
    noise = np.random.default_rng(5).integers(0, 255, (800, 800)).astype(np.uint8)

    assert deskew.tilt(noise) == 0.0
    assert deskew.tilt(np.full((800, 800), 255, np.uint8)) == 0.0


@pytest.mark.parametrize("degrees", [-12, -5, 5, 12])
def test_a_tilted_page_is_read_and_its_vertices_follow_the_tilt(tesseract, degrees):
    image = tilted(prose(), degrees)

    found = preparation.read(tesseract, raster(image), ENGLISH)

    assert [line.text for line in found.lines] == LINES
    ink = np.asarray(image) < 128
    for word in (word for line in found.lines for word in line.words):
        (x1, y1), (x2, y2) = word.polygon.top_left, word.polygon.top_right
        assert math.degrees(math.atan2(y2 - y1, x2 - x1)) == pytest.approx(degrees, abs=1)
        left, top, right, bottom = map(round, word.box)
        assert ink[top:bottom, left:right].any()


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_on_its_side_or_head_is_recognized(pp_ocr, turn):
    image = page("Invoice No 12345", "Total due 678.90", "Thank you", typeface=latin(40), size=(700, 400))

    assert pp_ocr.turn(raster(image.rotate(turn, expand=True, fillcolor=255))) == turn


def test_a_page_without_text_has_no_way_up(pp_ocr):
    assert pp_ocr.turn(raster(page(typeface=latin(40)))) is None


@pytest.mark.parametrize("size", [14, 30, 60])
def test_the_height_of_print_is_between_an_x_and_a_capital(size):
    assert 0.45 * size <= character_height(np.asarray(prose(size))) <= 0.8 * size


def test_small_print_is_enlarged_and_large_print_is_not():
    assert preparation._enlargement(raster(prose(14))) > 2
    assert preparation._enlargement(raster(prose(60))) == 1.0
    assert preparation._enlargement(raster(page(typeface=latin(60)))) == 1.0


def test_enlarging_reads_small_print_and_measures_it_as_it_came(tesseract):
    image = page(*LINES, typeface=latin(9), size=(400, 260))

    found = preparation.read(tesseract, raster(image), ENGLISH, enlarge=True)

    assert words_of(found) >= set(PROSE[:15])
    assert all(word.box.right <= 400 for line in found.lines for word in line.words)


@pytest.mark.parametrize("kind", ["white", "black", "grain", "shade", "specks"])
@pytest.mark.parametrize("engine", ["tesseract", "pp_ocr"])
def test_a_blank_page_gives_no_text_at_all(engine, kind, request):
    random = np.random.default_rng(3)
    pixels = {
        "white": np.full((1_000, 700), 255),
        "black": np.zeros((1_000, 700)),
        "grain": 235 + random.normal(0, 12, (1_000, 700)),
        "shade": np.tile(np.linspace(120, 250, 700), (1_000, 1)),
        "specks": np.where(random.random((1_000, 700)) < 0.0005, 60, 250),
    }[kind]
    blank = Raster(np.clip(pixels, 0, 255).astype(np.uint8), 0, 700, 1_000)

    assert preparation.read(request.getfixturevalue(engine), blank, ENGLISH).lines == ()


def boxes(*rows: tuple[float, float, float]) -> np.ndarray:
    """Lines of 20 pixels: left, right, top."""
    return np.array([(left, top, right, top + 20) for left, right, top in rows], np.float64)


def test_two_columns_of_prose_are_read_one_after_the_other():
    heading = (0.0, 1_000.0, 0.0)
    columns = [(left, left + 450.0, 40.0 + 30 * row) for row in range(8) for left in (0.0, 520.0)]

    order = regions(boxes(heading, *columns))

    assert order == [[0], [1, 3, 5, 7, 9, 11, 13, 15], [2, 4, 6, 8, 10, 12, 14, 16]]


def test_words_below_a_picture_between_two_columns_do_not_break_these():
    wide = [(left, left + 450.0, 30.0 * row) for row in range(5) for left in (0.0, 460.0)]
    narrow = [(left, left + 300.0, 150 + 30.0 * row) for row in range(6) for left in (0.0, 610.0)]
    caption = [(330.0, 580.0, 180 + 20.0 * row) for row in range(4)]

    order = regions(boxes(*wide, *narrow, *caption))

    assert order == [list(range(0, 22, 2)), list(range(1, 22, 2)), [22, 23, 24, 25]]


def test_items_and_their_prices_are_read_row_by_row():
    table = [(left, right, 30.0 * row) for row in range(8) for left, right in ((0.0, 450.0), (520.0, 590.0))]

    assert len(regions(boxes(*table))) == 1


# Photographs


def photographed(image) -> np.ndarray:
    """The page on a dark table, seen from below."""
    width, height = image.size
    wide, high = width + 200, height + 160
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = np.array([[220, 60], [wide - 220, 60], [wide - 40, high - 40], [40, high - 40]], np.float32)
    matrix = cv2.getPerspectiveTransform(flat, seen)
    return cv2.warpPerspective(np.asarray(image), matrix, (wide, high), flags=cv2.INTER_CUBIC, borderValue=60)


def in_shadow(image) -> np.ndarray:
    """The page under a lamp in its upper left corner, its lower half in a soft shadow."""
    height, width = image.height, image.width
    shadow = 1.0 - 0.65 / (1 + np.exp(-(np.arange(height) - 0.55 * height) / 12))
    lit = np.linspace(1.0, 0.6, width)[None] * shadow[:, None]
    return (np.asarray(image) * lit).astype(np.uint8)


def test_a_sheet_seen_at_an_angle_is_found_and_others_are_not():
    corners = perspective.leaning_sheet(photographed(prose()))

    assert corners == pytest.approx(np.array([[220, 60], [980, 60], [1160, 820], [40, 820]]), abs=14)
    for pixels in (np.asarray(prose()), in_shadow(prose()), np.full((700, 500), 255, np.uint8)):
        assert perspective.leaning_sheet(pixels) is None


def test_a_photographed_sheet_is_read_and_its_words_stand_where_the_photo_shows_them(tesseract):
    pixels = photographed(prose())

    found = preparation.read(tesseract, Raster(pixels, 0, *pixels.shape[::-1]), ENGLISH)

    assert [line.text for line in found.lines] == LINES
    ink = (pixels < 128) & (cv2.erode((pixels > 100).astype(np.uint8), np.ones((3, 3))) == 0)
    for word in (word for line in found.lines for word in line.words):
        left, top, right, bottom = map(round, word.box)
        assert ink[top:bottom, left:right].any()
    lowest, first = found.lines[-1].words[0].box, found.lines[0].words[0].box
    assert lowest.left < first.left - 40, "the left edge leans outwards"


def test_a_page_in_a_shadow_is_read_whole(tesseract):
    pixels = in_shadow(prose())

    found = preparation.read(tesseract, Raster(pixels, 0, *pixels.shape[::-1]), ENGLISH)

    assert [line.text for line in found.lines] == LINES


def test_a_picture_in_black_and_white_is_no_shadow(tesseract, monkeypatch):
    pixels = np.where(np.asarray(prose()) < 128, 0, 255).astype(np.uint8)
    pixels[450:, 100:900] = 0
    looks, look = [], tesseract._tokens
    monkeypatch.setattr(tesseract, "_tokens", lambda *page: looks.append(page) or look(*page))

    found = preparation.read(tesseract, Raster(pixels, 0, *pixels.shape[::-1]), ENGLISH)

    assert light.is_uneven(light.paper_of(pixels))
    assert len(looks) == 1
    assert [line.text for line in found.lines][:6] == LINES[:6]


def printed_by_needles(image) -> np.ndarray:
    """Dots in place of strokes, on grained paper."""
    ink = np.asarray(image.convert("L"), np.float64)
    down, across = np.mgrid[: ink.shape[0], : ink.shape[1]]
    dots = np.where((across % 3 < 2) & (down % 3 < 2), ink, 255.0)
    grain = np.random.default_rng(1).normal(0, 14, ink.shape)
    return np.clip(dots * 0.55 + 95 + grain, 0, 255).astype(np.uint8)


def test_print_of_dots_is_read_by_a_second_look(tesseract, monkeypatch):
    pixels = printed_by_needles(prose(24))
    dotted = Raster(pixels, 0, *pixels.shape[::-1])

    assert len(words_of(preparation.read(tesseract, dotted, ENGLISH)) & set(PROSE)) >= 12

    monkeypatch.setattr("ocr.engines.tesseract._is_hardly_read", lambda *_: False)
    assert not words_of(preparation.read(tesseract, dotted, ENGLISH)) & set(PROSE)


def test_faint_print_beside_a_black_edge_is_read_by_a_second_look(tesseract, monkeypatch):
    pixels = printed_by_needles(prose(24)) // 2 + 110
    pixels[:, :60] = pixels[:, -60:] = 0
    faint = Raster(pixels, 0, *pixels.shape[::-1])

    assert len(words_of(preparation.read(tesseract, faint, ENGLISH)) & set(PROSE)) >= 12

    monkeypatch.setattr("ocr.engines.tesseract.blackened", lambda grey: grey)
    assert not words_of(preparation.read(tesseract, faint, ENGLISH)) & set(PROSE)


def test_the_print_of_a_page_without_any_is_not_blackened():
    blank = np.full((700, 1_000), 230, np.uint8)

    assert light.blackened(blank) is blank


def test_evened_paper_is_bright_everywhere_and_even_paper_is_left_alone():
    dark = in_shadow(prose())

    assert light.is_uneven(light.paper_of(dark))
    assert not light.is_uneven(light.paper_of(np.asarray(prose())))
    evened = light.evened(dark, light.paper_of(dark))
    assert np.percentile(evened[:300], 50) == pytest.approx(np.percentile(evened[450:], 50), abs=12)


def test_faint_print_is_stretched_and_clear_print_and_blank_paper_are_not():
    faint = Raster((150 + 0.2 * np.asarray(prose())).astype(np.uint8), 0, 1_000, 700)
    blank = Raster(np.full((700, 1_000), 200, np.uint8), 0, 1_000, 700)

    assert (light.stretched(faint).pixels.min(), light.stretched(faint).pixels.max()) == (0, 255)
    for left_alone in (raster(prose()), blank):
        assert light.stretched(left_alone) is left_alone
