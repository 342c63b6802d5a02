"""The sample documents of the front page."""

import pytest
from PIL import Image

from frontend import samples
from frontend.forms import SAMPLES, SAMPLES_DIR


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_small_and_can_be_drawn_again(name):
    path = SAMPLES_DIR / f"{name}.png"

    with Image.open(path) as kept:
        assert kept.size == samples.drawn(name).size
    assert path.stat().st_size < 100_000


def test_the_sums_of_the_invoice_add_up():
    assert sum(item.amount_cents for item in samples.INVOICE_ITEMS) == 77_535
