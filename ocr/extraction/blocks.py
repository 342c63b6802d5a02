"""Blocks of text: lines under each other in one column, such as addresses side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ocr.extraction.reading import Reading
from ocr.extraction.spans import Piece
from ocr.types import Box

LINE_GAP = 0.95  # Of the line's height: a wider gap ends a block.

LOOSE_GAP = 2.2  # The same for lines that begin at exactly the same place.


@dataclass(frozen=True, slots=True)
class Block:
    """Lines under each other with a common left edge or middle, from the top."""

    lines: tuple[Piece, ...]

    @property
    def top(self) -> float:
        return self.lines[0].box.top

    @property
    def left(self) -> float:
        return min(line.box.left for line in self.lines)


@dataclass(slots=True)
class _Growing:
    lines: list[Piece]
    box: Box


def blocks_of(reading: Reading) -> tuple[Block, ...]:
    """All blocks of a page in order of their first line."""
    open_blocks: list[_Growing] = []
    closed: list[_Growing] = []
    for row in reading.rows:
        for start, end in row.cells:
            piece = Piece(row, start, end)
            box = piece.box
            home = _home(open_blocks, box)
            if home is None:
                open_blocks.append(_Growing([piece], box))
            else:
                home.lines.append(piece)
                home.box = box
        done = [b for b in open_blocks if row.box.top - b.box.bottom > 2 * reading.height]
        closed += done
        open_blocks = [block for block in open_blocks if block not in done]
    every = sorted(closed + open_blocks, key=lambda b: (b.lines[0].row.number, b.lines[0].start))
    return tuple(Block(tuple(block.lines)) for block in every)


def _home(blocks: Sequence[_Growing], box: Box) -> _Growing | None:
    """The block that a line continues: close above it, aligned with its last line."""
    for block in reversed(blocks):
        last = block.box
        height = max(min(box.height, last.height), 1.0)
        gap = box.top - last.bottom
        aside = min(abs(box.left - last.left), abs(box.center.x - last.center.x))
        reach = LOOSE_GAP if abs(box.left - last.left) < 0.3 * height else LINE_GAP
        same_size = max(box.height, last.height) < 1.8 * height
        if -height < gap < reach * height and aside < 0.8 * height and same_size and last.top < box.top:
            return block
    return None
