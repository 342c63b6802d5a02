"""Lines that the PP-OCR model cannot read: told by what it makes of them, and given to Tesseract.

In a script that it does not know the model sees few characters, or is unsure of all of them.
Which language such lines are in is found by trying: the data whose script it is reads them
with far more confidence than any other.
"""

from collections.abc import Sequence
from typing import Protocol

from ocr.engines.confidence import sureness
from ocr.engines.language_guess import languages_of
from ocr.images import Pixels, Raster
from ocr.languages import LANGUAGES, Language
from ocr.types import Line, Word

Words = tuple[Word, ...]

UNSURE = 0.75
# Latin text has nearly two characters to a line's height, Chinese one.
FEWEST_PER_HEIGHT, SHORTEST_LINE = 0.7, 3.0
CANDIDATES = ("kor", "rus", "gre", "ara", "heb", "hin", "tai", "tam", "tel", "kan")
# Languages that share the script of a candidate.
SIBLINGS = {"rus": ("rus", "ukr", "bul"), "ara": ("ara", "per")}
CONVINCING = 0.6
TRIED_LINES = 4
MAX_SCRIPTS = 3


class LineReader(Protocol):
    """Reads single lines, and pages in columns, in a language that is told; knows which way up a page is."""

    def read_line(self, grey: Pixels, language: Language) -> Words: ...

    def read_raw(self, raster: Raster, language: Language) -> tuple[Line, ...]: ...

    def orientation(self, raster: Raster) -> int | None: ...


def is_unread(words: Sequence[Word], crop: Pixels) -> bool:
    """Whether PP-OCR made nothing of a line that is long enough to tell."""
    height, width = crop.shape[:2]
    if width < SHORTEST_LINE * height:
        return False
    if not words or sureness(words) < UNSURE:
        return True
    return sum(len(word.text) for word in words) < float(FEWEST_PER_HEIGHT * width / height)


def read(reader: LineReader, crops: dict[int, Pixels]) -> dict[int, tuple[Words, str]]:
    """What Tesseract convincingly reads, with the code of the language, by the keys of `crops`."""
    found: dict[int, tuple[Words, str]] = {}
    for _ in range(MAX_SCRIPTS):
        pending = {key: crop for key, crop in crops.items() if key not in found}
        language = _language(reader, list(pending.values()))
        if language is None:
            break
        for key, crop in pending.items():
            words = reader.read_line(crop, language)
            if _conviction([words]) >= CONVINCING:
                found[key] = (words, language.code)
    return found


def read_columns(reader: LineReader, raster: Raster, language: Language) -> tuple[tuple[Line, ...], str] | None:
    """What Tesseract convincingly reads on a page that is written downwards, with the code of the language."""
    tried = language if language.is_cjk else LANGUAGES["jpn"]
    lines = reader.read_raw(raster, tried)
    told = next(iter(languages_of(line.text for line in lines)), "")
    if language is not tried and told in ("chs", "cht"):
        tried = LANGUAGES[told]
        lines = reader.read_raw(raster, tried)
    return (lines, tried.code) if _conviction([line.words for line in lines]) >= CONVINCING else None


def _language(reader: LineReader, crops: list[Pixels]) -> Language | None:
    """The language that reads the longest lines best."""
    longest = sorted(crops, key=lambda crop: crop.shape[1] / crop.shape[0], reverse=True)[:TRIED_LINES]
    best, conviction = _best(reader, CANDIDATES, longest[:1])
    if conviction < CONVINCING:
        return None
    if best in SIBLINGS:
        best, _ = _best(reader, SIBLINGS[best], longest)
    return LANGUAGES[best]


def _best(reader: LineReader, codes: Sequence[str], crops: Sequence[Pixels]) -> tuple[str, float]:
    if not crops:
        return "", 0.0
    tried = {code: _conviction([reader.read_line(crop, LANGUAGES[code]) for crop in crops]) for code in codes}
    return max(tried.items(), key=lambda pair: pair[1])


def _conviction(lines: Sequence[Words]) -> float:
    """The mean confidence over all characters, 0.0 for none."""
    words = [word for line in lines for word in line]
    return sureness(words) if words else 0.0
