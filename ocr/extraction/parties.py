"""Sender and recipient of an invoice: labelled blocks, else address blocks by their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ocr.extraction.blocks import Block, blocks_of
from ocr.extraction.keyed import label_trust, text_beside, trimmed
from ocr.extraction.lexicon import Label
from ocr.extraction.places import (
    address_score,
    has_postcode,
    is_company,
    is_complete_name,
    name_range,
    name_score,
    street_end,
)
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row
from ocr.extraction.streets import address_of, is_street, without_country, without_name

_SENDER_SIGNS = {"phone", "fax", "email", "website", "tax_id", "bank", "company_id"}
_SKIP = {
    "other_no",
    "customer_no",
    "order_no",
    "invoice_no",
    "tax_id",
    "phone",
    "fax",
    "email",
    "website",
    "date",
}
_SALUTATION = re.compile(r"(?:Herrn?|Frau|Firma|Familie|Mrs?|Ms|Mme|M|Monsieur|Madame|Sra?|Señora?)\.?", re.IGNORECASE)
_SENDER_MARK = re.compile(r"\s*[·•|∙]\s*|\s+[-–—*]\s+|,\s")
# What follows the name of the one who is written to.
_HONORIFIC = re.compile(r"\s*(?:御中|様|殿|귀하|귀중|님|先生|台啟|台启|敬启)\s*$")
NAMED = 1.2  # Score of a name that is known by its place only.
LEAST_NAME = -0.4  # What a line scores at least that begins a name of two lines.
PART_GAP = 0.6  # Of the line's height: a wider gap parts two addresses of one block.
REACH = 9  # Rows under a label in which its party may stand.


@dataclass(frozen=True, slots=True)
class Party:
    """A name and an address, either of which may be missing."""

    name: Candidate | None = None
    address: Candidate | None = None
    score: float = 0.0


Found = Iterable[tuple[Row, Label]]


def find_parties(
    reading: Reading, vendors: Found | None = None, recipients: Found | None = None
) -> dict[str, Candidate]:
    """`vendor`, `vendor_address`, `recipient` and `recipient_address`, those that there are.

    Args:
        reading: The page.
        vendors, recipients: Labels of the one who sends the document and of the one who gets it, when they
            are not those of an invoice.
    """
    blocks = blocks_of(reading)
    vendor = _labelled(reading, reading.labelled("vendor") if vendors is None else vendors)
    recipient = _labelled(reading, reading.labelled("recipient") if recipients is None else recipients)
    recipient = recipient or _addressed(reading, blocks)
    vendor = vendor or _from_sender_line(reading) or _from_letterhead(reading)
    if not (vendor and recipient):
        parts = [part for block in blocks for part in _parts(block)]
        loose = [p for part in parts if (p := _loose_party(reading, parts, part))]
        recipient = recipient or _likely_recipient(reading, loose, vendor)
        vendor = vendor or _likely_vendor(reading, loose, recipient)
    found = {
        "vendor": vendor and vendor.name,
        "vendor_address": vendor and vendor.address,
        "recipient": recipient and recipient.name,
        "recipient_address": recipient and recipient.address,
    }
    return {key: candidate for key, candidate in found.items() if candidate}


def _labelled(reading: Reading, found: Found) -> Party | None:
    """The party beside or under the best of the labels."""
    best: Party | None = None
    for row, label in found:
        if not label.is_apart:
            continue
        party = _at_label(reading, row, label)
        if party and row.number > len(reading.rows) / 2:
            party = replace(party, score=party.score - 1.0)
        if party and (best is None or party.score > best.score):
            best = party
    return best


def _at_label(reading: Reading, row: Row, label: Label) -> Party | None:
    """The lines that follow a label: in its own cell, beside it, or under it."""
    score = label_trust(row, label)
    lines = _lines_under(reading, row, label)
    named = _keyed_party(reading, lines)
    if named:
        return replace(named, score=score + 1.0)
    beside = text_beside(reading, row, label)
    if beside and beside.pieces[0].row is row and _can_name(beside.text):
        below = _lines_under(reading, row, label, beside.pieces[0].box.left)
        return Party(beside, address_of(below), score)
    party = _party(reading, lines)
    return replace(party, score=score) if party else None


def _addressed(reading: Reading, blocks: Sequence[Block]) -> Party | None:
    """The party whose name ends as those of addressees do: "… 御中", "… 귀하"."""
    for row in reading.rows[: len(reading.rows) * 2 // 3 + 1]:
        for start, end in row.cells:
            mark = _HONORIFIC.search(row.text[start:end])
            if mark and (name := trimmed(row, start, start + mark.start())):
                block = next(
                    (b.lines for b in blocks for line in b.lines if line.row is row and line.start == start), ()
                )
                return Party(Candidate((name,), 3.0), address_of([line for line in block if line.row is not row]), 3.0)
            if row.text[start:end].strip() in {"御中", "様", "殿", "귀하"} and start:
                before = max(cell for cell in row.cells if cell[1] < start)
                return Party(Candidate((Piece(row, *before),), 3.0), None, 3.0)
    return None


def _lines_under(reading: Reading, row: Row, label: Label, left: float | None = None) -> list[Piece]:
    """The cells under a label, one a row, aligned with it, while they follow closely."""
    edge = row.span_box(label.start, label.end).left if left is None else left
    return _aligned(reading, row, edge)


def _aligned(reading: Reading, row: Row, edge: float) -> list[Piece]:
    """The cells that begin at `edge` on the rows under `row`, while they follow closely."""
    lines: list[Piece] = []
    bottom = row.box.bottom
    for below in reading.rows[row.number + 1 : row.number + 1 + REACH]:
        cells = [Piece(below, start, end) for start, end in below.cells]
        near = [c for c in cells if abs(c.box.left - edge) < 2.2 * row.height]
        if not near:
            if below.box.top - bottom > 1.6 * row.height:
                break
            continue
        if near[0].box.top - bottom > 2.5 * row.height or _is_section(reading, near[0]):
            break
        lines.append(_with_value(below, near[0]))
        bottom = near[0].box.bottom
    return lines


def _with_value(row: Row, piece: Piece) -> Piece:
    """A cell such as "Name:" together with the cell beside it."""
    if not piece.text.endswith(":"):
        return piece
    later = [end for start, end in row.cells if start > piece.start]
    return Piece(row, piece.start, later[0] if later else piece.end)


def _is_section(reading: Reading, piece: Piece) -> bool:
    """The heading of another party or part."""
    heads = {"vendor", "recipient", "ship_to", "footer"}
    return any(
        label.meaning in heads and label.whole and piece.start <= label.start < piece.end
        for label in reading.labels[piece.row.number]
    )


def _keyed_party(reading: Reading, lines: Sequence[Piece]) -> Party | None:
    """A party given as "Name: …" and "Address: …"."""
    name = _after_key(reading, lines, "name")
    if name is None:
        return None
    whole = Candidate((*_begun_above(reading, name), name), 3.0)
    address = _after_key(reading, lines, "address")
    if address is None:
        return Party(whole)
    more = []
    for line in _aligned(reading, address.row, address.box.left)[:4]:
        if address_score(line.text) < 0.3:
            break
        more.append(line)
    return Party(whole, Candidate(tuple(map(without_country, (address, *more))), 3.0))


def _begun_above(reading: Reading, name: Piece) -> list[Piece]:
    """The row above a keyed name that belongs to it: no key stands on it, and it is as close as a line of the name."""
    above = reading.rows[name.row.number - 1] if name.row.number else None
    if above is None or len(above.cells) != 1:
        return []
    line = Piece(above, *above.cells[0])
    near = name.row.box.top - above.box.bottom < 0.3 * name.row.height
    aligned = abs(line.box.left - name.box.left) < 0.5 * name.row.height
    return [line] if near and aligned and _can_name(line.text) else []


def _after_key(reading: Reading, lines: Sequence[Piece], meaning: str) -> Piece | None:
    for line in lines:
        for label in reading.labels[line.row.number]:
            if label.meaning == meaning and line.start <= label.start < line.end:
                found = text_beside(reading, line.row, label)
                if found and found.pieces[0].row is line.row:
                    return found.pieces[0]
    return None


def _party(reading: Reading, lines: Sequence[Piece]) -> Party | None:
    """Name and address from lines: the name is what stands above the street."""
    address = address_of(lines)
    if address is None:
        first = next((line for line in lines if _can_name(line.text)), None)
        if first is None or not is_company(first.text):
            return None
        return Party(_named(first), None, 0.5)
    address = without_name(lines, address)
    start = lines.index(address.pieces[0])
    above = [line for line in lines[:start] if _can_name(line.text) and not _is_noted(reading, line)]
    if not above:
        return Party(None, address, address.score)
    return Party(_full_name(above), address, address.score + 1.0)


def _full_name(above: Sequence[Piece]) -> Candidate:
    """The line with a legal form, with the one line above it, or the first line, with what it only begins."""
    companies = [line for line in above if is_company(line.text)]
    named = _named((companies or above)[0])
    place = above.index((companies or above)[0])
    if companies and place == 1 and _begins_name(above[0].text):
        return replace(named, pieces=(above[0], *named.pieces))
    if _SALUTATION.fullmatch(above[0].text) and len(above) > 1:
        return replace(named, pieces=tuple(above[:2]))
    return named


def _begins_name(text: str) -> bool:
    """It can be the first line of a name that ends on the next."""
    return not is_complete_name(text) and name_score(text) > LEAST_NAME


def _parts(block: Block) -> list[Block]:
    """The block, or where it holds several addresses, what stands between its wider gaps."""
    if sum(has_postcode(line.text) and address_score(line.text) > 0 for line in block.lines) < 2:
        return [block]
    parts = [[block.lines[0]]]
    for above, line in pairwise(block.lines):
        if line.box.top - above.box.bottom > PART_GAP * line.row.height:
            parts.append([])
        parts[-1].append(line)
    return [Block(tuple(part)) for part in parts]


def _loose_party(reading: Reading, blocks: Sequence[Block], block: Block) -> Party | None:
    """The party of a block without label, with a name from the block above it if need be."""
    if any(_is_labelled_as(reading, line, "ship_to") for line in block.lines):
        return None
    senders = [index for index, line in enumerate(block.lines) if _is_sender_line(line.text)]
    party = _party(reading, block.lines[senders[-1] + 1 if senders else 0 :])
    if party is None or party.name or not party.address:
        return party
    for other in blocks:
        last = other.lines[-1]
        gap = block.top - last.box.bottom
        near = 0 <= gap < 3 * reading.height and abs(other.left - block.left) < 2 * reading.height
        if near and _can_name(last.text) and not _is_noted(reading, last):
            return replace(party, name=_named(last))
    return party


def _is_labelled_as(reading: Reading, piece: Piece, meaning: str) -> bool:
    return any(
        label.meaning == meaning and label.whole and piece.start <= label.start < piece.end
        for label in reading.labels[piece.row.number]
    )


def _named(piece: Piece) -> Candidate:
    start, end = name_range(piece.text)
    return Candidate((Piece(piece.row, piece.start + start, piece.start + end),), NAMED)


def _is_noted(reading: Reading, piece: Piece) -> bool:
    """The line carries a number or date of its own, or is nothing but a label."""
    return _is_sender_line(piece.text) or any(
        (label.meaning in _SKIP or label.whole) and piece.start <= label.start < piece.end
        for label in reading.labels[piece.row.number]
    )


def _is_sender_line(text: str) -> bool:
    """A whole address in one line, as it stands above the window of a letter."""
    return has_postcode(text) and len(text) > 25


def _can_name(text: str) -> bool:
    letters = sum(char.isalpha() for char in text)
    digits = sum(char.isdigit() for char in text)
    odd = "@" in text or (text.startswith("(") and not is_company(text)) or len(text) > 70
    return letters > 2 and letters > digits and not odd and not is_street(text)


def _likely_recipient(reading: Reading, loose: Sequence[Party], vendor: Party | None) -> Party | None:
    """The address block in the window of the letter: left, in the upper part, unadorned."""
    best: tuple[float, Party | None] = (0.5, None)
    for party in loose:
        if party.name is None or party.address is None or _same(party, vendor):
            continue
        first = party.name.pieces[0]
        score = 2.0 if first.box.left < 0.45 * reading.page.width_px else 0.9
        score -= 4.0 * max(first.box.top / max(reading.page.height_px, 1) - 0.15, 0.0)
        score -= 2.5 if _has_sender_signs(reading, party) else 0.0
        score -= 1.0 if first.row.number == 0 else 0.0
        score += 1.0 if _under_sender_line(reading, first) else 0.0
        if score > best[0]:
            best = score, party
    return best[1] if sum(1 for p in loose if p.address) > 1 or vendor else None


def _has_sender_signs(reading: Reading, party: Party) -> bool:
    """A phone, mail or tax number stands among the party's lines or right under them."""
    pieces = [piece for part in (party.name, party.address) if part for piece in part.pieces]
    left = min(piece.box.left for piece in pieces)
    numbers = [piece.row.number for piece in pieces]
    for row in reading.rows[min(numbers) : max(numbers) + 3]:
        for label in reading.labels[row.number]:
            place = row.span_box(label.start, label.end)
            if label.meaning in _SENDER_SIGNS and abs(place.left - left) < 2 * reading.height:
                return True
    return False


