"""Finding a value's characters on a page when it was not taken from the page's words.

Both sides are compared under Unicode NFKC with white space dropped. An exact occurrence wins;
else the stretch of the page with the least edit distance (Sellers 1980) is taken.
"""

import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.types import Page, Word

MIN_RATIO = 0.5  # Below it, chance likeness: the value is not on the page.
MAX_CELLS = 8_000_000  # Of one alignment table (4 bytes each); longer values go in pieces.


@dataclass(frozen=True, slots=True)
class Location:
    """Where a value stands.

    Attributes:
        words: The words that hold its characters, in reading order.
        matched: How many of its characters were found, white space aside.
        ratio: matched / characters of the value, 0.0 to 1.0.
    """

    words: tuple[Word, ...]
    matched: int
    ratio: float


def locate(value: str, page: Page) -> Location | None:
    """Align the characters of `value` with the words of `page`; None when it is not there."""
    needle = squeezed(value)
    words = tuple(page.words)
    text, owners = _text_of(words)
    if not needle or not text:
        return None
    start = _exact(needle, text, owners)
    if start >= 0:
        return _location(words, owners, list(range(start, start + len(needle))), len(needle))
    found = _aligned_in_pieces(needle, text)
    if len(found) / len(needle) < MIN_RATIO:
        return None
    return _location(words, owners, found, len(needle))


def squeezed(text: str) -> str:
    """The characters that count: NFKC, no white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _text_of(words: tuple[Word, ...]) -> tuple[str, list[int]]:
    """All characters of the page, and for each the index of its word."""
    parts = [squeezed(word.text) for word in words]
    owners = [index for index, part in enumerate(parts) for _ in part]
    return "".join(parts), owners


def _exact(needle: str, text: str, owners: list[int]) -> int:
    """The first occurrence that is made of whole words, else the first one, else -1."""
    first = start = text.find(needle)
    while start >= 0:
        end = start + len(needle)
        if _opens_word(owners, start) and _opens_word(owners, end):
            return start
        start = text.find(needle, start + 1)
    return first


def _opens_word(owners: list[int], index: int) -> bool:
    return index in (0, len(owners)) or owners[index] != owners[index - 1]


def _aligned_in_pieces(needle: str, text: str) -> list[int]:
    size = max(1, MAX_CELLS // (len(text) + 1) - 1)
    pieces = [needle[at : at + size] for at in range(0, len(needle), size)]
    return [index for piece in pieces for index in _aligned(piece, text)]


def _aligned(needle: str, text: str) -> list[int]:
    """Indexes of the characters of `text` that pair with equal characters of `needle`."""
    costs = _costs(needle, text)
    row, column = len(needle), int(costs[-1].argmin())
    pairs: list[int] = []
    while row and column:
        equal = needle[row - 1] == text[column - 1]
        here = costs[row, column]
        if here == costs[row - 1, column - 1] + (not equal):
            row, column = row - 1, column - 1
            if equal:
                pairs.append(column)
        elif here == costs[row, column - 1] + 1:
            column -= 1
        else:
            row -= 1
    return pairs[::-1]


def _costs(needle: str, text: str) -> NDArray[np.int32]:
    """Edit distance of each beginning of `needle` to the best stretch that ends at each column."""
    page = np.array([ord(char) for char in text], dtype=np.int32)
    steps = np.arange(len(text) + 1, dtype=np.int32)
    costs = np.zeros((len(needle) + 1, len(text) + 1), dtype=np.int32)
    for row, char in enumerate(needle, 1):
        above = costs[row - 1]
        best = above + 1
        np.minimum(best[1:], above[:-1] + (page != ord(char)), out=best[1:])
        costs[row] = np.minimum.accumulate(best - steps) + steps
    return costs


def _location(words: tuple[Word, ...], owners: list[int], indexes: list[int], length: int) -> Location:
    holders = sorted({owners[index] for index in indexes})
    return Location(tuple(words[i] for i in holders), len(indexes), len(indexes) / length)
