"""Where a space belongs between two words that an engine gave apart. Pure."""

import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ocr.images import Pixels
from ocr.types import Box

# Gaps in heights of the line. Engines break CJK lines between any two characters; a gap this
# wide is a column or a real space.
GAP_BETWEEN_CJK = 1.0
GAP_BESIDE_CJK = 0.35
# Width of such a character, in heights: Tesseract sometimes ends a box before its last one.
CJK_WIDTH = 0.9
# Korean has spaces, but Tesseract's data tears words into syllables (measured: CER 23 % where
# none are joined, 0.1 % so). Its boxes of syllables are too rough for this: see `ink_gap`.
GAP_BETWEEN_HANGUL = 0.28
# Beside a digit or a Latin letter, which have less blank around them, as in "2024년".
GAP_BESIDE_HANGUL = 0.2
# From this ratio of heights on, the larger box holds more than one line.
TWO_LINES = 1.6
# Grey levels that a column without ink spans.
BLANK_CONTRAST = 64
_SPACELESS = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "THAI", "FULLWIDTH", "HALFWIDTH KATAKANA")


@lru_cache(maxsize=20_000)
def is_spaceless(character: str) -> bool:
    """Whether the character belongs to a script that writes no spaces between words."""
    return unicodedata.name(character, "").startswith(_SPACELESS)


def is_hangul(character: str) -> bool:
    """Whether the character is a syllable of the Korean script."""
    return "\uac00" <= character <= "\ud7a3"


def may_hang_on_hangul(before: str, after: str) -> bool:
    """Whether one of two words that meet is Korean, and the other may be written to it without a space."""
    ends = before[-1], after[0]
    return any(map(is_hangul, ends)) and all(end.isalnum() and not is_spaceless(end) for end in ends)


def is_glued(before: str, before_box: Box, after: str, after_box: Box, gap: float | None = None) -> bool:
    """Whether `after` follows `before` on its line without a space.

    Args:
        gap: What is blank between them, in pixels; without it, what is between their boxes.
    """
    if gap is None:
        gap = max(after_box.left - before_box.right, before_box.left - after_box.right)
    if may_hang_on_hangul(before, after):
        widest = GAP_BETWEEN_HANGUL if is_hangul(before[-1]) and is_hangul(after[0]) else GAP_BESIDE_HANGUL
        return gap < widest * _line_height(before_box.height, after_box.height)
    sides = is_spaceless(before[-1]) + is_spaceless(after[0])
    if sides == 0:
        return False
    height = max(before_box.height, after_box.height, 1.0)
    missing = max(CJK_WIDTH * height * sum(map(is_spaceless, before)) - before_box.width, 0.0)
    return gap - missing < height * (GAP_BETWEEN_CJK if sides == 2 else GAP_BESIDE_CJK)


def _line_height(first: float, second: float) -> float:
    """The height of a syllable: the larger, unless that box reaches over two lines."""
    return max(first, second) if max(first, second) < TWO_LINES * min(first, second) else min(first, second)


def ink_gap(grey: Pixels, before: Box, after: Box) -> float:
    """The widest blank strip between the middles of two boxes on an upright line, in pixels."""
    top, bottom = int(min(before.top, after.top)), int(max(before.bottom, after.bottom)) + 1
    left, right = sorted((int(before.center.x), int(after.center.x)))
    strip = grey[max(top, 0) : bottom, max(left, 0) : right + 1]
    if not strip.size:
        return 0.0
    found = blanks(strip)
    return float((found[:, 1] - found[:, 0]).max(initial=0))


def blanks(strip: Pixels) -> NDArray[np.int64]:
    """Where columns of a line begin and end that hold no ink, one stretch a row."""
    lightest = strip.max(axis=0).astype(np.int16)
    is_blank = lightest - strip.min(axis=0) < BLANK_CONTRAST
    return np.flatnonzero(np.diff(np.r_[False, is_blank, False].astype(np.int8))).reshape(-1, 2)
