"""Where each word goes: lines of a page as runs of text, and runs as PDF operators."""

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from statistics import median

from ocr.searchable_pdf.font import ADVANCE, NAME, Alphabet, clusters_of
from ocr.types import Line, Point, Polygon, Word

# Readers of PDF see a space where two words are farther apart than about a tenth of an em.
SPACE_EM = 0.25
# A word gives up at most so much of its width for the space that follows it.
MOST_GIVEN_UP = 0.4
# A word whose foot or height differs by more than this share from its line's keeps its own.
OWN_PLACE = 0.35
RIGHT_TO_LEFT = ("R", "AL")
NUMBERS = ("EN", "AN")
VISIBLE, HIDDEN = 0, 3  # text rendering modes of PDF

DOWN = Point(0.0, 1.0)

Place = Callable[[Point], Point]


@dataclass(frozen=True, slots=True)
class Run:
    """Text on a straight foot line, in pixels of the page.

    Attributes:
        text: In logical order.
        start: Left end of its foot as the reader holds the page (of vertical text: the upper end).
        along: Direction of the text, of length 1.
        width_px, height_px: Extent along it and across.
        is_space: Holds the gap between two words.
    """

    text: str
    start: Point
    along: Point
    width_px: float
    height_px: float
    is_space: bool = False

    @property
    def up(self) -> Point:
        return Point(self.along.y, -self.along.x)

    def at(self, along_px: float, up_px: float) -> Point:
        """The point so far along the foot line and above it."""
        up = self.up
        return Point(
            self.start.x + self.along.x * along_px + up.x * up_px, self.start.y + self.along.y * along_px + up.y * up_px
        )


def runs_of(line: Line) -> list[Run]:
    """The words of a line and the spaces between them, from its visual start to its end."""
    along = _direction(line)
    spans = [_span(word, along) for word in line.words]
    if any(_is_right_to_left(word.text) for word in line.words):
        spans = _in_visual_order(spans)
    spans = list(_joined(_leveled(spans)))
    if along == DOWN:
        spans = _merged(spans)
    runs: list[Run] = []
    for index, span in enumerate(spans):
        if index and not span.glued:
            runs.append(_gap(spans[index - 1], span, along))
        runs.append(_run(span, along))
    return runs


def operators(lines: Iterable[list[Run]], alphabet: Alphabet, place: Place, *, mode: int) -> str:
    """A text layer as a piece of a content stream.

    Args:
        place: Where a pixel of the page lies in the PDF's own units.
        mode: VISIBLE or HIDDEN.
    """
    shown = [_shown(run, alphabet, place) for runs in lines for run in runs]
    if not shown:
        return ""
    return f"q BT {mode} Tr\n" + "\n".join(shown) + "\nET Q\n"


def visual(text: str) -> list[str]:
    """The clusters of a word from left to right.

    Readers of PDF expect the characters of Arabic and Hebrew as they stand on paper, and turn
    them around themselves; numbers and Latin letters inside run their own way.
    """
    clusters = clusters_of(text)
    if not _is_right_to_left(text):
        return clusters
    parts: list[list[str]] = []
    for cluster in clusters:
        forward = unicodedata.bidirectional(cluster[0]) in ("L", *NUMBERS)
        if parts and forward and unicodedata.bidirectional(parts[-1][-1][0]) in ("L", *NUMBERS):
            parts[-1].append(cluster)
        else:
            parts.append([cluster])
    return [cluster for part in reversed(parts) for cluster in part]


@dataclass(frozen=True, slots=True)
class _Span:
    """A word along its line: from `left` to `right`, from `top` to `foot`, which grow to the right and down."""

    text: str
    left: float
    right: float
    top: float
    foot: float
    glued: bool

    @property
    def height(self) -> float:
        return self.foot - self.top


def _direction(line: Line) -> Point:
    """The way the text runs, of length 1; downwards where the words of the line stand one below the other."""
    first, last = line.words[0].box.center, line.words[-1].box.center
    box = line.box
    if box.height > 2 * box.width and abs(last.y - first.y) >= abs(last.x - first.x) and _stands_upright(line):
        return DOWN
    dx = sum(w.polygon.top_right.x - w.polygon.top_left.x for w in line.words)
    dy = sum(w.polygon.top_right.y - w.polygon.top_left.y for w in line.words)
    length = math.hypot(dx, dy)
    return Point(dx / length, dy / length) if length else Point(1.0, 0.0)


