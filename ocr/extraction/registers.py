"""Bank books and the covers of electoral rolls."""

from __future__ import annotations

import re
from dataclasses import replace

from ocr.extraction import codes
from ocr.extraction.amounts import numbers
from ocr.extraction.finders import Finders
from ocr.extraction.identity import Card, card_of
from ocr.extraction.keyed import beside_labels, best, trimmed
from ocr.extraction.reading import Candidate
from ocr.extraction.spans import Piece

_BANK = re.compile(
    r"[\w&'’.・ -]*(?:銀行|信用金庫|信用組合|농협|은행|銀行|银行)|(?:[^\W\d_][\w&'’.-]* ){0,4}"
    r"(?:bank|bancorp|sparkasse|volksbank|banque|banco|caixa|caja|building society|credit union)"
    r"(?: (?!book)[^\W\d_]+){0,3}",
    re.IGNORECASE,
)
_BRANCH = re.compile(
    r"[^\s\d()（）:：]{1,12}(?:支店|支行|分行|지점|출장소|営業部)|(?:[^\W\d_][\w'’.-]* ){1,3}branch\b", re.IGNORECASE
)
_ACCOUNT_TYPE = re.compile(
    r"普通(?:預金)?|当座(?:預金)?|貯蓄(?:預金)?|総合口座|定期預金|보통예금|저축예금|자유저축예금|정기예금|活期(?:储蓄|儲蓄|存款)?|定期(?:存款)?"
    r"|(?:savings?|current|checking|deposit|giro) account|girokonto|sparkonto"
    r"|tagesgeldkonto|compte (?:courant|chèque|épargne)|livret a"
    r"|cuenta (?:corriente|de ahorro|de ahorros)|(?<!\w)(?:savings|checking)(?!\w)",
    re.IGNORECASE,
)
_HOLDER = re.compile(r"(?P<name>\S+(?:\s\S+){0,2}?)\s*(?:様|殿|님|귀하)\s*$")


def find_bankbook(found: Finders) -> dict[str, Candidate]:
    """The fields of a bank book, those that there are."""
    card = card_of(found)
    holder = card.text("account_holder")
    finds = {
        "bank": _whole(card.text("bank"), _BANK) or _first(card, _BANK),
        "branch": card.text("branch") or _first(card, _BRANCH),
        "account_type": _whole(card.text("account_type"), _ACCOUNT_TYPE) or _first(card, _ACCOUNT_TYPE),
        "account_no": _account(card),
        "account_holder": _without_honorific(holder) if holder else _addressed(card),
    }
    return {name: candidate for name, candidate in finds.items() if candidate}


def find_roll(found: Finders) -> dict[str, Candidate]:
    """The fields of the cover of an Indian electoral roll, those that there are."""
    card = card_of(found, "rolls")
    reading = card.reading
    finds = {
        "state": card.text("state"),
        "constituency": card.text("constituency"),
        "part_no": best(beside_labels(reading, reading.labelled("part_no"), codes.document_numbers)),
        "section": card.text("section"),
        "polling_station": card.text("polling_station"),
    }
    finds |= {name: _voters(card, name) for name in ("voters_male", "voters_female", "voters_total")}
    return {name: candidate for name, candidate in finds.items() if candidate}


def _voters(card: Card, meaning: str) -> Candidate | None:
    """The number beside or under a label; the last one, which stands in the table of electors."""
    reading = card.reading
    found = beside_labels(reading, reading.labelled(meaning), numbers)
    large = [c for c in found if len(c.text) > 1]
    return best(replace(c, score=c.score + 0.02 * c.pieces[0].row.number) for c in large)


def _account(card: Card) -> Candidate | None:
    """An IBAN with the right check digits, else the labelled number."""
    for row in card.reading.rows:
        for span in codes.ibans(row.text):
            return Candidate((Piece(row, span.start, span.end),), 3.0)
    return card.shaped("account_no", codes.account_numbers)


def _whole(candidate: Candidate | None, form: re.Pattern[str]) -> Candidate | None:
    """The labelled value, unless a value of the known form stands elsewhere and it has not that form."""
    return candidate if candidate and form.search(candidate.text) else None


def _first(card: Card, form: re.Pattern[str]) -> Candidate | None:
    for row in card.reading.rows:
        for start, end in row.cells:
            match = form.search(row.text, start, end)
            piece = trimmed(row, *match.span()) if match else None
            if piece and not card.is_labelled(piece):
                return Candidate((piece,), 1.5)
    return None


def _without_honorific(holder: Candidate) -> Candidate:
    piece = holder.pieces[0]
    match = _HOLDER.search(piece.text)
    return (
        replace(holder, pieces=(Piece(piece.row, piece.start, piece.start + match.end("name")),)) if match else holder
    )


def _addressed(card: Card) -> Candidate | None:
    """The name before the word of respect: "山田 太郎 様"."""
    for row in card.reading.rows:
        for start, end in row.cells:
            match = _HOLDER.search(row.text, start, end)
            if match:
                return Candidate((Piece(row, *match.span("name")),), 2.0)
    return None
