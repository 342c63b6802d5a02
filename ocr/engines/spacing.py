"""Where a space belongs between two words that an engine gave apart. Pure."""

import unicodedata
from functools import lru_cache

from ocr.types import Box

# Gaps in heights of the line. Engines break CJK lines between any two characters; a gap this
# wide is a column or a real space.
GAP_BETWEEN_CJK = 1.0
GAP_BESIDE_CJK = 0.35
# Width of such a character, in heights: Tesseract sometimes ends a box before its last one.
CJK_WIDTH = 0.9
# Korean has spaces, but Tesseract's data tears words into syllables (measured: CER 23 % where
# none are joined, 0.1 % so).
GAP_BETWEEN_HANGUL = 0.3
_SPACELESS = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "THAI", "FULLWIDTH", "HALFWIDTH KATAKANA")


@lru_cache(maxsize=20_000)
def is_spaceless(character: str) -> bool:
    """Whether the character belongs to a script that writes no spaces between words."""
    return unicodedata.name(character, "").startswith(_SPACELESS)


def is_hangul(character: str) -> bool:
    """Whether the character is a syllable of the Korean script."""
    return "\uac00" <= character <= "\ud7a3"


def is_glued(before: str, before_box: Box, after: str, after_box: Box) -> bool:
    """Whether `after` follows `before` on its line without a space."""
    gap = max(after_box.left - before_box.right, before_box.left - after_box.right)
    if is_hangul(before[-1]) and is_hangul(after[0]):
        return gap < GAP_BETWEEN_HANGUL * min(before_box.height, after_box.height)
    sides = is_spaceless(before[-1]) + is_spaceless(after[0])
    if sides == 0:
        return False
    height = max(before_box.height, after_box.height, 1.0)
    missing = max(CJK_WIDTH * height * sum(map(is_spaceless, before)) - before_box.width, 0.0)
    return gap - missing < height * (GAP_BETWEEN_CJK if sides == 2 else GAP_BESIDE_CJK)
