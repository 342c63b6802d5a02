"""Line items beside their truth: cells by column, with each kind of error.

The truth of many documents lists only some of the cells that are printed, and some that are not, and the shared scorer
compares quantities letter by letter ("1,00" is not "1"). Therefore three figures stand beside the scorer's own: with
quantities as numbers; the same on those documents only whose truth lists items; and cells by column.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ocr.extraction.amounts import numbers

Cells = Mapping[str, str]
Pair = tuple[Mapping[str, Any], Sequence[Cells]]


def lines(scorer: Any, pairs: Sequence[Pair]) -> Iterator[str]:
    """What to print of truths and the rows that were found."""
    known = [pair for pair in pairs if pair[0].get("items") is not None]
    listed = [pair for pair in known if pair[0]["items"]]
    yield f"{'  quantities as numbers':<24}F1 {_f1(scorer, known):.3f}"
    yield f"{'  where truth lists items':<26}F1 {_f1(scorer, listed):.3f}"
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for truth, found in listed:
        _count(scorer, truth, found, kinds)
    for column, counts in kinds.items():
        told = "  ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
        yield f"  items.{column:<16}{told}"


def _f1(scorer: Any, pairs: Sequence[Pair]) -> float:
    right = found = true = 0
    for truth, rows in pairs:
        order = truth.get("date_order", "dmy")
        cells = scorer.score_items(_counted(rows), _counted(truth["items"]), "typed", order)
        right, found, true = right + cells[0], found + cells[1], true + cells[2]
    return 2 * right / max(found + true, 1)


def _count(scorer: Any, truth: Mapping[str, Any], found: Sequence[Cells], kinds: dict[str, Counter[str]]) -> None:
    """Pair each true row with the found row that has most of its cells, and name what is wrong with each cell."""
    left = list(_counted(found))
    for row in _counted(truth["items"]):
        mate = max(left, key=lambda one: _equal(scorer, one, row), default={})
        if not _equal(scorer, mate, row):
            mate = {}
        elif mate in left:
            left.remove(mate)
        for column, value in row.items():
            kind = "row missing" if not mate else "missing" if column not in mate else "wrong"
            kinds[column]["right" if _same(scorer, mate.get(column, ""), value, column) else kind] += 1
        for column in mate.keys() - row.keys():
            kinds[column]["not in truth"] += 1
    for row in left:
        kinds["description"]["row not in truth"] += bool(row)


def _equal(scorer: Any, found: Cells, row: Cells) -> int:
    return sum(_same(scorer, found.get(column, ""), value, column) for column, value in row.items())


def _same(scorer: Any, found: str, value: str, column: str) -> bool:
    return bool(found) and bool(scorer.same(found, value, "typed", column))


def _counted(rows: Sequence[Cells]) -> list[dict[str, str]]:
    """The rows with quantities in the shortest form of their number."""
    return [{column: _short(text) if column == "quantity" else text for column, text in row.items()} for row in rows]


def _short(text: str) -> str:
    number = next((span.normalized["number"] for span in numbers(text)), "")
    return f"{Decimal(number).normalize():f}" if number else text
