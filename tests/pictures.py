"""Pages drawn for a test, in any script that a font of Debian's packages has."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.images import Raster

FONTS = Path("/usr/share/fonts")


def font(*names: str, size: int) -> ImageFont.FreeTypeFont:
    """The first of these fonts that is installed, else the test is skipped."""
    for name in names:
        for file in sorted(FONTS.rglob(name)):
            return ImageFont.truetype(str(file), size)
    pytest.skip(f"None of the fonts {', '.join(names)} is installed: the packages fonts-noto-core and -cjk have them.")
    raise AssertionError("unreachable")


def latin(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size=size)


def cjk(size: int) -> ImageFont.FreeTypeFont:
    return font("NotoSansCJK-Regular.ttc", "NotoSansCJK*.ttc", size=size)


def page(*lines: str, typeface: ImageFont.FreeTypeFont, size: tuple[int, int] = (1_000, 400)) -> Image.Image:
    """Black lines on white, 80 pixels from the left, grey."""
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((80, 60 + number * typeface.size * 1.6), line, fill=0, font=typeface)
    return image


def tilted(image: Image.Image, degrees: float) -> Image.Image:
    """Turned clockwise about its centre, on white."""
    return image.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)


def raster(image: Image.Image, dpi: int = 0) -> Raster:
    return Raster(np.asarray(image), dpi, image.width, image.height)
