"""Word boxes hug the ink of a line that was cut out, whatever lies around it."""

import numpy as np
import pytest

from ocr.engines.base import spelled
from ocr.engines.word_places import Quad, ink_of, part, unread_stretch, words_of

HEIGHT, WIDTH = 50, 400
QUAD: Quad = np.array([[100, 200], [500, 200], [500, 250], [100, 250]], np.float32)
# Two words of two letters each: where their ink begins and ends, and the middles of their letters.
INK = (slice(15, 37), [(40, 60), (64, 80), (200, 220), (224, 240)])
CENTERS = [0.125, 0.18, 0.525, 0.58]


def line(ground: int = 255, ink: int = 0) -> np.ndarray:
    crop = np.full((HEIGHT, WIDTH, 3), ground, np.uint8)
    rows, letters = INK
    for start, end in letters:
        crop[rows, start:end] = ink
    return crop


def boxes(crop, text="ab cd", quad=QUAD, centers=CENTERS):
    centers = [*centers[:2], 0.35, *centers[2:]] if " " in text else centers
    words = words_of(quad, crop, list(text), centers, np.full(len(centers), 0.9, np.float32))
    return {word.text: word.box for word in words}


@pytest.mark.parametrize(("ground", "ink"), [(255, 0), (30, 220), (140, 60)])
def test_boxes_hug_the_ink(ground, ink):
    found = boxes(line(ground, ink))

    assert list(found["ab"]) == pytest.approx([140, 215, 180, 237], abs=3)
    assert list(found["cd"]) == pytest.approx([300, 215, 340, 237], abs=3)


def test_the_feet_of_the_line_above_are_not_in_the_box():
    crop = line()
    crop[:6, 100:110] = 0

    assert boxes(crop)["ab"].top == pytest.approx(215, abs=3)


def test_a_rule_below_the_line_is_not_in_the_box():
    crop = line()
    crop[46:48] = 0

    assert boxes(crop)["ab"].bottom == pytest.approx(237, abs=3)


def test_faint_print_keeps_the_box_of_the_line():
    assert ink_of(line(200, 190)) is None
    assert list(boxes(line(200, 190))["ab"])[1::2] == [200, 250]


def test_every_character_of_a_script_without_spaces_has_its_own_ink():
    found = boxes(line(), text="東京都庁")

    assert [round(box.left) for box in found.values()] == pytest.approx([140, 164, 300, 324], abs=3)
    assert [round(box.right) for box in found.values()] == pytest.approx([160, 180, 320, 340], abs=3)


def test_the_box_follows_the_tilt_of_its_line():
    quad = QUAD + np.array([[0, 0], [0, 40], [0, 40], [0, 0]], np.float32)
    word = words_of(quad, line(), ["a", "b"], CENTERS[:2], np.array([0.9, 0.9], np.float32))[0]

    (left, right) = word.polygon.top_left, word.polygon.top_right
    assert (right.y - left.y) / (right.x - left.x) == pytest.approx(0.1, abs=0.01)


def test_a_column_is_cut_out_turned_and_its_parts_stand_upright_on_the_page():
    column: Quad = np.array([[10, 0], [60, 0], [60, 400], [10, 400]], np.float32)
    ink = ink_of(line())

    upper = part(column, 0.1, 0.2, ink)

    # The print lies 15 to 37 of 50 from the column's right side.
    assert list(upper.box) == pytest.approx([23, 40, 45, 80], abs=3)
    assert upper.top_left == (upper.box.left, upper.box.top)


def test_words_that_ink_joins_are_parted_around_the_space():
    crop = line()
    crop[INK[0], 40:240] = 0

    found = boxes(crop)

    assert found["ab"].right < 100 + 0.35 * WIDTH < found["cd"].left


def test_print_without_a_character_is_measured_in_its_own_heights():
    assert unread_stretch(line(), CENTERS) == pytest.approx(18 / 26)  # half a letter on each side of a blank
    assert unread_stretch(line(), CENTERS[:2]) == pytest.approx(44 / 26)  # the second word, too
    assert unread_stretch(np.full((50, 400, 3), 255, np.uint8), []) == 0


@pytest.mark.parametrize(("read", "written"), [("νόµο", "νόμο"), ("µετά", "μετά"), ("5µm", "5µm"), ("µ", "µ")])
def test_a_greek_word_has_no_micro_sign(read, written):
    assert spelled(read) == written
    assert list(boxes(line(), text=read, centers=[i / len(read) for i in range(len(read))])) == [written]
