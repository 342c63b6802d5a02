"""Where a space stands between two words that an engine gave apart."""

import pytest

from ocr.engines.spacing import is_glued
from ocr.types import Box

HEIGHT = 20


@pytest.mark.parametrize(
    ("before", "after", "gap", "glued"),
    [
        ("Total", "due", 0, False),
        ("請求", "書", 4, True),
        ("請求", "書", 19, True),
        ("請求", "書", 21, False),
        ("請求書", "の", 21, True),  # the box is too narrow for its three characters
        ("No", "番", 4, True),
        ("No", "番", 9, False),
        ("자", "유", 5, True),
        ("은", "자", 7, False),
    ],
)
def test_a_gap_is_a_space_where_the_script_has_one(before, after, gap, glued):
    first, second = Box(0, 0, 50, HEIGHT), Box(50 + gap, 0, 100 + gap, HEIGHT)

    assert is_glued(before, first, after, second) is glued
    assert is_glued(before, second, after, first) is glued  # right to left
