"""Bars that stand above one another are a rule; one by itself is print."""

import pytest
from PIL import ImageDraw

from ocr.engines.rules import without_rules
from ocr.engines.tesseract import WarmTesseract, find_tessdata
from ocr.geometry import around, polygon_of
from ocr.languages import LANGUAGES
from ocr.types import Box, Line, Word
from tests.pictures import latin, page, raster


def row(number: int, *words: tuple[str, float], glued: bool = False) -> Line:
    top = 40.0 * number
    found = tuple(
        Word(text, polygon_of(Box(left, top, left + 10 * len(text), top + 20)), 0.9, glued and index > 0)
        for index, (text, left) in enumerate(words)
    )
    return Line(found, around(word.polygon for word in found))


def test_bars_above_one_another_are_dropped_and_the_line_ends_at_its_print():
    (first, second) = without_rules([row(0, ("Total", 0), ("|", 300)), row(1, ("Tax", 0), ("|", 304))])

    assert (first.text, second.text) == ("Total", "Tax")
    assert first.box.right == 50


def test_a_line_of_bars_is_dropped():
    assert [line.text for line in without_rules([row(0, ("Total", 0)), row(1, ("||", 300))])] == ["Total"]


@pytest.mark.parametrize("beside", [300, 320])
def test_a_bar_that_parts_words_is_kept(beside):
    lines = [row(0, ("Home", 0), ("|", 60), ("About", 90)), row(1, ("Total", 0), ("|", beside))]

    assert without_rules(lines) == tuple(lines)


def test_a_space_stands_where_a_bar_hung_on_its_neighbours():
    lines = [row(0, ("Total", 0), ("|", 50), ("12.00", 60), glued=True), row(1, ("Tax", 0), ("|", 50))]

    assert [line.text for line in without_rules(lines)] == ["Total 12.00", "Tax"]


def test_the_broken_edge_of_a_receipt_is_no_print():
    picture = page(*(f"Goods number {n}" for n in range(10, 20)), typeface=latin(30), size=(700, 600))
    draw = ImageDraw.Draw(picture)
    for top in range(60, 540, 48):
        draw.rectangle((440, top, 443, top + 36), fill=40)

    found = WarmTesseract(find_tessdata("")).read(raster(picture), LANGUAGES["eng"])

    assert [line.text for line in found.lines] == [f"Goods number {n}" for n in range(10, 20)]
