"""Every language that an engine takes really comes back: sentences set at 200 dpi, read, and compared."""

from functools import cache

import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.engines.fusion import Fusion
from ocr.engines.onnx import PpOcr
from ocr.engines.tesseract import WarmTesseract, find_tessdata
from ocr.languages import LANGUAGES
from tests.ocr.engines.sentences import CJK, LATIN, SENTENCES
from tests.pictures import font, raster

SIZE_PX = 33  # 12 points at 200 dots an inch
MOST_WRONG = {"ara": 0.05, "per": 0.05, "chs": 0.05, "cht": 0.05, "jpn": 0.05, "kor": 0.05}


@cache
def engines():
    tesseract = WarmTesseract(find_tessdata())
    pp_ocr = PpOcr(tesseract)
    return {1: tesseract, 2: pp_ocr, 3: Fusion(tesseract, pp_ocr)}


def typeset(*lines: tuple[str, int, str]) -> Image.Image:
    """Lines of one or more fonts: file, face, text. Arabic and Hebrew are set from right to left."""
    image = Image.new("L", (1_300, 120 + len(lines) * 62), 255)
    draw = ImageDraw.Draw(image)
    for number, (name, face, text) in enumerate(lines):
        file = font(name, size=SIZE_PX).path
        draw.text((80, 60 + number * 62), text, fill=0, font=ImageFont.truetype(file, SIZE_PX, index=face))
    return image


def sentences(*codes: str) -> Image.Image:
    return typeset(*((name, face, line) for name, face, lines in map(SENTENCES.get, codes) for line in lines))


def text_of(engine: int, image: Image.Image, code: str) -> str:
    return "\n".join(line.text for line in engines()[engine].read(raster(image, dpi=200), LANGUAGES[code]).lines)


def wrong(text: str, truth: str) -> float:
    """The character error rate (Levenshtein)."""
    row = list(range(len(truth) + 1))
    for i, a in enumerate(text, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(truth, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1] / len(truth)


def test_every_code_but_auto_has_sentences():
    assert SENTENCES.keys() == LANGUAGES.keys() - {"auto"}


@pytest.mark.parametrize(
    ("code", "engine"),
    [(code, engine) for code, language in LANGUAGES.items() if code != "auto" for engine in sorted(language.engines)],
)
def test_a_page_in_the_language_comes_back(code, engine):
    truth = "\n".join(SENTENCES[code][2])

    text = text_of(engine, sentences(code), code)

    assert wrong(text, truth) <= MOST_WRONG.get(code, 0.03), text


@pytest.mark.parametrize("engine", [1, 2, 3])
def test_greek_words_hold_mu_and_no_micro_sign(engine):
    text = text_of(engine, typeset(("NotoSans-Regular.ttf", 0, "με μέλος του κόσμου και τιμή")), "gre")

    assert (text.count("\u03bc"), text.count("\u00b5")) == (4, 0)


@pytest.mark.parametrize("engine", [2, 3])
@pytest.mark.parametrize(
    "code", ["eng", "ger", "fre", "jpn", "chs", "cht", "kor", "rus", "ukr", "gre", "ara", "heb", "hin", "vie"]
)
def test_auto_finds_the_language_and_says_so(code, engine):
    image = sentences(code)

    found = engines()[engine].read(raster(image, dpi=200), LANGUAGES["auto"])

    assert found.language == code
    assert wrong("\n".join(line.text for line in found.lines), "\n".join(SENTENCES[code][2])) <= 0.05


@pytest.mark.parametrize("engine", [2, 3])
def test_a_page_in_three_scripts_is_read_line_by_line(engine):
    image = sentences("jpn", "eng", "kor")
    truth = "\n".join(line for code in ("jpn", "eng", "kor") for line in SENTENCES[code][2])

    found = engines()[engine].read(raster(image, dpi=200), LANGUAGES["auto"])

    assert sorted(found.language.split("+")) == ["eng", "jpn", "kor"]
    assert wrong("\n".join(line.text for line in found.lines), truth) <= 0.03


def test_a_language_within_a_line_keeps_its_spaces():
    image = typeset((CJK, 0, "会議は Main Street Office で行う。"), (LATIN, 0, "The end of the page."))

    assert text_of(2, image, "jpn").splitlines()[0] == "会議は Main Street Office で行う。"
