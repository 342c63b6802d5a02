"""The tables of a page: cells under each other in columns, what heads them, and cells that reach over several. Pure.

Rows come parted at wide gaps. Seen together they correct each other: a gap that no other row has parts no
column, and two columns that stand so close that a row seems to have one cell are parted where the others are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from ocr.extraction.spans import Piece, Row
from ocr.types import Box

# In heights of a row: how far apart two rows of a table may be, how far edges of one column may miss each other,
# how much two cells of one column share at least, and the least gap that can part two columns.
ROW_GAP, ALIGNED, COMMON, TIGHT_GAP = 4.0, 0.5, 0.5, 0.45
MOST_SINGLES = 3  # Rows of one cell in a row that may stand within a table: wrapped text, headings.
COMPARED = 3  # A row continues a table whose last so many rows it fits.
CONFLICTS = 0.15  # Two stacks of cells are one column unless they stand side by side in more of their rows.
MOST_HEADS = 3
NUMERIC = 0.6  # A column holds numbers when so many of its cells do.


@dataclass(frozen=True, slots=True)
class Cell(Piece):
    """A stretch of one row.

    Attributes:
        column: The first column that it stands in, 0-based.
        span: How many columns it reaches over.
    """

    column: int = 0
    span: int = 1

    @property
    def is_number(self) -> bool:
        """Digits, with a currency or a unit at most."""
        digits, letters = sum(map(str.isdigit, self.text)), sum(map(str.isalpha, self.text))
        return digits > 0 and letters <= max(digits, 3)


@dataclass(frozen=True, slots=True)
class Column:
    """Where most cells of a column begin and end, on the levelled page."""

    left: float
    right: float
    is_number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells in columns.

    Attributes:
        columns: From left to right.
        rows: From the top; each with its cells from left to right. Empty cells are left out.
        header_rows: How many of the first rows name the columns.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    header_rows: int

    @property
    def header(self) -> tuple[str, ...]:
        """The name of each column, "" for none; names of several rows are joined."""
        names = [""] * len(self.columns)
        for cell in (cell for row in self.rows[: self.header_rows] for cell in row):
            for column in range(cell.column, cell.column + cell.span):
                names[column] = f"{names[column]} {cell.text}".strip()
        return tuple(names)


def tables_of(rows: Sequence[Row]) -> list[Table]:
    """The tables among the rows of a page, from the top."""
    return [_table(block) for block in _blocks(rows)]


def cells_of(rows: Sequence[Row]) -> Iterator[tuple[Cell, ...]]:
    """Every row of the page with its cells: as its table parts it, else the row as one."""
    parted = {row[0].row.number: row for table in tables_of(rows) for row in table.rows}
    for row in rows:
        yield parted.get(row.number) or (Cell(row, 0, len(row.text)),)


def _blocks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows that stand under each other as a table's do, most with several cells."""
    block: list[Row] = []
    singles: list[Row] = []
    for row in rows:
        is_near = bool(block) and _is_near((singles or block)[-1], row)
        if len(row.cells) > 1:
            if block and not (is_near and _continues([one for one in block if len(one.cells) > 1], row)):
                yield block
                block, singles = [], []
            block, singles = [*block, *singles, row], []
        elif is_near and len(singles) < MOST_SINGLES:
            singles.append(row)
        elif block:
            yield block
            block, singles = [], []
    if block:
        yield block


def _is_near(above: Row, below: Row) -> bool:
    return below.box.top - above.box.bottom < ROW_GAP * max(above.height, below.height)


def _continues(anchors: Sequence[Row], row: Row) -> bool:
    """Most cells of the shorter row stand under, or over, a cell of one of the last rows of the table."""
    return any(_fits(above, row) for above in anchors[-COMPARED:])


def _fits(above: Row, below: Row) -> bool:
    few, many = sorted(([c.box for c in _own_cells(row)] for row in (above, below)), key=len)
    slack = ALIGNED * max(above.height, below.height)
    aligned = sum(any(_is_aligned(box, other, slack) for other in many) for box in few)
    if len(many) - len(few) > 1:
        return 2 * aligned > len(few)
    alike = sum(_has_twin(box, few, many, slack) for box in few)
    return 2 * max(aligned, alike) > len(few)


def _is_aligned(box: Box, other: Box, slack: float) -> bool:
    return min(abs(box.left - other.left), abs(box.right - other.right)) < slack


def _has_twin(box: Box, few: Sequence[Box], many: Sequence[Box], slack: float) -> bool:
    """It stands over one cell of the other row, which stands under it alone."""
    under = [other for other in many if _shared(box, other) >= min(slack, other.width / 2)]
    return len(under) == 1 and sum(_shared(one, under[0]) >= min(slack, one.width / 2) for one in few) == 1


def _shared(first: Box, second: Box) -> float:
    return min(first.right, second.right) - max(first.left, second.left)


def _own_cells(row: Row) -> list[Cell]:
    return [Cell(row, start, end) for start, end in row.cells]


def _table(block: Sequence[Row]) -> Table:
    height = median(row.height for row in block)
    columns = _columns([cell for row in block if len(row.cells) > 1 for cell in _own_cells(row)], height)
    rows = tuple(_placed(row, columns, height) for row in block)
    held = [[c for row in rows for c in row if c.column == index and c.span == 1] for index in range(len(columns))]
    are_numbers = [_are_numbers(cells[1:] or cells) for cells in held]
    columns = [replace(column, is_number=is_number) for column, is_number in zip(columns, are_numbers, strict=True)]
    return Table(tuple(columns), rows, _header_rows(rows, are_numbers))


def _are_numbers(cells: Sequence[Cell]) -> bool:
    """Most cells under the first are numbers."""
    return bool(cells) and sum(cell.is_number for cell in cells) >= NUMERIC * len(cells)


