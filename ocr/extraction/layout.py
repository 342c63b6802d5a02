"""Visual rows from an engine's lines, whatever fragments it read them in.

An engine may give one line for two columns, or two fragments for one printed row. Fragments
whose base lines continue each other are put on one row; then a row is split into cells at
wide gaps. The page may be tilted or slightly bent: each fragment is compared with the one to
its left, not with the whole row.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from ocr.extraction.spans import BREAK, Row
from ocr.types import Box, Line, Page, Word

CELL_GAP = 1.15  # Of the row's height: a wider gap between words parts two cells.
DRIFT = 0.5  # Of the lesser height: how far apart the middles of one row's fragments may be.
LEADING = 0.18  # Of the ink's height, above and below it: what a line of print takes beside its ink.
LONG = 3.0  # Width / height from which a fragment's own direction is trusted.


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a line with its words, levelled: the page's tilt is taken out."""

    words: tuple[Word, ...]
    boxes: tuple[Box, ...]
    left: float
    right: float
    middle: float
    height: float


def rows_of(page: Page) -> tuple[Row, ...]:
    """The rows of a page from top to bottom."""
    tilt = _tilt(page.lines)
    fragments = [piece for line in page.lines for piece in _fragments(line, tilt)]
    chains = _chained(fragments)
    chains.sort(key=lambda chain: median(piece.middle for piece in chain))
    return tuple(_row(chain, number) for number, chain in enumerate(chains))


def _tilt(lines: Sequence[Line]) -> float:
    """The direction of the long lines in radians, their median by length; 0.0 for none."""
    angles = []
    for line in lines:
        a, b = line.polygon.top_left, line.polygon.top_right
        dx, dy = b.x - a.x, b.y - a.y
        if dx > 0 and abs(dy) < dx and dx > LONG * line.box.height / 2:
            angles += [math.atan2(dy, dx)] * (1 + int(dx // 50))
    return median(angles) if angles else 0.0


def _fragments(line: Line, tilt: float) -> Iterator[Fragment]:
    """The line in pieces, parted where it leaps over a wide gap."""
    boxes = [_levelled(word, tilt) for word in line.words]
    height = median(box.height for box in boxes)
    start = 0
    for index in range(1, len(boxes) + 1):
        at_end = index == len(boxes)
        if at_end or boxes[index].left - boxes[index - 1].right > 2 * height:
            yield _fragment(line.words[start:index], boxes[start:index])
            start = index


def _fragment(words: Sequence[Word], boxes: Sequence[Box]) -> Fragment:
    order = sorted(range(len(words)), key=lambda i: boxes[i].left)
    return Fragment(
        tuple(words[i] for i in order),
        tuple(boxes[i] for i in order),
        min(box.left for box in boxes),
        max(box.right for box in boxes),
        median((box.top + box.bottom) / 2 for box in boxes),
        max(median(box.height for box in boxes), 1.0),
    )


def _levelled(word: Word, tilt: float) -> Box:
    """The word's box with the page turned level: its middle moved, its own size kept, but for the leading."""
    points = word.polygon
    cos, sin = math.cos(tilt), math.sin(tilt)
    xs = [p.x * cos + p.y * sin for p in points]
    ys = [p.y * cos - p.x * sin for p in points]
    more = LEADING * (max(ys) - min(ys))
    return Box(min(xs), min(ys) - more, max(xs), max(ys) + more)


def _chained(fragments: Sequence[Fragment]) -> list[list[Fragment]]:
    """Fragments that continue each other to the right, as lists from left to right."""
    chains: list[list[Fragment]] = []
    for piece in sorted(fragments, key=lambda piece: piece.left):
        best, least = None, math.inf
        for chain in chains:
            distance = _distance(chain[-1], piece)
            if distance < least:
                best, least = chain, distance
        if best is None:
            chains.append([piece])
        else:
            best.append(piece)
    return chains


def _distance(left: Fragment, right: Fragment) -> float:
    """How badly `right` continues the row of `left`; infinite when it cannot."""
    lesser = min(left.height, right.height)
    drift = abs(left.middle - right.middle)
    if drift > DRIFT * lesser or left.right - right.left > lesser:
        return math.inf
    gap = max(right.left - left.right, 0.0)
    return drift / lesser + gap / (100 * lesser)


def _row(chain: Sequence[Fragment], number: int) -> Row:
    pieces = sorted(chain, key=lambda piece: piece.left)
    words = tuple(word for piece in pieces for word in piece.words)
    boxes = tuple(box for piece in pieces for box in piece.boxes)
    heads = {id(piece.words[0]) for piece in pieces}
    height = median(box.height for box in boxes)
    text, owners = "", []
    for index, word in enumerate(words):
        gap = boxes[index].left - boxes[index - 1].right if index else 0.0
        joint = _joint(word, gap / max(height, 1.0), id(word) in heads) if index else ""
        text += joint + word.text
        owners += [-1] * len(joint) + [index] * len(word.text)
    return Row(text, tuple(owners), words, boxes, number, tuple(_cells(text)))


def _joint(word: Word, gap: float, is_head: bool) -> str:
    """What stands between a word and the one before it, by the gap in heights."""
    if gap > CELL_GAP:
        return BREAK
    return "" if word.glued and not is_head else " "


def _cells(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for part in text.split(BREAK):
        yield start, start + len(part)
        start += len(part) + 1
