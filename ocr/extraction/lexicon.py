"""Label words in many languages, and finding them on a row in spite of misreadings."""

import tomllib
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ocr.extraction.spans import BREAK, Row

FUZZY_LENGTH = 7  # Letters from which a label may be misread in one place.
SURE_END = 3  # Letters that the last word of a misread label must have.

# Characters that engines take for each other, folded into one.
_ALIKE: dict[int, int | str] = {
    **str.maketrans("01i|!58", "ollllsb"),
    # So with the forms that one character has in Japan, China and Taiwan: engines give one for the other.
    **str.maketrans("稅号发発价価单単数计总総额请订货运", "税號發發價價單單數計總總額請訂貨運"),
}
_DIVIDERS = (BREAK, ":", "：")
_JOINERS = frozenset("'’`´")


@dataclass(frozen=True, slots=True)
class Label:
    """Label words found on a row.

    Attributes:
        meaning: Key of the lexicon, or the caller's own key.
        start, end: Character range in the row's text.
        exact: Not misread, and neither stuck to other letters.
        whole: It fills its cell, but for punctuation.
        colon: A colon follows it.
    """

    meaning: str
    start: int
    end: int
    exact: bool
    whole: bool
    colon: bool

    @property
    def is_apart(self) -> bool:
        """It stands as a heading or before a colon, not within a sentence."""
        return self.whole or self.colon

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
        if found := self._misread.get(key):
            return self.meanings[found]
        for index in range(len(key)):
            shorter = key[:index] + key[index + 1 :]
            if shorter in self.meanings:
                return self.meanings[shorter]
            if found := self._misread.get(shorter):
                return self.meanings[found]
        return ()


@cache
def labels_by_meaning(subject: str = "labels") -> dict[str, tuple[str, ...]]:
    """A packaged lexicon, all languages of a meaning together.

    Args:
        subject: "labels" of money documents, "papers" of other trade papers, "identity" of cards, passports
            and bank books, "people" of business cards, "rolls" of electoral rolls, "titles" of all of them. Apart,
            so that "class" or "name" mean nothing on a receipt.
    """
    text = resources.files("ocr.extraction").joinpath(f"{subject}.toml").read_text("utf-8")
    return {
        meaning: tuple(phrase for phrases in languages.values() for phrase in phrases)
        for meaning, languages in tomllib.loads(text).items()
    }


@cache
def lexicon() -> Book:
    """The labels of money documents as a book."""
    return Book(labels_by_meaning())


@cache
def book_of(subject: str) -> Book:
    """Another packaged lexicon as a book."""
    return Book(labels_by_meaning(subject))


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
    if not book.meanings:
        return labels
    reached = 0
    for start in text.starts:
        if start < reached:
            continue
        end, meanings, exact = _longest(text, start, book)
        if meanings:
            reached = end
            first, last = text.places[start], text.places[end - 1] + 1
            whole = _fills_cell(row, first, last)
            colon = row.text[last : last + 3].lstrip(" .").startswith((":", "："))
            labels += [Label(m, first, last, exact, whole, colon) for m in meanings]
    return labels


class _Folded:
    """A row's text folded, with the way back to its characters.

    Attributes:
        text: The folded characters.
        places: For each of them its index in the row's text.
        starts: Where words begin, and in scripts without spaces every character.
        barriers: For each folded character the first one after it that no label may reach.
    """

    def __init__(self, raw: str) -> None:
        parts = [(char, index) for index, c in enumerate(raw) for char in _folded_char(c)]
        self.raw = raw
        self.text = "".join(char for char, _ in parts)
        self.places = [index for _, index in parts]
        self.starts = [i for i in range(len(parts)) if self._opens(i)]
        self.ends = [*self.starts[1:], len(parts)]
        self.end_set = frozenset(self.ends)
        self.barriers = self._barriers()

    def _opens(self, index: int) -> bool:
        """A word begins at this folded character."""
        place = self.places[index]
        if index == 0 or is_wide(self.raw[place]) or is_wide(self.raw[place - 1]):
            return True
        before, char = self.raw[place - 1], self.raw[place]
        if before.isalpha():
            return before.islower() and char.isupper()
        return before not in _JOINERS and not (before.isdigit() and char.isdigit())

    def _barriers(self) -> list[int]:
        """Colons, wide gaps and numbers of their own divide labels from what follows."""
        barriers = [len(self.places)] * len(self.places)
        for index in range(len(self.places) - 2, -1, -1):
            place, following = self.places[index], self.places[index + 1]
            divided = any(mark in self.raw[place:following] for mark in _DIVIDERS)
            numbered = self.raw[following].isdigit() and not self.raw[following - 1].isalnum()
            barriers[index] = index + 1 if divided or numbered else barriers[index + 1]
        return barriers

    def ends_surely(self, start: int, end: int) -> bool:
        """The last word is long, or the only one, and does not end with a digit."""
        if self.raw[self.places[end - 1]].isdigit():
            return False
        word = self.starts[bisect_left(self.starts, end) - 1]
        return word == start or end - word >= SURE_END

    def goes_on_with(self, end: int, book: Book) -> bool:
        """A number or another label is stuck to the label's end."""
        if self.raw[self.places[end]].isdigit():
            return True
        following = self.ends[bisect_right(self.ends, end)]
        return self.text[end:following] in book.meanings


def _longest(text: _Folded, start: int, book: Book) -> tuple[int, tuple[str, ...], bool]:
    """End, meanings and exactness of the longest label that begins at `start`."""
    room = text.barriers[start] - start
    for length in book.lengths:
        end = start + length
        if length > room or text.text[start:end] not in book.meanings:
            continue
        whole = end in text.end_set
        if whole or text.goes_on_with(end, book):
            longer = _misread(text, start, book, end + 1)
            return longer or (end, book.meanings[text.text[start:end]], whole)
    return _misread(text, start, book, start) or (start, (), False)


def _misread(text: _Folded, start: int, book: Book, reached: int) -> tuple[int, tuple[str, ...], bool] | None:
    """The longest label that ends after `reached` at a word's end, one character misread."""
    top = min(start + book.lengths[0] + 1, text.barriers[start])
    low = max(reached, start + FUZZY_LENGTH - 1)
    for end in reversed(text.ends[bisect_right(text.ends, low) : bisect_right(text.ends, top)]):
        if not text.ends_surely(start, end):
            continue
        if meanings := book.look_up(text.text[start:end]):
            return end, meanings, False
    return None


def _fills_cell(row: Row, first: int, last: int) -> bool:
    start, end = row.cell_at(first)
    outside = row.text[start:first] + row.text[last:end]
    return not any(char.isalnum() for char in outside)
