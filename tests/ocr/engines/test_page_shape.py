"""How a page is arranged is judged before it is read, and engine 1 reads it accordingly."""

import numpy as np
import pytest
from PIL import Image

from ocr.engines import preparation
from ocr.engines.page_shape import Shape, shape_of
from ocr.engines.tesseract import WarmTesseract, find_tessdata
from ocr.languages import LANGUAGES
from tests.pictures import latin, page, raster

ENGLISH = LANGUAGES["eng"]
ITEMS = [("Coffee beans 1 kg", "12.50"), ("Oat milk", "2.20"), ("Paper filters", "3.80"), ("Sugar cubes", "1.95"),
         ("Ginger biscuits", "4.10"), ("Total", "24.55")]  # fmt: skip
PROSE = "All people are born free and equal and nobody may be punished for what they think or say".split()
A4 = (1_240, 1_754)


@pytest.fixture(scope="module")
def tesseract() -> WarmTesseract:
    return WarmTesseract(find_tessdata())


def slip() -> Image.Image:
    """Items on the left, and far to the right what they cost."""
    return beside([item for item, _ in ITEMS], [price for _, price in ITEMS], at=520, size=(720, 420), height=30)


def letter() -> Image.Image:
    return page(*lines_of_prose(20, 14), typeface=latin(22), size=A4)


def two_columns() -> Image.Image:
    return beside(lines_of_prose(20, 6), lines_of_prose(20, 6, 5), at=640, size=A4, height=22)


def lines_of_prose(count: int, words: int, start: int = 0) -> list[str]:
    many = PROSE * (count * words // len(PROSE) + 2)
    return [" ".join(many[start + at * words :][:words]) for at in range(count)]


def beside(left: list[str], right: list[str], *, at: int, size: tuple[int, int], height: int) -> Image.Image:
    image, other = (page(*lines, typeface=latin(height), size=size) for lines in (left, right))
    image.paste(other.crop((60, 0, size[0] - at, size[1])), (at, 0))
    return image


@pytest.mark.parametrize(
    ("picture", "shape"),
    [
        (slip(), Shape.STRIP),
        (letter(), Shape.COLUMN),
        (two_columns(), Shape.OTHER),
        (slip().rotate(90, expand=True), Shape.OTHER),
        (letter().rotate(90, expand=True), Shape.OTHER),
        (page("12.50", typeface=latin(30)), Shape.OTHER),
        (Image.new("L", A4, 255), Shape.OTHER),
    ],
    ids=["slip", "letter", "two columns", "slip on its side", "letter on its side", "a few characters", "blank"],
)
def test_strips_and_prose_are_told_from_the_rest(picture, shape):
    assert shape_of(np.asarray(picture)) is shape


def test_the_rows_of_a_till_slip_are_read_across(tesseract):
    found = preparation.read(tesseract, raster(slip()), ENGLISH)

    assert [line.text for line in found.lines] == [f"{item} {price}" for item, price in ITEMS]


def test_columns_are_read_one_after_the_other(tesseract):
    found = preparation.read(tesseract, raster(two_columns()), ENGLISH)

    assert [line.text for line in found.lines] == lines_of_prose(20, 6) + lines_of_prose(20, 6, 5)


def test_prose_is_read_line_by_line(tesseract):
    found = preparation.read(tesseract, raster(letter()), ENGLISH)

    assert [line.text for line in found.lines] == lines_of_prose(20, 14)
