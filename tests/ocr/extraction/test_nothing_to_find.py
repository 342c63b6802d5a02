"""Pages that hold no document, from pixels: nothing is found, nothing is made up, nothing fails."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ocr.engines import preparation
from ocr.engines.onnx import PpOcr
from ocr.engines.tesseract import WarmTesseract, find_tessdata
from ocr.extraction.extract import extract
from ocr.extraction.fields import Rows
from ocr.extraction.propose import propose
from ocr.extraction.templates import TEMPLATES
from ocr.languages import LANGUAGES
from ocr.types import Page
from tests import pictures

PROSE = (
    "The harbour lay quiet under the first snow of the year.",
    "Nobody had expected the ferry to come before noon, and so",
    "the keeper of the light went back to his kitchen, where the",
    "kettle had begun to sing. He thought of his sister, who had",
    "written that the garden was full of late roses, and of the",
    "long road that she would have to take when spring came.",
    "Then he heard the bell, twice, as it had been agreed.",
)


def blank() -> Image.Image:
    return pictures.page(typeface=pictures.latin(20), size=(900, 600))


def cat() -> Image.Image:
    """A made-up photograph: a cat's head before a carpet, out of focus, with the grain of a sensor."""
    picture = Image.new("RGB", (900, 700), (150, 120, 90))
    draw = ImageDraw.Draw(picture)
    for x in range(0, 900, 45):
        draw.line([(x, 0), (x + 200, 700)], fill=(130 + x % 40, 100, 80), width=14)
    draw.ellipse([280, 180, 640, 560], fill=(96, 90, 84))
    for ear in ([(300, 280), (330, 110), (430, 210)], [(620, 280), (590, 110), (490, 210)]):
        draw.polygon(ear, fill=(84, 78, 72))
    for x in (370, 510):
        draw.ellipse([x, 310, x + 60, 360], fill=(180, 190, 60))
        draw.ellipse([x + 22, 312, x + 38, 358], fill=(10, 10, 10))
    draw.polygon([(440, 410), (480, 410), (460, 435)], fill=(200, 130, 130))
    for y in (425, 445, 465):
        draw.line([(430, y), (240, y - 20)], fill=(230, 230, 230), width=2)
        draw.line([(490, y), (680, y - 20)], fill=(230, 230, 230), width=2)
    grain = np.random.default_rng(7).normal(0, 12, (700, 900, 3))
    seen = np.asarray(picture.filter(ImageFilter.GaussianBlur(2)), np.float32) + grain
    return Image.fromarray(seen.clip(0, 255).astype(np.uint8))


def prose() -> Image.Image:
    return pictures.page(*PROSE, typeface=pictures.latin(30), size=(1000, 700))


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    engine, english = PpOcr(WarmTesseract(find_tessdata())), LANGUAGES["eng"]
    read = {}
    for name, image in (("blank", blank()), ("cat", cat()), ("prose", prose())):
        raster = pictures.raster(image)
        found = preparation.read(engine, raster, english)
        read[name] = Page(1, raster.width_px, raster.height_px, found.lines, 0, found.language)
    return read


def test_the_prose_is_read_and_the_others_hold_hardly_a_letter(pages):
    assert pages["blank"].text == ""
    assert len(pages["cat"].text) < 10  # An eye may be taken for an "o".
    assert "keeper of the light" in pages["prose"].text


@pytest.mark.parametrize("name", ["blank", "cat", "prose"])
@pytest.mark.parametrize("template_id", TEMPLATES)
def test_every_field_of_every_template_is_empty(pages, name, template_id):
    values = extract(pages[name], TEMPLATES[template_id].fields, template_id).values

    found = {field: value for field, value in values.items() if (value.rows if isinstance(value, Rows) else value.text)}
    assert found == {}


@pytest.mark.parametrize("name", ["blank", "cat", "prose"])
def test_no_fields_are_proposed(pages, name):
    assert propose(pages[name]) is None
