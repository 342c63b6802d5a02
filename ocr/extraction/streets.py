"""Addresses among lines of text: from the street to the town."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.extraction.places import (
    address_score,
    has_postcode,
    is_postcode,
    is_region,
    is_wide_address,
    opens_address,
    postcode_start,
)
from ocr.extraction.reading import Candidate
from ocr.extraction.spans import Piece


def address_of(lines: Sequence[Piece]) -> Candidate | None:
    """The run of lines from the street to the town, at least one of them with a postcode."""
    scores = _scores(lines)
    best: tuple[float, int, int] = (0.8, 0, 0)
    for start in range(len(lines)):
        total, closed = 0.0, False
        for end in range(start, min(start + 6, len(lines))):
            total += scores[end]
            if scores[end] <= -2.0 or (closed and not is_region(lines[end].text)):
                break
            closed = closed or is_whole(lines[end].text)
            if total > best[0] and scores[end] > 0:
                best = total, start, end + 1
    score, start, end = best
    run = list(lines[start:end])
    if not run or not any(is_whole(line.text) for line in run):
        return None
    if start and not opens_address(run[0].text) and is_street(lines[start - 1].text):
        run.insert(0, lines[start - 1])
    return Candidate((run[0], *map(without_country, run[1:])), score)


def is_whole(text: str) -> bool:
    """An address may end with it: it holds a postcode, or all that an address in a wide script needs."""
    return has_postcode(text) or is_wide_address(text)


def without_name(lines: Sequence[Piece], address: Candidate) -> Candidate:
    """The address without its first line, when that leads the block and has no number: "Harbour Street Library"."""
    first, rest = address.pieces[0], address.pieces[1:]
    leads = first is lines[0] and not any(map(str.isdigit, first.text))
    if leads and len(rest) > 1 and address_score(rest[0].text) > 0.3:
        return replace(address, pieces=rest)
    return address


def without_country(line: Piece) -> Piece:
    """The line without a country's code before its postcode."""
    return Piece(line.row, line.start + postcode_start(line.text), line.end)


def is_street(text: str) -> bool:
    """A short line of letters that ends with the number of a house."""
    last = text.split()[-1] if text.split() else ""
    return last[:1].isdigit() and len(last) < 6 and text[:1].isalpha() and len(text) < 40


def _scores(lines: Sequence[Piece]) -> list[float]:
    """Points of each line as part of an address; under another line of one, a number alone is its postcode."""
    scores = [address_score(line.text) for line in lines]
    for index in range(1, len(lines)):
        if scores[index - 1] > 0 and is_postcode(lines[index].text):
            scores[index] = 1.0
    return scores
