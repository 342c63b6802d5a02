"""Engine 3: Tesseract and PP-OCR read the same page, and of each word the better reading is kept.

Words are aligned by where they stand. Each reading gets a probability to be right, from both
engines' confidences, from whether they agree, and from how it looks (`ocr.engines.confidence`).
Lines and their order are PP-OCR's (character error rates are lower in its order than in
Tesseract's on receipts, invoices and scanned pages); what only Tesseract saw is put between them.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from ocr.engines.alignment import Group, aligned, words_of
from ocr.engines.base import Engine, Found
from ocr.engines.confidence import TABLES, features_of, probability, sureness, token_text, tokens
from ocr.engines.joining import joined
from ocr.geometry import around
from ocr.images import Raster
from ocr.languages import LANGUAGES, Language
from ocr.types import Line, Word

# A word is worth its place where it is right more often than so: half of the F1 that pages reach.
WORTH = 0.45
# The base engine's reading is kept unless the other is worth so much more.
FAVOUR = 0.16
# Words that only one engine saw are dropped below this. Tesseract sees words in the grain of photos.
DOUBTFUL, DOUBTFUL_OTHER = 0.25, 0.8
# What Tesseract makes of rules and edges; the last is a letter of Korean.
STROKES = frozenset("|¦/\\ㅣ")
# Digits of a card that are not told. Tesseract makes letters of them.
MASK = "***"
INSIDE_NUMBER = re.compile(r"\d(?=[.,:/-]\d)")
# Letters with marks that Unicode does not part from them, and what is left of them.
UNMARKED = {"ı": "i1l", "İ": "I", "ł": "lt", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ħ": "h"}
# Two readings are of the same words, parted differently, when so much of their characters is common.
ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class Reading:
    """One engine's words in a group, with the probability of each to be right."""

    words: tuple[Word, ...]
    worth: float

    @property
    def chance(self) -> float:
        return max((word.confidence for word in self.words), default=0.0)


class Fusion(Engine):
    """Both engines, fused word by word."""

    def __init__(self, tesseract: Engine, pp_ocr: Engine) -> None:
        self._tesseract = tesseract
        self._pp_ocr = pp_ocr

    def load(self, language: Language) -> None:
        self._tesseract.load(language)
        self._pp_ocr.load(language)

    def read(self, raster: Raster, language: Language) -> Found:
        theirs = self._pp_ocr.read(raster, language)
        # None for several languages, or none: PP-OCR has read each line by its script.
        known = LANGUAGES.get(theirs.language)
        if known is None or is_home_of_pp_ocr(known):
            return theirs
        ours = self._tesseract.read(raster, known)
        # Where Tesseract has read both, what only one reading has is no worse than the rest.
        doubtful = DOUBTFUL_OTHER if known.has_pp_ocr else DOUBTFUL
        return Found(fused(ours.lines, theirs.lines, doubtful), known.code)


def is_home_of_pp_ocr(language: Language) -> bool:
    """Chinese and Japanese: of 13 such pages Tesseract reads none better, and its errors are sure of themselves."""
    return language.is_cjk and language.has_pp_ocr


def fused(tesseract: Sequence[Line], pp_ocr: Sequence[Line], doubtful: float = DOUBTFUL_OTHER) -> tuple[Line, ...]:
    """One reading out of two; of what only Tesseract saw, words that are likelier right than `doubtful`."""
    first, second = words_of(tesseract), words_of(pp_ocr)
    groups = aligned(first, second)
    pairs = (judged(group, first, second) for group in groups)
    kept = [_better(theirs, ours, parted(theirs, ours), doubtful) for ours, theirs in pairs]
    return joined(pp_ocr, tesseract, [(group.second, group.first) for group in groups], kept)


def judged(group: Group, first: Sequence[Word], second: Sequence[Word]) -> tuple[Reading, Reading]:
    """Both readings of a group, each judged in the light of the other."""
    ours = tuple(first[index] for index in group.first)
    theirs = tuple(second[index] for index in group.second)
    return _reading(ours, theirs, "tesseract_beside"), _reading(theirs, ours, "pp_ocr_beside")


def features_beside(token: Sequence[Word], own: Sequence[Word], other: Sequence[Word]) -> dict[str, float]:
    """What a run of words shows beside the other engine's reading of the same place."""
    text = token_text(token)
    features = features_of(text, sureness(token))
    others = [token_text(run) for run in tokens(other)]
    if not others:
        return {**features, "alone": 1.0, "alone_logit": features["logit"]}
    chance = sureness(other)
    logit = math.log((chance + 0.01) / (1.01 - chance))
    agrees = float(text in others)
    likeness = max(SequenceMatcher(None, text, one, autojunk=False).ratio() for one in others)
    return {
        **features,
        "agrees": agrees,
        "agrees_logit": agrees * logit,
        "differs_logit": (1 - agrees) * logit,
        "likeness": likeness,
        "only_case": float(not agrees and text.casefold() in map(str.casefold, others)),
        "parted_less": float(len(tokens(own)) < len(others)),
        "parted_more": float(len(tokens(own)) > len(others)),
    }


