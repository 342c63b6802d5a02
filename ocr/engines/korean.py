"""Korean endings of words in Latin letters: Tesseract reads a word with one data, and so "PDF를" as "PDFS". Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ocr.engines.confidence import sureness, token_text, tokens
from ocr.engines.names import LATIN_DATA, ReadLine, is_name, on_paper
from ocr.engines.spacing import blanks, is_hangul
from ocr.geometry import around, hull, part_of
from ocr.images import Pixels
from ocr.types import Box, Line, Word

OWN_DATA = "kor"
# Both parts of a word that was cut at the right place are read at .96 and more, others at .6 and less.
SURE = 0.85
# Widths of an ending, in heights of its word; and how many places are tried.
NARROWEST, WIDEST, MOST_CUTS = 0.5, 3.5, 8
# Boxes end before the last stroke, or reach into the next word: by so much of their height, behind so wide a blank.
OUTSIDE, SLIVER, PARTING = 0.08, 0.25, 0.15
MOST_LOOKALIKE = 3  # letters
ENDS = ".,:;!?)»"


class Parts(NamedTuple):
    """A word cut in two: what each part reads, how sure both are, and where the cut is, 0.0 to 1.0."""

    head: str
    tail: str
    sureness: float
    share: float


def with_endings(line: Line, grey: Pixels, read: ReadLine) -> Line:
    """The line with words such as "PDFS" read again in two parts.

    Args:
        read: Reads a crop that holds a single line with one data.
    """
    words = tuple(word for run in tokens(line.words) for word in _read_again(run, grey, read))
    return line if words == line.words else replace(line, words=words)


def _read_again(run: tuple[Word, ...], grey: Pixels, read: ReadLine) -> tuple[Word, ...]:
    if not _may_hide_an_ending(run):
        return run
    crop = _cut(grey, hull(word.box for word in run))
    found = max(_parts(crop, read), key=lambda parts: parts.sureness, default=None)
    if found is None:
        return _as_korean(run, crop, read)
    place = around(word.polygon for word in run)
    return (
        Word(found.head, part_of(place, 0.0, found.share), found.sureness, run[0].glued),
        Word(found.tail, part_of(place, found.share, 1.0), found.sureness, glued=True),
    )


def _may_hide_an_ending(run: Sequence[Word]) -> bool:
    """Whether it holds Latin letters, or signs that nobody is sure of: letters that Korean data does not know."""
    others = [character for character in token_text(run) if character.isalnum() and not is_hangul(character)]
    return any(map(str.isalpha, others)) or (bool(others) and sureness(run) < SURE)


def _as_korean(run: tuple[Word, ...], crop: Pixels, read: ReadLine) -> tuple[Word, ...]:
    """A short word as Korean data reads it where that is surer: "새" looks like "Aq", and "9월" like "92"."""
    words = read(on_paper(crop), OWN_DATA)
    if len(token_text(run)) > MOST_LOOKALIKE or not _is_surely(words, _is_counted) or sureness(words) <= sureness(run):
        return run
    return (Word(token_text(words), around(word.polygon for word in run), sureness(words), run[0].glued),)


def _cut(grey: Pixels, box: Box) -> Pixels:
    left, top, more = max(int(box.left), 0), max(int(box.top), 0), int(OUTSIDE * box.height)
    return _without_sliver(grey[top : int(box.bottom) + 1, left : int(box.right) + 1 + more])


def _parts(crop: Pixels, read: ReadLine) -> Iterator[Parts]:
    """The ways to cut a word at a blank so that its head is surely Latin and its tail surely Korean."""
    for cut in _cuts(crop):
        tail = read(on_paper(crop[:, cut:]), OWN_DATA)
        if not _is_surely(tail, _is_korean):
            continue
        head = read(on_paper(crop[:, :cut]), LATIN_DATA)
        if _is_surely(head, is_name):
            sure = min(sureness(head), sureness(tail))
            yield Parts(token_text(head), token_text(tail), sure, cut / crop.shape[1])


def _cuts(crop: Pixels) -> list[int]:
    """Columns in the middle of blanks that leave a tail of the width of an ending, from the right."""
    height, width = crop.shape
    middles = (blanks(crop).sum(axis=1) // 2)[::-1].tolist()
    return [cut for cut in middles if NARROWEST * height < width - cut < min(WIDEST * height, width - 1)][:MOST_CUTS]


def _without_sliver(crop: Pixels) -> Pixels:
    """A word without the first stroke of the next one, which touches the edge."""
    height, width = crop.shape
    for start, end in blanks(crop)[-1:]:
        if start and 0 < width - end <= SLIVER * height and end - start >= PARTING * height:
            return crop[:, :start]
    return crop


def _is_surely(words: Sequence[Word], kind: Callable[[str], bool]) -> bool:
    return bool(words) and sureness(words) >= SURE and kind(token_text(words))


def _is_korean(text: str) -> bool:
    return bool(text.rstrip(ENDS)) and all(map(is_hangul, text.rstrip(ENDS)))


def _is_counted(text: str) -> bool:
    """Korean, or a number with a Korean word behind it."""
    return _is_korean(text.lstrip("0123456789"))
