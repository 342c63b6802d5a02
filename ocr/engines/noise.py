"""What Tesseract takes for print and is none: rules, edges of paper, specks. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ocr.engines.confidence import sureness, token_text, tokens
from ocr.geometry import around
from ocr.types import Line, Word

BARS = frozenset("|¦")
# Shorter words that are less likely right are specks (see `without_specks`).
SPECK_LENGTH, LEAST_LIKELY = 4, 0.2


def without_rules(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without bars that stand above one another, and without lines of nothing but bars.

    Word F1 of 40 receipts .712 -> .715; on scanned and typeset pages nothing else goes. A bar by itself parts words,
    as in "Home | About".
    """
    bars = [[_middle(word) for word in line.words if is_bar(word)] for line in lines]
    if not any(bars):
        return tuple(lines)
    kept = []
    for number, line in enumerate(lines):
        others = [x for other, line_bars in enumerate(bars) if other != number for x in line_bars]
        words = tuple(_without(line.words, others))
        if not all(map(is_bar, words)):
            kept.append(_with(words, line))
    return tuple(kept)


def without_specks(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines without short words that are hardly likely to be right; confidences must be probabilities.

    Word F1 of 40 receipts .712 -> .731, of 24 scanned pages .959 -> .963; CER .211 -> .201, .0345 -> .0317. It is
    less on every set, on photographed receipts and in other scripts, too. Of longer words some characters are right.
    """
    kept = []
    for line in lines:
        likely = [token for token in tokens(line.words) if not is_speck(token)]
        if likely:
            kept.append(_with(tuple(word for token in likely for word in token), line))
    return tuple(kept)


def is_speck(token: Sequence[Word]) -> bool:
    return len(token_text(token)) < SPECK_LENGTH and sureness(token) < LEAST_LIKELY


def _with(words: tuple[Word, ...], line: Line) -> Line:
    """The line with only these of its words."""
    return line if len(words) == len(line.words) else Line(words, around(word.polygon for word in words))


def is_bar(word: Word) -> bool:
    return BARS.issuperset(word.text)


def _without(words: Sequence[Word], others: Sequence[float]) -> Iterator[Word]:
    """The words without bars that have another above or below, no farther aside than half their height."""
    parted = False
    for word in words:
        middle, reach = _middle(word), (word.box.bottom - word.box.top) / 2
        if is_bar(word) and any(abs(x - middle) < reach for x in others):
            parted = True
            continue
        yield replace(word, glued=False) if parted and word.glued else word
        parted = False


def _middle(word: Word) -> float:
    return (word.box.left + word.box.right) / 2
