import string

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ocr.extraction.locate import MIN_RATIO, locate, squeezed
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
@settings(max_examples=60)
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
