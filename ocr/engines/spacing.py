"""Where a space belongs between two words that an engine gave apart. Pure."""

import unicodedata
from functools import lru_cache

from ocr.types import Box

# Gaps in heights of the line. Engines break CJK lines between any two characters; a gap this
# wide is a column or a real space.
GAP_BETWEEN_CJK = 1.0
GAP_BESIDE_CJK = 0.35
_SPACELESS = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "THAI", "FULLWIDTH", "HALFWIDTH KATAKANA")


@lru_cache(maxsize=20_000)
def is_spaceless(character: str) -> bool:
    """Whether the character belongs to a script that writes no spaces between words."""
    return unicodedata.name(character, "").startswith(_SPACELESS)


def is_glued(before: str, before_box: Box, after: str, after_box: Box) -> bool:
    """Whether `after` follows `before` on its line without a space."""
    sides = is_spaceless(before[-1]) + is_spaceless(after[0])
    if sides == 0:
        return False
    height = max(before_box.height, after_box.height, 1.0)
    gap = max(after_box.left - before_box.right, before_box.left - after_box.right)
    return gap < height * (GAP_BETWEEN_CJK if sides == 2 else GAP_BESIDE_CJK)
