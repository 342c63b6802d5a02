"""Sizes are written as people say them."""

import pytest

from billing import sizes


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 KB"),
        (100_000, "97 KB"),
        (1024, "1 KB"),
        (1_048_576, "1 MB"),
        (5_242_880, "5 MB"),
        (1_572_864, "1536 KB"),
        (1_073_741_824, "1 GB"),
        (107_374_182_400, "100 GB"),
    ],
)
def test_a_size_is_shown_in_the_largest_unit_without_a_fraction(count, shown):
    assert sizes.shown(count) == shown
