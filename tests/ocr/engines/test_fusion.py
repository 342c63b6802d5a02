"""Two readings of one page become one: the better word of each place, in lines, each with its own polygon."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from ocr.engines.alignment import aligned
from ocr.engines.confidence import TABLES, calibrated, features_of, probability
from ocr.engines.fusion import Fusion, fused
from ocr.engines.onnx import PpOcr
from ocr.engines.tesseract import WarmTesseract, find_tessdata
from ocr.geometry import around, polygon_of
from ocr.languages import LANGUAGES
from ocr.types import Box, Line, Word
from tests.pictures import latin, page, raster

HEIGHT = 20.0


def word(text: str, left: float, confidence: float = 0.9, *, top: float = 0.0, width: float | None = None) -> Word:
    right = left + (12.0 * len(text) if width is None else width)
    return Word(text, polygon_of(Box(left, top, right, top + HEIGHT)), confidence)


def glued(text: str, left: float, *, top: float = 0.0) -> Word:
    return replace(word(text, left, top=top, width=20), glued=True)


def line(*words: Word) -> Line:
    return Line(words, around(one.polygon for one in words))


def texts(lines) -> list[str]:
    return [one.text for one in lines]


def test_every_word_is_in_exactly_one_group():
    ours = [word("Total", 0), word("due", 80), word("12.00", 200)]
    theirs = [word("Totaldue", 0, width=116), word("x", 400)]

    groups = aligned(ours, theirs)

    assert [(group.first, group.second) for group in groups] == [((0, 1), (0,)), ((2,), ()), ((), (1,))]


def test_words_of_two_rows_are_not_the_same_print():
    assert len(aligned([word("Total", 0)], [word("Total", 0, top=18.0)])) == 2


def test_single_letters_meet_although_their_boxes_stand_side_by_side():
    assert len(aligned([word("a", 0, width=8)], [word("a", 9, width=8)])) == 1


def test_pieces_of_a_word_meet_where_one_is_put_above_its_line():
    """As Tesseract's pieces are in Thai and Korean: "차별도" became "차별도도"."""
    ours = [word("차별", 0, width=40), glued("도", 40, top=-14.0)]
    theirs = [word("차", 0, width=20), glued("별", 20), glued("도", 41)]

    assert texts(fused([line(*ours)], [line(*theirs)])) == ["차별도"]
    assert all(group.second for group in aligned(ours, theirs))


def test_the_surer_reading_is_kept():
    ours = [line(word("T0tel", 0, 0.2), word("12.00", 100, 0.95))]
    theirs = [line(word("Total", 0, 0.95), word("l2.oo", 100, 0.2))]

    assert texts(fused(ours, theirs)) == ["Total 12.00"]


@pytest.mark.parametrize(
    ("tesseract", "pp_ocr", "kept"),
    [
        ("olmasına,", "olmasina,", "olmasına,"),
        ("Artykuł", "Artykut", "Artykuł"),
        ("kvůli", "kvuli", "kvůli"),
        ("Ἐπειδή", "Επειδή", "Επειδή"),  # Tesseract puts old marks on modern Greek
        ("Tota1", "Total", "Total"),
        ("summe", "sümme", "sümme"),
    ],
)
def test_marks_that_pp_ocr_lost_are_kept(tesseract, pp_ocr, kept):
    ours, theirs = [line(word(tesseract, 0, 0.8))], [line(word(pp_ocr, 0, 0.95))]

    assert texts(fused(ours, theirs)) == [kept]


def test_words_that_pp_ocr_ran_together_are_parted_where_tesseract_parts_them():
    ours = [line(word("TEL", 0, 0.7), word(":", 45, 0.7), word("03-5542324B", 70, 0.5))]
    theirs = [line(word("TEL:03-55423248", 0, 0.9, width=202))]

    (row,) = fused(ours, theirs)

    assert row.text == "TEL : 03-55423248"
    assert [one.box.left for one in row.words] == [0, 45, 70]


def test_a_word_stays_whole_where_tesseract_reads_something_else_in_pieces():
    ours = [line(word("|", 0, 0.6), word("e", 20, 0.3), word("no", 40, 0.3))]
    theirs = [line(word("A03121", 0, 0.9, width=70))]

    assert texts(fused(ours, theirs)) == ["A03121"]


