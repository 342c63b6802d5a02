"""Make a page fit for an engine, read it, and put what was read where it stands on the page. Pure.

Each step is taken only where it helps: level pages are not turned, large print is not enlarged.
"""

from dataclasses import replace

import cv2
import numpy as np

from ocr.engines import deskew, perspective
from ocr.engines.base import Engine, Found
from ocr.engines.confidence import worth
from ocr.engines.light import stretched
from ocr.engines.print_size import character_height
from ocr.engines.vertical import is_in_columns
from ocr.geometry import clipped, scaled
from ocr.images import Raster
from ocr.languages import Language
from ocr.types import Line

MIN_SIDE_PX = 8  # No letter is smaller; engines complain about such pictures instead of answering.
# Print is enlarged to this height of a character, at most so much; from 90 % of it on it is left alone.
READABLE_PX, LARGEST_FACTOR, LEAST_FACTOR = 24.0, 2.5, 1.1
MAX_ENLARGED_PIXELS = 20_000_000
# Where no word of a page is likelier to be right than this, there was no text: specks, folds, a grain.
LIKELY = 0.3
# A flattened sheet is less than the whole picture: it must give so many times as much (engine 1 on 12 photographed
# receipts: CER .40 without, .44 with any gain, .40 so; on 5 receipts in made perspective word F1 .55, .63, .60).
CLEARLY_BETTER = 1.2


def read(engine: Engine, raster: Raster, language: Language, *, enlarge: bool = False) -> Found:
    """Read a page at its best.

    Args:
        enlarge: Enlarge small print first.

    Returns:
        What was found, in wire coordinates (`Raster.width_px`), inside the page.
    """
    factor = _enlargement(raster) if enlarge else 1.0
    page = stretched(_resized(raster, factor))
    height, width = page.pixels.shape[:2]
    if min(height, width) < MIN_SIDE_PX:
        return Found((), language.code)
    found = _flattened(engine, page, language)
    if not any(word.confidence > LIKELY for line in found.lines for word in line.words):
        return Found((), found.language)
    across, down = raster.width_px / width, raster.height_px / height
    return Found(tuple(_on_page(line, across, down, raster) for line in found.lines), found.language)


def _flattened(engine: Engine, page: Raster, language: Language) -> Found:
    """Read a page; a sheet photographed at an angle is read as it is and laid flat, and the better reading kept."""
    plain = _levelled(engine, page, language)
    corners = perspective.leaning_sheet(page.grey)
    if corners is None:
        return plain
    sheet, back = perspective.flattened(page, corners)
    flat = _levelled(engine, sheet, language)
    if worth(flat.lines) < CLEARLY_BETTER * worth(plain.lines):
        return plain
    return Found(deskew.put_back(flat.lines, back), flat.language)


def _levelled(engine: Engine, page: Raster, language: Language) -> Found:
    grey = page.grey
    degrees = deskew.tilt(np.rot90(grey) if is_in_columns(grey, language) else grey)
    if not degrees:
        return engine.read(page, language)
    level, back = deskew.levelled(page, degrees)
    found = engine.read(level, language)
    return Found(deskew.put_back(found.lines, back), found.language)


def _enlargement(raster: Raster) -> float:
    """How much larger the print should be: 1.0 where it is large enough or there is none."""
    character = character_height(raster.grey)
    if not character:
        return 1.0
    height, width = raster.pixels.shape[:2]
    room = (MAX_ENLARGED_PIXELS / (height * width)) ** 0.5
    factor = min(READABLE_PX / character, LARGEST_FACTOR, room)
    return factor if factor >= LEAST_FACTOR else 1.0


def _resized(raster: Raster, factor: float) -> Raster:
    if factor == 1.0:
        return raster
    pixels = cv2.resize(raster.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return replace(raster, pixels=np.asarray(pixels, np.uint8), dpi=round(raster.dpi * factor))


def _on_page(line: Line, across: float, down: float, raster: Raster) -> Line:
    """The line in wire coordinates; corners that the engine put beside the page lie on its edge."""
    width, height = raster.width_px, raster.height_px
    words = tuple(
        replace(word, polygon=clipped(scaled(word.polygon, across, down), width, height)) for word in line.words
    )
    return Line(words, clipped(scaled(line.polygon, across, down), width, height))
