"""Label words in many languages, and finding them on a row in spite of misreadings."""

import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ocr.extraction.spans import Row

FUZZY_LENGTH = 6  # Letters from which a label may be misread in one place.
GLUED_LENGTH = 4  # Letters from which a label may be stuck to what follows it.

# Characters that engines take for each other, folded into one.
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b"})
_JOINERS = frozenset("'’`´")


@dataclass(frozen=True, slots=True)
class Label:
    """Label words found on a row.

    Attributes:
        meaning: Key of the lexicon, or the caller's own key.
        start, end: Character range in the row's text.
        exact: Not misread, and neither stuck to other letters.
        whole: It fills its cell, but for punctuation.
    """

    meaning: str
    start: int
    end: int
    exact: bool
    whole: bool

    @property
    def length(self) -> int:
        return self.end - self.start


class Book:
    """A set of labels, each with its meanings, ready to be found."""

    def __init__(self, labels: Mapping[str, Iterable[str]]) -> None:
        self.meanings: dict[str, tuple[str, ...]] = {}
        for meaning, phrases in labels.items():
            for phrase in phrases:
                self._add(folded(phrase), meaning)
        self.lengths = sorted({len(key) for key in self.meanings}, reverse=True)
        self._misread = dict(_misreadings(self.meanings))

    def _add(self, key: str, meaning: str) -> None:
        known = self.meanings.get(key, ())
        if key and meaning not in known:
            self.meanings[key] = (*known, meaning)

    def look_up(self, key: str) -> tuple[str, ...]:
        """The meanings of a folded text that may be misread in one place."""
        if key in self.meanings:
            return self.meanings[key]
        if len(key) < FUZZY_LENGTH:
            return ()
        found = self._misread.get(key)
        for index in range(len(key)):
            if found:
                break
            shorter = key[:index] + key[index + 1 :]
            found = self._misread.get(shorter) or (shorter if shorter in self.meanings else None)
        return self.meanings[found] if found else ()


@cache
def labels_by_meaning() -> dict[str, tuple[str, ...]]:
    """The packaged lexicon, all languages of a meaning together."""
    text = resources.files("ocr.extraction").joinpath("labels.toml").read_text("utf-8")
    return {
        meaning: tuple(phrase for phrases in languages.values() for phrase in phrases)
        for meaning, languages in tomllib.loads(text).items()
    }


@cache
def lexicon() -> Book:
    """The packaged labels as a book."""
    return Book(labels_by_meaning())


def folded(text: str) -> str:
    """The letters and digits of a text, those that look alike made equal."""
    return "".join(_folded_char(char) for char in text)


def is_wide(char: str) -> bool:
    """A character of a script that sets no spaces between words."""
    return "\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" or char in "〒☎№"


@cache
def _folded_char(char: str) -> str:
    plain = unicodedata.normalize("NFKD", char).casefold().translate(_ALIKE)
    return "".join(c for c in plain if c.isalnum() or c in "〒☎%") if char != "%" else "%"


def _misreadings(keys: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each long label with one character left out, and the label it comes from."""
    for key in keys:
        if len(key) >= FUZZY_LENGTH and not is_wide(key[0]):
            for index in range(len(key)):
                yield key[:index] + key[index + 1 :], key


def find_labels(row: Row, book: Book) -> list[Label]:
    """All labels on a row from left to right; inside a longer label none is reported."""
    text = _Folded(row.text)
    labels: list[Label] = []
    reached = 0
    for start in text.starts:
        if start < reached:
            continue
        end, meanings, exact = _longest(text, start, book)
        if meanings:
            reached = end
            first, last = text.places[start], text.places[end - 1] + 1
            whole = _fills_cell(row, first, last)
            labels += [Label(m, first, last, exact, whole) for m in meanings]
    return labels


class _Folded:
    """A row's text folded, with the way back to its characters."""

    def __init__(self, text: str) -> None:
        parts = [(char, index) for index, raw in enumerate(text) for char in _folded_char(raw)]
        self.text = "".join(char for char, _ in parts)
        self.places = [index for _, index in parts]
        self.starts = [i for i in range(len(parts)) if self._opens(text, i)]
        self.ends = {*self.starts, len(parts)}
        self.raw = text

    def _opens(self, text: str, index: int) -> bool:
        """A word begins at this folded character."""
        place = self.places[index]
        if index == 0 or is_wide(text[place]) or is_wide(text[place - 1]):
            return True
        before = text[place - 1]
        if before in _JOINERS or before.isdigit() and text[place].isdigit():
            return False
        return not before.isalpha() or (before.islower() and text[place].isupper())


    def takes_number(self, start: int, end: int) -> bool:
        """A number of its own would have to be read as letters of the label."""
        places = self.places[start + 1 : end]
        return any(self.raw[p].isdigit() and not self.raw[p - 1].isalnum() for p in places)


def _longest(text: _Folded, start: int, book: Book) -> tuple[int, tuple[str, ...], bool]:
    """End, meanings and exactness of the longest label that begins at `start`."""
    rest = len(text.text) - start
    for length in book.lengths:
        end = start + length
        if length > rest or text.text[start:end] not in book.meanings:
            continue
        whole = end in text.ends
        if text.takes_number(start, end):
            continue
        if whole or length >= GLUED_LENGTH or text.raw[text.places[end]].isdigit():
            longer = _misread(text, start, book, end + 1)
            return longer or (end, book.meanings[text.text[start:end]], whole)
    return _misread(text, start, book, start) or (start, (), False)


def _misread(
    text: _Folded, start: int, book: Book, reached: int
) -> tuple[int, tuple[str, ...], bool] | None:
    """The longest label that ends after `reached` at a word's end, one character misread."""
    top = start + book.lengths[0] + 1
    for end in sorted((e for e in text.ends if reached < e <= top), reverse=True):
        if text.raw[text.places[end - 1]].isdigit() or text.takes_number(start, end):
            continue  # A value's digit is no misread letter.
        if meanings := book.look_up(text.text[start:end]):
            return end, meanings, False
    return None


def _fills_cell(row: Row, first: int, last: int) -> bool:
    start, end = row.cell_at(first)
    outside = row.text[start:first] + row.text[last:end]
    return not any(char.isalnum() for char in outside)