@pytest.mark.parametrize(
    ("tesseract", "pp_ocr", "kept"),
    [
        (["RM28.", "05"], "RM28.05", "RM28.05"),
        (["9221", "-9596"], "9221-9596", "9221-9596"),
        (["No.", "12"], "No.12", "No. 12"),
        (["KIRK", "1092"], "********1092", "********1092"),
        (["army"], "ARMY", "ARMY"),
        (["ALL"], "All", "ALL"),
    ],
)
def test_what_tesseract_is_known_to_read_wrong_is_pp_ocrs(tesseract, pp_ocr, kept):
    ours = [line(*(word(text, 90 * index, 0.93, width=80) for index, text in enumerate(tesseract)))]
    theirs = [line(word(pp_ocr, 0, 0.5, width=90 * len(tesseract) - 10))]

    assert texts(fused(ours, theirs)) == [kept]


def test_agreement_makes_a_word_surer_than_either_engine_is():
    (both,) = fused([line(word("Total", 0, 0.8))], [line(word("Total", 0, 0.8))])
    (one,) = fused([line(word("Total", 0, 0.8))], [line(word("Tctal", 0, 0.8))])

    assert both.words[0].confidence > 0.9 > one.words[0].confidence


def test_what_only_one_engine_saw_is_put_into_its_row():
    ours = [line(word("Total", 0), word("today", 130))]
    theirs = [line(word("Total", 0), word("due", 80), word("today", 130))]

    assert texts(fused(ours, theirs)) == ["Total due today"]


def test_a_word_that_only_tesseract_saw_needs_to_be_surer():
    ours = [line(word("Total", 0), word("due", 80, 0.99), word("today", 130))]
    theirs = [line(word("Total", 0), word("today", 130))]

    assert texts(fused(ours, theirs)) == ["Total due today"]


@pytest.mark.parametrize("stroke", ["|", "\\", "ㅣ"])
def test_a_stroke_that_only_tesseract_saw_is_a_rule(stroke):
    ours = [line(word("Total", 0), word(stroke, 80, 0.99), word("today", 130))]
    theirs = [line(word("Total", 0), word("today", 130))]

    assert texts(fused(ours, theirs)) == ["Total today"]
    assert texts(fused(ours, ours)) == [f"Total {stroke} today"]


def test_a_row_that_only_one_engine_saw_stands_between_the_others():
    ours = [line(word("first", 0)), line(word("second", 0, 0.99, top=40)), line(word("third", 0, top=80))]
    theirs = [line(word("first", 0)), line(word("third", 0, top=80))]

    assert texts(fused(ours, theirs)) == ["first", "second", "third"]


def test_specks_that_only_one_engine_saw_are_dropped():
    ours = [line(word("Total", 0)), line(word("~", 0, 0.1, top=40))]

    assert texts(fused(ours, [line(word("Total", 0))])) == ["Total"]


def test_nothing_and_nothing_is_nothing():
    assert fused([], []) == ()


@pytest.mark.parametrize("table", ["tesseract", "pp_ocr"])
def test_a_calibrated_confidence_grows_with_the_engines_own(table):
    chances = [probability(features_of("Total", step / 20), TABLES[table]) for step in range(21)]

    assert all(later >= earlier - 0.02 for earlier, later in pairwise(chances))
    assert chances[0] < 0.4 < 0.8 < chances[-1]


def test_words_that_hang_together_share_one_confidence():
    words = (word("請", 0, 0.4), Word("求", word("求", 12).polygon, 0.9, glued=True))

    (one,) = calibrated([line(*words)], "pp_ocr")

    assert one.words[0].confidence == one.words[1].confidence
    assert [each.glued for each in one.words] == [False, True]


@pytest.fixture(scope="module")
def engine() -> Fusion:
    tesseract = WarmTesseract(find_tessdata())
    return Fusion(tesseract, PpOcr(tesseract))


def test_a_real_page_comes_back_with_a_polygon_over_the_ink_of_each_word(engine):
    image = page("Invoice No 12345", "Total due 678.90", typeface=latin(60))
    ink = np.asarray(image) < 128

    found = engine.read(raster(image), LANGUAGES["eng"])

    assert texts(found.lines) == ["Invoice No 12345", "Total due 678.90"]
    boxes = [one.box for row in found.lines for one in row.words]
    assert all(ink[round(b.top) : round(b.bottom), round(b.left) : round(b.right)].mean() > 0.1 for b in boxes)
    assert all(one.confidence > 0.8 for row in found.lines for one in row.words)


def test_a_blank_page_has_no_lines(engine):
    assert engine.read(raster(page(typeface=latin(60))), LANGUAGES["eng"]).lines == ()
