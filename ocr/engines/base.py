"""What every engine takes and gives. Engines run in engine processes; they know no Django."""

import unicodedata
from dataclasses import dataclass
from typing import Protocol

from ocr.images import Raster
from ocr.languages import Language
from ocr.types import Line

MICRO, MU = "\u00b5", "\u03bc"


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine read: lines in reading order, in pixels of the raster it was given."""

    lines: tuple[Line, ...]
    language: str


class Engine(Protocol):
    """One way to read a page."""

    def load(self, language: Language) -> None:
        """Bring models into memory, so that the next page does not wait for them."""

    def read(self, raster: Raster, language: Language) -> Found:
        """Read one upright page in a single pass: text, boxes and confidence together."""


def spelled(text: str) -> str:
    """A word with mu where it is Greek: models give the micro sign, which looks the same and which no search finds."""
    if MICRO in text and any(unicodedata.name(letter, "").startswith("GREEK") for letter in text):
        return text.replace(MICRO, MU)
    return text