def _under_sender_line(reading: Reading, piece: Piece) -> bool:
    """A single line with a whole address stands right above: the sender in the window."""
    above = reading.rows[max(piece.row.number - 2, 0) : piece.row.number]
    return any(_is_sender_line(row.text) for row in above)


def _from_sender_line(reading: Reading) -> Party | None:
    """Name and address of a sender in one line: "Name · Street 1 · 12345 Town"."""
    for row in reading.rows[: len(reading.rows) // 2]:
        for start, end in row.cells:
            text = row.text[start:end]
            mark = _SENDER_MARK.search(text)
            if mark and _is_sender_line(text) and _is_sender(text[: mark.start()], mark[0]):
                name = Piece(row, start, start + mark.start())
                address = Piece(row, start + mark.end(), start + street_end(text))
                if not _is_noted(reading, name):
                    return Party(Candidate((name,), 2.0), Candidate((address,), 2.0))
    return None


def _from_letterhead(reading: Reading) -> Party | None:
    """A name above its whole address in one line: "Name", below it "Street 1 · 12345 Town"."""
    for row in reading.rows[1 : len(reading.rows) // 3 + 1]:
        for start, end in row.cells:
            line = Piece(row, start, end)
            if not (_is_sender_line(line.text) and _SENDER_MARK.search(line.text) and address_score(line.text) > 0.5):
                continue
            above = reading.rows[row.number - 1]
            near = [Piece(above, s, e) for s, e in above.cells]
            names = [p for p in near if abs(p.box.left - line.box.left) < reading.height and _can_name(p.text)]
            if names and not _labelled_cell(reading, names[0]):
                line = Piece(row, start, start + street_end(line.text))
                return Party(_named(names[0]), Candidate((line,), 2.0))
    return None


def _is_sender(name: str, mark: str) -> bool:
    """It can be a name; a comma after it, as prose has too, only follows a company's."""
    return _can_name(name) and ("," not in mark or is_company(name))


def _likely_vendor(reading: Reading, loose: Sequence[Party], recipient: Party | None) -> Party | None:
    """Another address block, best with a company's name; else the best name at the top."""
    others = [p for p in loose if not _same(p, recipient) and (p.name or p.address)]
    ranked = sorted(others, key=lambda p: -_vendor_score(reading, p))
    party = ranked[0] if ranked else Party()
    if party.address is None:
        signed = [p for p in ranked if p.address and _has_sender_signs(reading, p)]
        party = replace(party, address=signed[0].address if signed else None)
    head = _head_name(reading, recipient)
    if party.name and (is_company(party.name.text) or not (head and is_company(head.text))):
        return party
    return replace(party, name=head)


def _vendor_score(reading: Reading, party: Party) -> float:
    anchor = party.name or party.address
    top = anchor.pieces[0].box.top if anchor else reading.page.height_px
    score = (1.0 if party.name else 0.0) + (1.0 if party.address else 0.0)
    score += 0.8 if party.name and is_company(party.name.text) else 0.0
    return score - 1.5 * top / max(reading.page.height_px, 1)


def _head_name(reading: Reading, recipient: Party | None) -> Candidate | None:
    """The cell at the top of the page that looks most like a name."""
    best: tuple[float, Piece | None] = (-0.3, None)
    for row in reading.rows[:8]:
        for start, end in row.cells:
            piece = Piece(row, start, end)
            if not _can_name(piece.text) or _labelled_cell(reading, piece):
                continue
            score = name_score(piece.text) - 0.15 * row.number
            score += 0.4 * min(piece.box.height / reading.height - 1.0, 2.0)
            if score > best[0] and not (recipient and _is_of(piece, recipient)):
                best = score, piece
    return _with_line_above(reading, best[1]) if best[1] else None


def _with_line_above(reading: Reading, piece: Piece) -> Candidate:
    """A company's name with the one line right above it that it may begin on."""
    named, row = _named(piece), piece.row
    rows = reading.rows[max(row.number - 2, 0) : row.number] if is_company(piece.text) else ()
    for line in (Piece(above, start, end) for above in rows for start, end in above.cells):
        aligned = abs(line.box.left - piece.box.left) < 0.5 * row.height
        close = row.box.top - line.row.box.bottom < PART_GAP * row.height
        if aligned and close and _begins_name(line.text):
            return replace(named, pieces=(line, *named.pieces))
    return named


def _labelled_cell(reading: Reading, piece: Piece) -> bool:
    return any(piece.start <= x.start < piece.end for x in reading.labels[piece.row.number])


def _same(party: Party, other: Party | None) -> bool:
    """Both are the same place on the page, or have the same name."""
    if other is None:
        return False
    names = party.name and other.name and party.name.text == other.name.text
    first, second = party.address, other.address
    places = first and second and first.pieces[0].row is second.pieces[0].row
    return bool(names) or bool(places and first and second and first.text == second.text)


def _is_of(piece: Piece, party: Party) -> bool:
    texts = [c.text for c in (party.name, party.address) if c]
    return any(piece.text in text or text in piece.text for text in texts)
