"""Lines that the PP-OCR model cannot read: told by what it makes of them, and given to Tesseract.

In a script that it does not know the model sees few characters, or is unsure of all of them.
Which language such lines are in is found by trying: the data whose script it is reads more of
their words surely than any other.
"""

from collections.abc import Sequence
from typing import Protocol

from ocr.engines.confidence import is_latin, sureness
from ocr.engines.language_guess import languages_of
from ocr.images import Pixels, Raster
from ocr.languages import LANGUAGES, Language
from ocr.types import Line, Word

Words = tuple[Word, ...]

UNSURE, DOUBTFUL = 0.75, 0.9
# Latin text has nearly two characters to a line's height, Chinese one.
FEWEST_PER_HEIGHT, SHORTEST_LINE = 0.7, 3.0
CANDIDATES = ("kor", "rus", "gre", "ara", "heb", "hin", "tai", "tam", "tel", "kan")
# Languages that share the script of a candidate.
SIBLINGS = {"rus": ("rus", "ukr", "bul"), "ara": ("ara", "per")}
CONVINCING, SURELY = 0.6, 0.85
# Of a line that holds a name in Latin letters the right data reads .41 to .88 surely (of others 1.0), a wrong one
# at most .43, and at most half of what the right one does.
SURE_SHARE = 0.45
# The first line may hold more Latin words than others.
ASKED_LINES, TRIED_LINES = 2, 4
MAX_SCRIPTS = 3


class LineReader(Protocol):
    """Reads single lines, and pages in columns, in a language that is told; knows which way up a page is."""

    def read_line(self, grey: Pixels, language: Language) -> Words: ...

    def try_line(self, grey: Pixels, language: Language) -> Words: ...

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


def is_doubtful(words: Sequence[Word]) -> bool:
    """Whether a word of the line may be in another script: PP-OCR takes some letters for Latin ones."""
    return any(len(word.text) > 1 and word.confidence < DOUBTFUL for word in words)


def read(reader: LineReader, unread: dict[int, Pixels], doubtful: dict[int, Pixels]) -> dict[int, tuple[Words, str]]:
    """What Tesseract convincingly reads, with the code of the language, by the keys of the crops.

    Args:
        unread: Lines that say which languages there are.
        doubtful: Lines that may be in one of these, too.
    """
    found: dict[int, tuple[Words, str]] = {}
    for _ in range(MAX_SCRIPTS):
        pending = {key: crop for key, crop in unread.items() if key not in found}
        language = _language(reader, list(pending.values()))
        if language is None:
            break
        others = {key: crop for key, crop in doubtful.items() if key not in found}
        for key, crop in (pending | others).items():
            words = reader.read_line(crop, language)
            is_convincing = _conviction([words]) >= (CONVINCING if key in pending else SURELY)
            if is_convincing and not all(is_latin(word.text) for word in words):
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
    """The language that reads one of the longest lines, and then most of them, best."""
    longest = sorted(crops, key=lambda crop: crop.shape[1] / crop.shape[0], reverse=True)[:TRIED_LINES]
    for crop in longest[:ASKED_LINES]:
        shares = {code: _sure_share(reader.try_line(crop, LANGUAGES[code])) for code in CANDIDATES}
        best, share = max(shares.items(), key=lambda pair: pair[1])
        if share >= SURE_SHARE:
            return LANGUAGES[_sibling(reader, SIBLINGS[best], longest) if best in SIBLINGS else best]
    return None


def _sibling(reader: LineReader, codes: Sequence[str], crops: Sequence[Pixels]) -> str:
    """The one that is surest of the words in its script; the same names in Latin letters spoil all readings."""

    def worth(code: str) -> float:
        words = [word for crop in crops for word in reader.try_line(crop, LANGUAGES[code])]
        return sum(len(word.text) * word.confidence for word in words if word.confidence >= CONVINCING)

    return max(codes, key=worth)


def _sure_share(words: Words) -> float:
    """The share of characters in words that are surely right."""
    sure = sum(len(word.text) for word in words if word.confidence >= SURELY)
    return sure / max(sum(len(word.text) for word in words), 1)


def _conviction(lines: Sequence[Words]) -> float:
    """The mean confidence over all characters, 0.0 for none."""
    words = [word for line in lines for word in line]
    return sureness(words) if words else 0.0
