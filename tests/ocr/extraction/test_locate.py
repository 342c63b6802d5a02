import math
import string

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ocr.extraction.locate import MIN_RATIO, locate, squeezed
from ocr.geometry import around, polygon_of
from ocr.types import Box, Line, Page, Word
from tests.ocr.extraction.pages import page

LETTERS = string.ascii_letters + string.digits + ".,-/€¥ß漢字東京都令和한국어あいうアイウﬁ①"
WORDS = st.text(alphabet=LETTERS, min_size=1, max_size=8)
ROWS = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=6)
NOISE = "☃♞♫⚑"  # On no page.


def test_a_value_is_located_with_the_words_that_hold_it():
    found = locate("Mill Lane", page("Acme Ltd", "3 Mill Lane, York"))

    assert found is not None
    assert [word.text for word in found.words] == ["Mill", "Lane,"]
    assert (found.matched, found.ratio) == (8, 1.0)


def test_a_whole_word_is_preferred_to_a_part_of_one():
    found = locate("12", page("3125 items", "table 12"))

    assert found is not None
    assert [word.text for word in found.words] == ["12"]


def test_a_value_that_runs_over_lines_is_located():
    found = locate("3 Mill Lane York", page("3 Mill Lane", "York"))

    assert found is not None
    assert [word.text for word in found.words] == ["3", "Mill", "Lane", "York"]


def test_wide_characters_are_compared_in_their_common_form():
    found = locate("12,300円", page("合計 １２，３００円"))

    assert found is not None
    assert found.ratio == 1.0


def test_misread_characters_lower_the_ratio():
    found = locate("INVOICE 4711", page("lNVOICE 47l1"))

    assert found is not None
    assert found.ratio == 9 / 11


def test_a_value_that_is_not_on_the_page_has_no_place():
    assert locate("Zyzzyva Corp", page("3 Mill Lane", "York")) is None


def test_nothing_is_located_nowhere():
    assert locate("  ", page("text")) is None
    assert locate("text", page()) is None


@given(ROWS, st.data())
@settings(deadline=None)
def test_any_substring_is_located_whole_with_exactly_its_words(rows, data):
    the_page = page(*rows)
    text = "".join(squeezed(word.text) for word in the_page.words)
    start = data.draw(st.integers(0, len(text) - 1))
    value = text[start : data.draw(st.integers(start + 1, len(text)))]

    found = locate(value, the_page)

    assert found is not None
    assert (found.matched, found.ratio) == (len(value), 1.0)
    parts = [squeezed(word.text) for word in found.words]
    assert value in "".join(parts)
    assert value not in "".join(parts[1:]) and value not in "".join(parts[:-1])


@given(ROWS, st.data())
@settings(max_examples=60, deadline=None)
def test_noise_of_k_characters_costs_k_characters(rows, data):
    the_page = page(*rows)
    text = "".join(squeezed(word.text) for word in the_page.words)
    length = len(text)
    places = data.draw(st.sets(st.integers(0, length - 1), max_size=length))
    assume((length - len(places)) / length >= MIN_RATIO)
    noisy = "".join(NOISE[i % 4] if i in places else char for i, char in enumerate(text))

    found = locate(noisy, the_page)

    assert found is not None
    assert found.matched == length - len(places)
    assert found.ratio == (length - len(places)) / length


RIGHT_TO_LEFT = ("فاتورة رقم 1234", "المجموع 56.70", "חשבונית מספר 88")
TILTS = st.sampled_from([0.0, 2.5, -3.0, 12.0])


def vertical(*columns):
    """A page whose columns are read from top to bottom, the first at the right; a character is a word."""
    lines = []
    for number, column in enumerate(columns):
        left = 500 - 40 * number
        boxes = [Box(left, 40 + 22 * at, left + 20, 60 + 22 * at) for at in range(len(column))]
        words = tuple(
            Word(char, polygon_of(box), 0.9, glued=at > 0)
            for at, (char, box) in enumerate(zip(column, boxes, strict=True))
        )
        lines.append(Line(words, polygon_of(Box(left, 40, left + 20, boxes[-1].bottom))))
    return Page(1, 600, 1200, tuple(lines))


@given(ROWS, TILTS, st.data())
@settings(max_examples=60, deadline=None)
def test_the_box_covers_exactly_the_words_of_the_value_on_a_tilted_page_too(rows, tilt, data):
    the_page = page(*rows, tilt=tilt)
    words = list(the_page.words)
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    value = " ".join(word.text for word in words[start:end])

    found = locate(value, the_page)

    assert found is not None and found.ratio == 1.0
    shape = around(word.polygon for word in found.words)
    for word in found.words:
        assert all(_is_inside(corner, shape) for corner in word.polygon)
    assert [word.text for word in found.words] == [word.text for word in words[start:end]]


@given(st.data())
@settings(deadline=None)
def test_right_to_left_text_is_located_in_logical_order(data):
    the_page = page(*RIGHT_TO_LEFT)
    text = "".join(squeezed(word.text) for word in the_page.words)
    start = data.draw(st.integers(0, len(text) - 1))
    value = text[start : data.draw(st.integers(start + 1, len(text)))]

    found = locate(value, the_page)

    assert found is not None
    assert (found.ratio, value in "".join(squeezed(word.text) for word in found.words)) == (1.0, True)


def test_vertical_text_is_located_with_a_box_that_follows_its_column():
    the_page = vertical("請求書", "合計金額八四二六三円", "東京都港区")

    found = locate("八四二六三円", the_page)

    assert found is not None and found.ratio == 1.0
    box = around(word.polygon for word in found.words).box
    assert (box.left, box.right) == (460, 480)
    assert (box.top, box.bottom) == (40 + 22 * 4, 60 + 22 * 9)


def test_a_value_over_two_columns_of_vertical_text_is_located():
    found = locate("八四二六三円東京都", vertical("合計金額八四二六三円", "東京都港区"))

    assert found is not None
    assert (found.ratio, len(found.words)) == (1.0, 9)


def test_words_that_the_engine_split_or_joined_do_not_matter():
    for row in ("Mill Lane 3", "MillLane3", "Mil lLa ne3", "M i l l L a n e 3"):
        found = locate("Mill Lane 3", page(row))
        assert found is not None and found.ratio == 1.0


def _is_inside(corner, shape):
    """Within half a pixel of a polygon whose corners go around clockwise, as seen with y downwards."""
    edges = [(shape[at], shape[(at + 1) % 4]) for at in range(4)]
    for a, b in edges:
        length = max(math.dist(a, b), 1e-9)
        if ((b.x - a.x) * (corner.y - a.y) - (b.y - a.y) * (corner.x - a.x)) / length < -0.5:
            return False
    return True
