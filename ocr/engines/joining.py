"""Put kept words back into lines: those of one reading, filled up from the other. Pure."""

from collections.abc import Sequence

from ocr.geometry import around
from ocr.types import Line, Word

SAME_ROW = 0.5  # Of the lesser height: how much a word shares with the line that it is put into.
NEAR = 3.0  # In heights: how far from the line's ends it may stand.

Members = tuple[tuple[int, ...], tuple[int, ...]]


def joined(
    base: Sequence[Line], other: Sequence[Line], groups: Sequence[Members], kept: Sequence[tuple[Word, ...]]
) -> tuple[Line, ...]:
    """Lines in the order of `base`.

    Args:
        groups: Indices of words of base and of other that stand at one place.
        kept: What each group reads; () drops it.
    """
    rows = _rows(base, groups, kept)
    for line in _left_over(other, groups, kept):
        _add(rows, line)
    return tuple(Line(tuple(_unglued(row)), around(word.polygon for word in row)) for row in rows if row)


def _rows(base: Sequence[Line], groups: Sequence[Members], kept: Sequence[tuple[Word, ...]]) -> list[list[Word]]:
    """The base lines with what their words became.

    The base's own words stay where they are, also where a group reaches over several lines; what the
    other engine read stands at the place of the group's first word.
    """
    group_at = {index: number for number, (own, _) in enumerate(groups) for index in own}
    places = {id(word.polygon) for line in base for word in line.words}
    rows: list[list[Word]] = []
    done: set[int] = set()
    index = 0
    for line in base:
        row: list[Word] = []
        for word in line.words:
            number = group_at[index]
            index += 1
            if own := [one for one in kept[number] if one.polygon is word.polygon]:
                row += own
            elif number not in done and not any(id(one.polygon) in places for one in kept[number]):
                row += _in_place_of(word, kept[number])
            done.add(number)
        rows.append(row)
    return rows


def _in_place_of(word: Word, kept: tuple[Word, ...]) -> list[Word]:
    """Kept words with the space before the first as the base line had it."""
    if not kept:
        return []
    head = kept[0]
    return [Word(head.text, head.polygon, head.confidence, word.glued), *kept[1:]]


def _left_over(other: Sequence[Line], groups: Sequence[Members], kept: Sequence[tuple[Word, ...]]) -> list[list[Word]]:
    """What only the other engine saw, in runs that stood side by side on one of its lines."""
    alone = {theirs[0]: kept[number] for number, (own, theirs) in enumerate(groups) if not own}
    inner = {index for own, theirs in groups if not own for index in theirs}
    runs: list[list[Word]] = []
    index = 0
    for line in other:
        run: list[Word] = []
        for _ in line.words:
            if index in inner:
                run += alone.get(index, ())
            elif run:
                runs.append(run)
                run = []
            index += 1
        if run:
            runs.append(run)
    return runs


def _add(rows: list[list[Word]], run: list[Word]) -> None:
    """Put a run into the row it stands on, else between the rows above and below it."""
    box = run[0].box
    for row in rows:
        if row and _shares_row(row, run):
            at = sum(_is_before(word, run[0], row) for word in row)
            row[at:at] = run
            return
    below = [number for number, row in enumerate(rows) if row and row[0].box.top > box.top]
    rows.insert(below[0] if below else len(rows), run)


def _shares_row(row: Sequence[Word], run: Sequence[Word]) -> bool:
    """Whether the nearest word of the row stands beside the run, not far away."""
    box = run[0].box
    near = min((word.box for word in row), key=lambda b: max(box.left - b.right, b.left - run[-1].box.right))
    height = min(near.height, box.height)
    common = min(near.bottom, box.bottom) - max(near.top, box.top)
    gap = max(box.left - near.right, near.left - run[-1].box.right)
    return common > SAME_ROW * height and gap < NEAR * height


def _is_before(word: Word, head: Word, row: Sequence[Word]) -> bool:
    """Whether a word of the row is read before `head`: the row may run from right to left."""
    rightwards = row[0].box.left <= row[-1].box.left
    return (word.box.center.x < head.box.center.x) is rightwards


def _unglued(row: Sequence[Word]) -> list[Word]:
    """No word hangs on one before it at the start of a line."""
    head = row[0]
    return [Word(head.text, head.polygon, head.confidence), *row[1:]]
