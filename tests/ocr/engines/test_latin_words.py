"""Names and brands in Latin letters on pages in another script, whose data has no Latin letters."""

import re
import unicodedata

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.engines.korean import with_endings
from ocr.geometry import polygon_of
from ocr.languages import LANGUAGES
from ocr.types import Box, Line, Word
from tests.ocr.engines.sentences import LATIN, SENTENCES
from tests.ocr.engines.test_languages import SIZE_PX, engines, wrong
from tests.pictures import font, raster

NAMES = ("Samsung Galaxy", "Microsoft Windows", "Main Street")
OTHER_SCRIPTS = [code for code, language in LANGUAGES.items() if not language.has_latin]
SPACE_PX = SIZE_PX // 3


def mixed(code: str) -> list[str]:
    """The sentences of a language, each with a name in its middle."""
    lines = []
    for line, name in zip(SENTENCES[code][2], NAMES, strict=False):
        words = line.split()
        middle = (len(words) + 1) // 2
        lines.append(" ".join([*words[:middle], name, *words[middle:]]))
    return lines


def typeset(code: str, lines: list[str]) -> Image.Image:
    """Lines with each run of letters in a font that has them, in the direction of the language."""
    name, face, _ = SENTENCES[code]
    fonts = {True: ImageFont.truetype(font(LATIN, size=SIZE_PX).path, SIZE_PX),
             False: ImageFont.truetype(font(name, size=SIZE_PX).path, SIZE_PX, index=face)}  # fmt: skip
    image = Image.new("L", (1_500, 120 + 62 * len(lines)), 255)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        runs = re.findall(r"[A-Za-z][A-Za-z ]*[A-Za-z]|[^A-Za-z]+", line)
        is_leftwards = unicodedata.bidirectional(line[0]) in ("R", "AL")
        x = 80.0
        for run in reversed(runs) if is_leftwards else runs:
            before, after = run.startswith(" "), run.endswith(" ")
            x += SPACE_PX * (after if is_leftwards else before)
            typeface = fonts[run[0].isascii() and run[0].isalpha()]
            draw.text((x, 60 + 62 * number), run.strip(), fill=0, font=typeface)
            x += draw.textlength(run.strip(), font=typeface) + SPACE_PX * (before if is_leftwards else after)
    return image


def read(engine: int, image: Image.Image, code: str) -> str:
    return "\n".join(line.text for line in engines()[engine].read(raster(image, dpi=200), LANGUAGES[code]).lines)


@pytest.mark.parametrize(
    ("code", "engine"), [(code, engine) for code in OTHER_SCRIPTS for engine in sorted(LANGUAGES[code].engines)]
)
def test_names_in_latin_letters_come_back(code, engine):
    lines = mixed(code)

    text = read(engine, typeset(code, lines), code)

    assert wrong(text, "\n".join(lines)) <= 0.05, text


@pytest.mark.parametrize("engine", [2, 3])
@pytest.mark.parametrize("code", ["kor", "rus", "gre", "ara", "hin"])
def test_they_come_back_where_nobody_told_the_language(code, engine):
    lines = mixed(code)

    text = read(engine, typeset(code, lines), "auto")

    assert wrong(text, "\n".join(lines)) <= 0.08, text


@pytest.mark.parametrize("engine", [1, 2])
def test_a_korean_ending_hangs_on_a_name(engine):
    lines = ["새로운 PDF를 Samsung에서 2024년에 보았다.", "Microsoft가 만든 책이다."]

    assert read(engine, typeset("kor", lines), "kor").splitlines() == lines


@pytest.mark.parametrize(("sure", "texts"), [(0.95, ["PDF", "를"]), (0.5, ["PDFS"])])
def test_an_ending_is_only_taken_where_both_parts_are_sure(sure, texts):
    word = Word("PDFS", polygon_of(Box(10, 10, 110, 40)), 0.9)
    grey = np.full((60, 140), 255, np.uint8)
    grey[15:38, 12:76], grey[15:38, 86:108] = 0, 0

    def read(crop, data: str) -> list[Word]:
        is_whole = crop.shape[1] > 110
        text = "를" if data == "kor" else "PDF"
        return [] if is_whole else [Word(text, word.polygon, 0.95 if data == "kor" else sure)]

    parted = with_endings(Line((word,), word.polygon), grey, read)

    assert [(word.text, word.glued) for word in parted.words] == list(zip(texts, [False, True], strict=False))
    assert parted.words[-1].box.right == 110