def _header_rows(rows: Sequence[Sequence[Cell]], are_numbers: Sequence[bool]) -> int:
    """The first rows that have words where the rows below have numbers; 0 where there are none."""
    count = 0
    while count < min(MOST_HEADS, len(rows) - 1) and not any(cell.is_number for cell in rows[count]):
        count += 1
    heads = {i for row in rows[:count] for cell in row for i in range(cell.column, cell.column + cell.span)}
    named = [index for index, is_number in enumerate(are_numbers) if is_number and index in heads]
    return count if named and 2 * len(heads) >= len(are_numbers) else 0


def _columns(cells: Sequence[Cell], height: float) -> list[Column]:
    """Stacks of cells that stand over each other, from left to right; cells over several columns make none."""
    boxes = [cell.box for cell in cells]
    pairs = [(a, b, shared) for a, b, shared in _overlapping(boxes) if shared >= _least(boxes[a], boxes[b], height)]
    wide = _spanning(cells, pairs)
    stacks: dict[int, set[int]] = {index: {index} for index in range(len(cells)) if index not in wide}
    home = {index: index for index in stacks}
    for a, b, _ in sorted(pairs, key=lambda pair: -pair[2]):
        if a in home and b in home and home[a] != home[b] and _is_one(stacks[home[a]], stacks[home[b]], cells):
            keep, drop = home[a], home[b]
            stacks[keep] |= stacks.pop(drop)
            home.update(dict.fromkeys(stacks[keep], keep))
    columns = [_column([boxes[index] for index in stack]) for stack in stacks.values()]
    return sorted(columns, key=lambda column: column.left + column.right)


def _column(boxes: Sequence[Box]) -> Column:
    return Column(median(box.left for box in boxes), median(box.right for box in boxes), is_number=False)


def _least(first: Box, second: Box, height: float) -> float:
    """How much two cells of one column share at least."""
    return COMMON * min(height, first.width, second.width)


def _overlapping(boxes: Sequence[Box]) -> Iterator[tuple[int, int, float]]:
    """Pairs that stand over each other, with the length that they share."""
    order = sorted(range(len(boxes)), key=lambda index: boxes[index].left)
    for place, a in enumerate(order):
        for b in order[place + 1 :]:
            if boxes[b].left >= boxes[a].right:
                break
            yield a, b, _shared(boxes[a], boxes[b])


def _spanning(cells: Sequence[Cell], pairs: Iterable[tuple[int, int, float]]) -> set[int]:
    """The cells that stand over several cells of a row in more rows than they stand over one."""
    met: dict[int, dict[int, int]] = {}
    for a, b, _ in pairs:
        for one, other in ((a, b), (b, a)):
            counts = met.setdefault(one, {})
            counts[cells[other].row.number] = counts.get(cells[other].row.number, 0) + 1
    return {
        index for index, counts in met.items()
        if sum(count > 1 for count in counts.values()) > sum(count == 1 for count in counts.values())
    }  # fmt: skip


def _is_one(first: set[int], second: set[int], cells: Sequence[Cell]) -> bool:
    """Two stacks are one column unless they stand side by side in too many rows."""
    rows, others = ({cells[index].row.number for index in stack} for stack in (first, second))
    return len(rows & others) <= CONFLICTS * max(len(rows), len(others))


def _placed(row: Row, columns: Sequence[Column], height: float) -> tuple[Cell, ...]:
    """The row's cells with their columns: parted where columns part, and joined where they share one."""
    parts = [part for cell in _own_cells(row) for part in _parted(cell, columns, height)]
    placed: list[Cell] = []
    for part in parts:
        first, last = _reach(part.box, columns, COMMON * height)
        before = placed[-1] if placed else None
        if before is not None and first < before.column + before.span:
            last = max(last, before.column + before.span - 1)
            placed[-1] = replace(before, end=part.end, span=last - before.column + 1)
        else:
            placed.append(replace(part, column=first, span=last - first + 1))
    return tuple(placed)


def _reach(box: Box, columns: Sequence[Column], least: float) -> tuple[int, int]:
    """The first and the last column that a cell stands in; the nearest, where it stands in none."""
    held = [i for i, c in enumerate(columns) if _in(box, c) > min(least, (c.right - c.left) / 2, box.width / 2)]
    if not held:
        nearest = max(range(len(columns)), key=lambda index: _in(box, columns[index]))
        return nearest, nearest
    return held[0], held[-1]


def _in(box: Box, column: Column) -> float:
    return min(box.right, column.right) - max(box.left, column.left)


def _parted(cell: Cell, columns: Sequence[Column], height: float) -> Iterator[Cell]:
    """The cell in pieces, where a gap between words stands at the gap between two columns."""
    row, start = cell.row, cell.start
    gutters = [(a.right, b.left) for a, b in pairwise(columns)]
    owners = [row.owners[index] for index in range(cell.start, cell.end)]
    for index in range(cell.start + 1, cell.end):
        before, after = owners[index - 1 - cell.start], owners[index - cell.start]
        if before == -1 and after >= 0:
            left, right = row.boxes[after - 1].right, row.boxes[after].left
            if right - left > TIGHT_GAP * height and any(_meets(left, right, gutter, height) for gutter in gutters):
                yield Cell(row, start, index - 1)
                start = index
    yield Cell(row, start, cell.end)


def _meets(left: float, right: float, gutter: tuple[float, float], height: float) -> bool:
    """What stands left of the gap ends where a column ends, or what stands right of it begins where one does."""
    ends, begins = abs(left - gutter[0]) < 0.5 * height, abs(right - gutter[1]) < 0.5 * height
    return left < gutter[1] and right > gutter[0] and (ends or begins)
