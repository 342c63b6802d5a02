"""Bars that stand above one another are a rule; one by itself is print. Short words that are unlikely are specks."""

from dataclasses import replace

import pytest
from PIL import ImageDraw

from ocr.engines.noise import without_rules, without_specks
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


def test_short_words_that_are_unlikely_are_dropped_and_long_ones_kept():
    line = row(0, ("ee", 0), ("Total", 50), ("a", 200), ("12", 230), ("3.00", 260))
    chances = (0.1, 0.15, 0.25, 0.1, 0.1)
    doubted = replace(line, words=tuple(map(with_chance, line.words, chances)))
    speck = replace(row(1, ("~", 0)), words=(with_chance(row(1, ("~", 0)).words[0], 0.1),))

    (kept,) = without_specks([doubted, speck])

    assert kept.text == "Total a 3.00"
    assert (kept.box.left, kept.box.right) == (50, 300)


def test_pieces_of_a_word_are_judged_together():
    line = row(0, ("東", 0), ("京", 10), ("都", 20), ("庁", 30), glued=True)
    doubted = replace(line, words=tuple(with_chance(word, 0.1) for word in line.words))

    assert without_specks([doubted]) == (doubted,)


def with_chance(word: Word, chance: float) -> Word:
    return replace(word, confidence=chance)


def test_the_broken_edge_of_a_receipt_is_no_print():
    picture = page(*(f"Goods number {n}" for n in range(10, 20)), typeface=latin(30), size=(700, 600))
    draw = ImageDraw.Draw(picture)
    for top in range(60, 540, 48):
        draw.rectangle((440, top, 443, top + 36), fill=40)

    found = WarmTesseract(find_tessdata("")).read(raster(picture), LANGUAGES["eng"])

    assert [line.text for line in found.lines] == [f"Goods number {n}" for n in range(10, 20)]