def _stands_upright(line: Line) -> bool:
    """The line is vertical writing, not a line that was turned: its corners are those of the page."""
    corners = line.polygon
    return abs(corners.top_right.x - corners.top_left.x) > abs(corners.top_right.y - corners.top_left.y) and (
        sum(len(word.text) for word in line.words) > 1
    )


def _span(word: Word, along: Point) -> _Span:
    def reach(points: Iterable[Point]) -> float:
        return sum(p.x * along.x + p.y * along.y for p in points) / 2

    def depth(points: Iterable[Point]) -> float:
        return sum(p.y * along.x - p.x * along.y for p in points) / 2

    corners = word.polygon
    if along == DOWN:
        corners = Polygon(corners.top_right, corners.bottom_right, corners.bottom_left, corners.top_left)
    return _Span(
        word.text,
        reach((corners.top_left, corners.bottom_left)),
        reach((corners.top_right, corners.bottom_right)),
        depth((corners.top_left, corners.top_right)),
        depth((corners.bottom_left, corners.bottom_right)),
        word.glued,
    )


def _in_visual_order(spans: list[_Span]) -> list[_Span]:
    """From left to right; whether a word is glued to its neighbour is told by the one on its right."""
    order = sorted(range(len(spans)), key=lambda index: spans[index].left + spans[index].right)
    ordered = []
    for left, right in zip([-1, *order], order, strict=False):
        later = max(left, right)
        ordered.append(replace(spans[right], glued=left >= 0 and abs(left - right) == 1 and spans[later].glued))
    return ordered


def _leveled(spans: list[_Span]) -> list[_Span]:
    """Words on one foot line and of one height, so that readers see them as one line."""
    foot, top = median(span.foot for span in spans), median(span.top for span in spans)
    height = foot - top

    def level(span: _Span) -> _Span:
        off = max(abs(span.foot - foot), abs(span.height - height))
        return replace(span, foot=foot, top=top) if off <= OWN_PLACE * height else span

    return [level(span) for span in spans]


def _joined(spans: list[_Span]) -> Iterator[_Span]:
    """Words without a space between them touch; others keep a gap that is seen as a space."""
    for span, following in zip(spans, [*spans[1:], None], strict=True):
        if following is None:
            yield span
        elif following.glued:
            yield replace(span, right=max(following.left, span.left + 0.1))
        else:
            room = following.left - SPACE_EM * max(span.height, following.height)
            least = span.right - MOST_GIVEN_UP * (span.right - span.left)
            yield replace(span, right=min(span.right, max(room, least)))


def _merged(spans: list[_Span]) -> list[_Span]:
    """Words that are glued to each other as one: PDFium ends a line after each piece of vertical text."""
    merged: list[_Span] = []
    for span in spans:
        if merged and span.glued:
            merged[-1] = replace(merged[-1], text=merged[-1].text + span.text, right=span.right)
        else:
            merged.append(span)
    return merged


def _gap(span: _Span, following: _Span, along: Point) -> Run:
    right = max(following.left, span.right + 0.1)
    return replace(_run(replace(span, text=" ", left=span.right, right=right), along), is_space=True)


def _run(span: _Span, along: Point) -> Run:
    start = Point(span.left * along.x - span.foot * along.y, span.left * along.y + span.foot * along.x)
    return Run(span.text, start, along, max(span.right - span.left, 0.1), max(span.height, 0.1))


def _shown(run: Run, alphabet: Alphabet, place: Place) -> str:
    clusters = visual(run.text)
    start, end, top = place(run.start), place(run.at(run.width_px, 0)), place(run.at(0, run.height_px))
    width, size = math.dist(start, end), math.dist(start, top)
    cos, sin = (end.x - start.x) / width, (end.y - start.y) / width
    stretch = 100 * width / (len(clusters) * size * ADVANCE / 1000)
    turn = f"{short(cos, 5)} {short(sin, 5)} {short(-sin, 5)} {short(cos, 5)}"
    return (
        f"/{NAME} {short(size)} Tf {short(stretch)} Tz {turn} {short(start.x)} {short(start.y)} Tm "
        f"<{alphabet.encode(clusters)}> Tj"
    )


def short(value: float, digits: int = 2) -> str:
    """A number of a content stream, without digits that say nothing."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _is_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(char) in RIGHT_TO_LEFT for char in text)
