"""Subtotal, tax and total: candidates beside their labels, chosen so that they add up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product

from ocr.extraction.lexicon import Label
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row, Span
from ocr.types import Box

SUM_LABELS = {"total_due": 2.9, "total": 2.4, "subtotal": 2.0, "tax": 2.0}
_AWAY = {"change", "tendered", "count", "rounding", "discount", "tax_summary", "card", "service"}
_OTHERS = _AWAY | {"subtotal", "tax", "total", "total_due"}
SIGN_GAP = 0.45  # Of the row's height: a wider gap after a sign is more than a space.
ADDS_UP = 1.5  # What agreement with other sums adds to a score.
_NET = re.compile(
    r"[\s.(:/-]*(?:netto|net\b|ht\b|excl|exkl|exclu|hors|ohne|without|before|zzgl|sin\b|ex\b)",
    re.IGNORECASE,
)
SLACK = Decimal("0.06")  # Tills round to five cents.


def find_sums(reading: Reading) -> dict[str, Candidate]:
    """The best candidates for `subtotal`, `tax` and `total`, those that there are."""
    pools = {
        "total": _totals(reading),
        "subtotal": list(_beside(reading, "subtotal")),
        "tax": list(_beside(reading, "tax")),
    }
    pools["total"] += _added_up(reading, pools["subtotal"], pools["tax"])
    best = _best_triple(pools)
    return {name: _tightened(candidate) for name, candidate in best.items() if candidate is not None}


def _tightened(candidate: Candidate) -> Candidate:
    """Without a currency sign that stands apart, as in "RM   12.50": it belongs to the column, not to the number."""
    piece = candidate.pieces[0]
    owners = [owner for owner in piece.row.owners[piece.start : piece.end] if owner >= 0]
    first, second = owners[0], next((owner for owner in owners if owner != owners[0]), owners[0])
    gap = piece.row.boxes[second].left - piece.row.boxes[first].right
    if first == second or any(map(str.isdigit, piece.row.words[first].text)) or gap < SIGN_GAP * piece.row.height:
        return candidate
    return replace(candidate, pieces=(Piece(piece.row, piece.row.owners.index(second), piece.end),))


def amount_of(candidate: Candidate) -> Decimal:
    """The number that a money candidate stands for."""
    return Decimal((candidate.normalized or {}).get("amount", "0"))


def _totals(reading: Reading) -> list[Candidate]:
    """Candidates for the total, scored by label, agreement with others and place."""
    pool = [*_beside(reading, "total_due"), *_beside(reading, "total")]
    pool = [*pool, *_rounded(reading, pool)] or list(_largest(reading))
    counts = Counter(amount_of(candidate) for candidate in pool)
    paid, steps = _paid(reading), _rounding_steps(reading)
    return [replace(c, score=c.score + _bonus(amount_of(c), counts, paid) + _rounds_up(c, pool, steps)) for c in pool]


def _bonus(amount: Decimal, counts: Counter[Decimal], paid: set[Decimal]) -> float:
    """Points for what the rest of the page says about an amount as the total."""
    score = 0.25 * min(counts[amount] - 1, 3)
    score += 0.8 if amount in paid else 0.0
    return score - (2.0 if amount == 0 else 0.0)


def _rounds_up(candidate: Candidate, pool: list[Candidate], steps: set[Decimal]) -> float:
    """Points for a sum that is one further up the page after rounding."""
    number, amount = candidate.pieces[0].row.number, amount_of(candidate)
    above = {amount_of(other) for other in pool if other.pieces[0].row.number < number}
    if any(amount - step in above for step in steps):
        return 1.2
    return 0.5 if any(0 < abs(amount - other) <= SLACK for other in above) else 0.0


def _rounded(reading: Reading, pool: list[Candidate]) -> Iterator[Candidate]:
    """Amounts under a total that differ from it by the printed rounding, or stand beside it."""
    steps = _rounding_steps(reading)
    for row in reading.rows[min((c.pieces[0].row.number for c in pool), default=len(reading.rows)) :]:
        beside = "rounding" in reading.meanings(row.number)
        for span in reading.amounts[row.number]:
            amount = Decimal(span.normalized["amount"])
            apart = {amount - amount_of(c) for c in pool} - {Decimal(0)}
            if amount > 1 and (apart & steps or (beside and any(abs(a) <= SLACK for a in apart))):
                score = 3.4 if beside else 2.0
                yield Candidate((Piece(row, span.start, span.end),), score, span.normalized)


def _rounding_steps(reading: Reading) -> set[Decimal]:
    """The printed adjustments by a few cents, with both signs: the minus is often misread."""
    steps = {abs(amount) for amount in _amounts_at(reading, "rounding")}
    small = {step for step in steps if 0 < step <= SLACK}
    return small | {-step for step in small}


def _beside(reading: Reading, meaning: str) -> Iterator[Candidate]:
    """Amounts to the right of, or below, the labels of one meaning."""
    shut = _summary_start(reading)
    for row, label in reading.labelled(meaning):
        if _is_denied(row, label, meaning):
            continue
        score = SUM_LABELS[meaning] + _label_score(reading, row, label)
        score -= 1.5 if row.number >= shut else 0.0
        spans = _to_the_right(reading, row, label)
        if spans:
            yield from _graded(row, spans, score)
        else:
            yield from _half_a_row_away(reading, row, label, score - 0.2)
            yield from _below(reading, row, label, score - 0.3)


def _is_denied(row: Row, label: Label, meaning: str) -> bool:
    """The words after the label make a net sum of a total."""
    _, end = row.cell_at(label.start)
    return meaning in {"total", "total_due"} and bool(_NET.match(row.text, label.end, end))


def _label_score(reading: Reading, row: Row, label: Label) -> float:
    """How clearly this label names a sum: whole cells do, words inside a sentence do not."""
    score = (0.3 if label.whole else 0.0) + (0.0 if label.exact else -0.2)
    start, _ = row.cell_at(label.start)
    before = row.text[start : label.start]
    score -= 0.2 * min(len(before.split()), 5)
    others = {
        other.meaning
        for other in reading.labels[row.number]
        if other.start < label.start and other.meaning in _OTHERS - {label.meaning}
    }
    return score - (1.0 if others else 0.0)


def _summary_start(reading: Reading) -> int:
    """The row where a table of tax rates begins, which has totals of its own.

    "Total supplies" begins none: the receipt's sum stands below it.
    """
    labels = reading.labelled("tax_summary")
    numbers = [row.number for row, label in labels if not row.text[label.start :].casefold().startswith("total")]
    late = [number for number in numbers if number > len(reading.rows) * 0.35]
    return min(late, default=len(reading.rows))


def _added_up(reading: Reading, subtotals: list[Candidate], taxes: list[Candidate]) -> list[Candidate]:
    """Amounts anywhere below that are the sum of a subtotal and a tax."""
    sums = {amount_of(s) + amount_of(t) for s in subtotals for t in taxes if amount_of(t) > 0}
    return [
        Candidate((Piece(row, span.start, span.end),), 0.8, span.normalized)
        for row in reading.rows
        for span in reading.amounts[row.number]
        if span.weight >= 0.9 and Decimal(span.normalized["amount"]) in sums
    ]


def _to_the_right(reading: Reading, row: Row, label: Label) -> list[Span]:
    """Amounts after the label; once there is one, the label of another sum ends them."""
    spans = [s for s in reading.amounts[row.number] if s.start >= label.start and s.end > label.end]
    first = next((span.end for span in spans if span.weight >= 0.5), len(row.text))
    later = [x.start for x in reading.labels[row.number] if x.meaning in _OTHERS]
    stop = min((start for start in later if start >= first), default=len(row.text))
    spans = [span for span in spans if span.start < stop]
    clear = [span for span in spans if span.weight >= 0.5]
    return clear or [span for span in spans[:1] if _is_plain(row, label, span)]


def _is_plain(row: Row, label: Label, span: Span) -> bool:
    """A whole number that stands alone behind a label that stands alone."""
    start, _ = row.cell_at(label.start)
    around = row.text[start : label.start] + row.text[label.end : span.start]
    return not any(char.isalnum() for char in around) and not _is_noise(row, span)


def _is_noise(row: Row, span: Span) -> bool:
    """A bare digit within brackets or words, such as a count or a rate."""
    after = row.text[span.end : span.end + 1]
    before = row.text[max(span.start - 1, 0) : span.start]
    return after.isalpha() or before in {"(", "@", "#", "x", "X"} or span.end - span.start > 9


def _graded(row: Row, spans: list[Span], score: float) -> Iterator[Candidate]:
    """The amounts beside one label; the last one is the likeliest."""
    for place, span in enumerate(reversed(spans)):
        grade = score - 0.6 * place - (1.0 - span.weight)
        yield Candidate((Piece(row, span.start, span.end),), grade, span.normalized)


def _half_a_row_away(reading: Reading, row: Row, label: Label, score: float) -> Iterator[Candidate]:
    """Amounts beside a label of two lines, half way between them, if no label of another sum stands there."""
    place = row.span_box(label.start, label.end)
    for other in reading.rows[max(row.number - 1, 0) : row.number + 2]:
        apart = abs(other.box.center.y - place.center.y)
        if other is row or apart > max(row.height, other.height) or reading.meanings(other.number) & _OTHERS:
            continue
        spans = [s for s in reading.amounts[other.number] if other.span_box(s.start, s.end).left > place.right]
        yield from _graded(other, [span for span in spans if span.weight >= 0.5], score)


def _below(reading: Reading, row: Row, label: Label, score: float) -> Iterator[Candidate]:
    """Amounts on the next rows that stand under the label: one, or a column with its sum."""
    place = row.span_box(label.start, label.end)
    column: list[Decimal] = []
    for below in reading.rows[row.number + 1 : row.number + 6]:
        under = [span for span in reading.amounts[below.number] if _is_under(below, span, place)]
        if below.box.top - place.bottom > (3 + 2 * len(column)) * row.height:
            return
        if not under:
            if column or (below.number > row.number + 1 and _has_text_under(below, place)):
                return
            continue
        amount = Decimal(under[-1].normalized["amount"])
        bonus = 1.2 if column and amount in (sum(column), column[-1]) else -0.4 * len(column)
        yield from _graded(below, under, score + bonus)
        column.append(amount)


def _has_text_under(row: Row, place: Box) -> bool:
    return any(box.left < place.right and box.right > place.left for box in row.boxes)


def _is_under(row: Row, span: Span, place: Box) -> bool:
    box = row.span_box(span.start, span.end)
    slack = row.height
    return span.weight >= 0.5 and box.left < place.right + slack and box.right > place.left - slack


def _largest(reading: Reading) -> Iterator[Candidate]:
    """Without any label: the largest amount; on a page of prose only with a currency."""
    spans = [
        (row, span)
        for row in reading.rows
        if not reading.meanings(row.number) & _AWAY
        for span in reading.amounts[row.number]
        if span.weight >= 0.9
    ]
    counts = Counter(span.normalized["amount"] for _, span in spans)
    if not reading.has_short_rows:
        spans = [(r, s) for r, s in spans if "currency" in s.normalized or counts[s.normalized["amount"]] > 1]
    if spans:
        row, span = max(spans, key=lambda pair: Decimal(pair[1].normalized["amount"]))
        yield Candidate((Piece(row, span.start, span.end),), 0.5, span.normalized)


def _paid(reading: Reading) -> set[Decimal]:
    """What was paid: money handed over less the change, or the sum charged to a card."""
    tendered = list(_amounts_at(reading, "tendered"))
    change = list(_amounts_at(reading, "change"))
    paid = {given - back for given, back in product(tendered, change) if given > back >= 0}
    return paid | set(_amounts_at(reading, "card")) | (set(tendered) if not change else set())


def _amounts_at(reading: Reading, meaning: str) -> Iterator[Decimal]:
    for row, label in reading.labelled(meaning):
        for span in _to_the_right(reading, row, label)[-1:]:
            if span.weight >= 0.5:
                yield abs(Decimal(span.normalized["amount"]))


def _best_triple(pools: dict[str, list[Candidate]]) -> dict[str, Candidate | None]:
    """The total with the subtotal and tax that together score highest."""
    best: tuple[float, dict[str, Candidate | None]] = (float("-inf"), {})
    tops = {name: _tops(pool) for name, pool in pools.items()}
    for total, subtotal, tax in product(tops["total"], tops["subtotal"], tops["tax"]):
        score = sum(c.score for c in (total, subtotal, tax) if c) + _agreement(total, subtotal, tax)
        if score > best[0]:
            best = score, {"total": total, "subtotal": subtotal, "tax": tax}
    return best[1]


def _tops(pool: list[Candidate]) -> list[Candidate | None]:
    """The best few, and the possibility that there is none."""
    return [*sorted(pool, key=lambda c: -c.score)[:8], None]


def _agreement(total: Candidate | None, subtotal: Candidate | None, tax: Candidate | None) -> float:
    """Points for sums that add up, against those that cannot be."""
    if not total or not subtotal:
        return 0.0
    if total.pieces == subtotal.pieces:
        return -3.0
    whole, part = amount_of(total), amount_of(subtotal)
    if tax:
        if abs(part + amount_of(tax) - whole) <= SLACK and amount_of(tax):
            return ADDS_UP
        if abs(amount_of(tax)) > abs(whole):
            return -3.0
    if abs(whole - part) <= SLACK:
        return 0.2
    return 0.0 if part < whole else -0.8