def _reading(own: Sequence[Word], other: Sequence[Word], table: str) -> Reading:
    words: list[Word] = []
    worth = 0.0
    for token in tokens(own):
        right = probability(features_beside(token, own, other), TABLES[table])
        worth += right - WORTH
        words += (replace(word, confidence=right) for word in token)
    return Reading(tuple(words), worth)


def parted(base: Reading, other: Reading) -> Reading:
    """The base engine's characters with the spaces of the other: PP-OCR runs words together on tight print.

    Each piece is judged beside the word of the other engine that it stands at. Nothing where the other
    engine does not part more, or reads too differently to tell where.
    """
    runs, others = tokens(base.words), tokens(other.words)
    if len(runs) >= len(others):
        return Reading((), 0.0)
    text, texts = "".join(map(token_text, runs)), [token_text(run) for run in others]
    cuts = _cuts(text, texts)
    if not cuts:
        return Reading((), 0.0)
    sure = sureness(base.words)
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    readings = [_reading((Word(piece, around(word.polygon for word in run), sure),), run, "pp_ocr_beside")
                for piece, run in zip(pieces, others, strict=True)]  # fmt: skip
    return Reading(tuple(w for one in readings for w in one.words), sum(one.worth for one in readings))


def _cuts(text: str, texts: Sequence[str]) -> list[int]:
    """Where a text is to be cut to have the pieces of another reading of it; [] where that is unclear."""
    matcher = SequenceMatcher(None, text, "".join(texts), autojunk=False)
    if matcher.ratio() < ALIKE:
        return []
    places = {b + step: a + step for a, b, size in matcher.get_matching_blocks() if size for step in range(size + 1)}
    cuts = [places.get(end, 0) for end in accumulate(map(len, texts[:-1]))]
    return cuts if all(before < after for before, after in pairwise([0, *cuts, len(text)])) else []


def _better(base: Reading, other: Reading, between: Reading, doubtful: float) -> tuple[Word, ...]:
    """The words to keep; where both say the same, the base engine's, whose lines they stand in."""
    if not base.words or not other.words:
        if not base.words and STROKES.issuperset(token_text(other.words)):
            return ()
        single, least = (base, DOUBTFUL) if base.words else (other, doubtful)
        return single.words if single.chance >= least else ()
    if _text(base) == _text(other):
        sure = max(base.chance, other.chance)
        return tuple(replace(word, confidence=max(word.confidence, sure)) for word in base.words)
    if has_lost_marks(token_text(base.words), token_text(other.words)):
        return other.words
    is_wrong = shows_its_fault(_text(base), _text(other))
    if between.words and between.worth > max(base.worth, other.worth) and not is_wrong:
        return between.words
    return base.words if is_wrong or base.worth + FAVOUR >= other.worth else other.words


def shows_its_fault(theirs: Sequence[str], ours: Sequence[str]) -> bool:
    """Whether Tesseract's words, beside PP-OCR's, show what Tesseract is known to do wrong.

    It makes letters of a mask, parts numbers at their marks (RM28. 05: of 18 words parted so 17 were one), and makes
    small letters of capitals, by its dictionary (of 10 such words 10 had the capitals; the other way round 4 of 9).
    """
    text, other = "".join(theirs), "".join(ours)
    marks = {match.end() for match in INSIDE_NUMBER.finditer(text)}
    if (MASK in text and MASK not in other) or any({cut, cut - 1} & marks for cut in _cuts(text, ours)):
        return True
    differ_in_case = [word.casefold() for word in theirs] == [word.casefold() for word in ours]
    return differ_in_case and sum(map(str.isupper, text)) > sum(map(str.isupper, other))


def has_lost_marks(text: str, other: str) -> bool:
    """Whether one text is the other without some of its Latin letters' marks.

    PP-OCR loses them on small print, Tesseract knows its languages' words: of 35 such words on typeset pages 32 were
    right with their marks (Turkish 22, Polish 6, Czech 3 of 4, Croatian 1, Vietnamese none of 2). In Greek it is the
    other way round as often.
    """
    pairs = [(a, b) for a, b in zip(text, other, strict=False) if a != b]
    return len(text) == len(other) and bool(pairs) and all(a in _unmarked(b) for a, b in pairs)


def _unmarked(letter: str) -> str:
    """What a Latin letter with a mark becomes without it; "" for all others."""
    if letter in UNMARKED:
        return UNMARKED[letter]
    parts = unicodedata.normalize("NFD", letter)
    return parts[0] if len(parts) > 1 and parts[0].isascii() else ""


def _text(reading: Reading) -> list[str]:
    return [token_text(token) for token in tokens(reading.words)]
