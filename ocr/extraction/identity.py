"""Cards and certificates: values beside or under small printed labels, often in two languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ocr.extraction import checksums
from ocr.extraction.finders import Finders
from ocr.extraction.keyed import best, label_trust, trimmed
from ocr.extraction.lexicon import Label
from ocr.extraction.places import address_score
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row, Span

SUBJECT = "identity"
_JOINTS = re.compile(r"[\s/|・·,;()（）\[\]:：.\-–—]*")
# ISO 18013: the fields of a driving licence are numbered, not named.
_NUMBERED = re.compile(r"\W{0,2}(?P<key>4[abcd]|[1-35-9])\s?[.,:)]?\s*(?=\S)(?P<value>.+)", re.IGNORECASE)
_FIELD_NUMBER = re.compile(r"\s(?:4[abcd]|\d{1,2}[a-d]?)\s?$")
SHORT = 2  # Letters of a label that may as well be part of a value.
_ASIDE = {"donor", "signature", "endorsements", "restrictions"}  # What stands by itself, with nothing behind it.
_ISO_FIELDS = {"1": "surname", "2": "given_names", "3": "birth_date", "4a": "issue_date", "4b": "expiry_date",
               "5": "document_no", "8": "address", "9": "class"}  # fmt: skip
# Words that stand after a date and say what it is.
_SUFFIXES = {"birth_date": r"\s*生", "expiry_date": r"\s*(?:まで|迄|까지|有効)", "issue_date": r"\s*(?:交付|発行|발급)"}
_SEX = re.compile(
    r"(?<![^\W_])(?:male|female|[MFXHW]|男性|女性|남자|여자)(?![^\W_])|[男女]|[남여](?=\W|$)", re.IGNORECASE
)
_NUMBER = re.compile(r"(?<![\w-])[A-Z0-9*]{1,4}(?:[A-Z0-9*]|[ -](?=[A-Z0-9*]{2,})){3,20}(?![\w])")
_SURE_NUMBERS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "resident_card": (r"(?<!\d)\d{6}\s?[-–]\s?[1-8]\d{6}(?!\d)|(?<!\d)\d{17}[\dX](?!\w)",
                      lambda text: checksums.is_korean_resident_no(text) or checksums.is_chinese_id(text)),
    "residence_card": (r"(?<![A-Z])[A-Z]{2}\s?\d{8}\s?[A-Z]{2}(?![A-Z])", lambda _: True),
    "my_number_card": (r"(?<!\d)\d{4}\s?\d{4}\s?\d{4}(?!\d)", checksums.is_my_number),
    "driver_license": (r"(?<=第)\s?\d{12}(?=\s?号)", lambda _: True),
}  # fmt: skip
_KOREAN_NAME = re.compile(r"\s*(?P<name>[가-힣](?:\s?[가-힣]){1,4}\s?(?:[(（][\u4e00-\u9fff]{2,5}[)）]|(?=[(（]|$)))")


@dataclass(frozen=True)
class Card:
    """A card whose labels are known.

    Attributes:
        reading: The page with the labels of identity papers.
        numbered: Values by ISO field, where the card numbers its fields.
    """

    reading: Reading
    numbered: dict[str, Piece]

    def text(self, meaning: str) -> Candidate | None:
        """The free text beside or under the label of a meaning."""
        return best(c for row, label in self.reading.labelled(meaning) if (c := self._near(row, label)))

    def shaped(self, meaning: str, shape: Callable[[str], Iterator[Span]]) -> Candidate | None:
        """The value of a known shape beside or under the label of a meaning."""
        return best(c for row, label in self.reading.labelled(meaning) for c in self._shaped(row, label, shape))

    def day(self, meaning: str) -> Candidate | None:
        """A date by the words before or after it, or by its number."""
        found = best((*self._days_before(meaning), *self._days_labelled(meaning)))
        return found or self._numbered_day(meaning)

    def _near(self, row: Row, label: Label) -> Candidate | None:
        score = label_trust(row, label) + (0.8 if label.is_apart else 0.0)
        piece = self._beside(row, label) or self._below(row, label)
        return Candidate((piece,), score) if piece else None

    def numbered_text(self, meaning: str) -> Candidate | None:
        """The value by its number."""
        return Candidate((self.numbered[meaning],), 2.0) if meaning in self.numbered else None

    def is_heading(self, meaning: str) -> bool:
        """A label of the meaning stands as a heading or before a colon."""
        return any(label.is_apart for _, label in self.reading.labelled(meaning))

    def _beside(self, row: Row, label: Label) -> Piece | None:
        """What follows the label, and its translation, up to the next label."""
        end = self._end_of_run(row, label)
        others = [o for o in self.reading.labels[row.number] if o.start >= end and o.meaning != label.meaning]
        later = [other.start for other in others if _leads(row, other)]
        stop = min(later, default=len(row.text))
        for start, cell_end in row.cells:
            if cell_end > end and start < stop and (piece := trimmed(row, max(start, end), min(cell_end, stop))):
                return piece if any(map(str.isalnum, piece.text)) else None
        return None

    def _end_of_run(self, row: Row, label: Label) -> int:
        """Where the label ends, with labels of the same value in other languages after it."""
        end = label.end
        for other in self.reading.labels[row.number]:
            joint = _JOINTS.fullmatch(row.text[end : other.start]) if other.start >= end else None
            if joint and "\t" not in joint[0] and other.start > label.start:
                end = other.end
        return end

    def _below(self, row: Row, label: Label) -> Piece | None:
        place = row.span_box(label.start, label.end)
        for below in self.reading.rows[row.number + 1 : row.number + 3]:
            if below.box.top - row.box.bottom > 2.5 * self.reading.height:
                return None
            for start, end in below.cells:
                box = below.span_box(start, end)
                if box.left < place.right and box.right > place.left and start < end:
                    piece = trimmed(below, start, end)
                    return None if piece is None or self.is_labelled(piece) else piece
        return None

    def is_labelled(self, piece: Piece) -> bool:
        """A label stands in the piece, as a heading or before a colon."""
        return any(
            label.is_apart and piece.start <= label.start < piece.end for label in self.reading.labels[piece.row.number]
        )

    def _shaped(self, row: Row, label: Label, shape: Callable[[str], Iterator[Span]]) -> Iterator[Candidate]:
        score = label_trust(row, label)
        rest = trimmed(row, label.end, self._next_field(row, label))
        for piece in (rest, self._beside(row, label), self._below(row, label)):
            span = next(iter(shape(piece.text)), None) if piece else None
            if piece and span:
                held = Piece(piece.row, piece.start + span.start, piece.start + span.end)
                yield Candidate((held,), score + span.weight, span.normalized or None)

    def _next_field(self, row: Row, label: Label) -> int:
        """Where another field begins behind a label's value: its label, with the number before it on numbered cards."""
        later = [x.start for x in self.reading.labels[row.number] if x.start > label.end and x.length > SHORT]
        stop = min(later, default=len(row.text))
        number = _FIELD_NUMBER.search(row.text, label.end, stop) if later and self.numbered else None
        return number.start() if number else stop

    def _days_before(self, meaning: str) -> Iterator[Candidate]:
        """Dates that are followed by the words of a meaning, as in Japanese."""
        suffix = re.compile(_SUFFIXES.get(meaning, r"(?!)"))
        for row in self.reading.rows:
            for span in self.reading.dates[row.number]:
                if suffix.match(row.text, span.end):
                    yield Candidate((Piece(row, span.start, span.end),), 3.5, span.normalized)

    def _days_labelled(self, meaning: str) -> Iterator[Candidate]:
        """Dates beside or under a label; of a period such as "1.1.2020 ~ 1.1.2030" the end."""
        for row, label in self.reading.labelled(meaning):
            score = label_trust(row, label) + (0.5 if label.is_apart else 0.0)
            end = self._end_of_run(row, label)
            later = [x.start for x in self.reading.labels[row.number] if x.start >= end and _is_date_label(x)]
            stop = min(later, default=len(row.text))
            spans = [s for s in self.reading.dates[row.number] if label.end <= s.start < stop]
            if spans:
                yield _day(row, spans[-1] if meaning == "expiry_date" else spans[0], score + 1.0)
                continue
            yield from self._days_under(row, label, score)

    def _days_under(self, row: Row, label: Label, score: float) -> Iterator[Candidate]:
        place = row.span_box(label.start, label.end)
        for below in self.reading.rows[row.number + 1 : row.number + 3]:
            if below.box.top - row.box.bottom > 2.5 * self.reading.height:
                return
            for span in self.reading.dates[below.number]:
                box = below.span_box(span.start, span.end)
                if box.left < place.right and box.right > place.left - row.height:
                    yield _day(below, span, score + 0.4)

    def _numbered_day(self, meaning: str) -> Candidate | None:
        piece = self.numbered.get(meaning)
        for span in self.reading.dates[piece.row.number] if piece else ():
            if piece and piece.start <= span.start < piece.end:
                return _day(piece.row, span, 2.0)
        return None


def card_of(found: Finders, subject: str = SUBJECT) -> Card:
    """The page as a card, with the labels of a lexicon."""
    reading = found.reading.under(subject)
    numbered: dict[str, Piece] = {}
    for row in reading.rows:
        for start, end in row.cells:
            match = _NUMBERED.fullmatch(row.text[start:end])
            key = _ISO_FIELDS.get(match["key"].lower(), "") if match else ""
            if match and key and key not in numbered:
                numbered[key] = Piece(row, start + match.start("value"), end)
    return Card(reading, numbered if len(numbered) > 3 else {})


def find_holder(found: Finders, template_id: str) -> dict[str, Candidate]:
    """The fields of a driving licence or of one of the cards, those that there are, and the parts of the name."""
    card = card_of(found)
    number = _number(card, template_id)
    finds = {
        "name": _name(card, template_id),
        "birth_date": card.day("birth_date"),
        "sex": card.shaped("sex", sexes),
        "address": _address(card),
        "license_no": number,
        "id_no": number,
        "issue_date": card.day("issue_date") or _only_day(card, template_id),
        "expiry_date": card.day("expiry_date"),
        "class": _class(card),
        "surname": card.text("surname") or card.numbered_text("surname"),
        "given_names": card.text("given_names") or card.numbered_text("given_names"),
    }
    return {name: candidate for name, candidate in finds.items() if candidate}


def sexes(text: str) -> Iterator[Span]:
    """Words and letters for a sex."""
    for match in _SEX.finditer(text):
        yield Span(match.start(), match.end(), {})


def numbers(text: str) -> Iterator[Span]:
    """Numbers of documents and people, spaces and dashes inside them."""
    for match in _NUMBER.finditer(text):
        if sum(char.isdigit() for char in match[0]) >= 3:
            yield Span(match.start(), match.end(), {})


def _name(card: Card, template_id: str) -> Candidate | None:
    """The labelled name, or surname and given names under labels or numbers of their own."""
    whole = card.text("name")
    surname, given = card.text("surname"), card.text("given_names")
    if surname and given and surname.pieces != given.pieces and (not whole or whole.pieces == surname.pieces):
        return replace(surname, pieces=(*surname.pieces, *given.pieces))
    if whole:
        return replace(whole, pieces=(_until_date(card, whole.pieces[0]),))
    numbered = [card.numbered[key] for key in ("surname", "given_names") if key in card.numbered]
    if numbered:
        return Candidate(tuple(numbered), 2.0)
    return _korean_name(card) if template_id == "resident_card" else None


def _until_date(card: Card, piece: Piece) -> Piece:
    """The piece up to a date that follows it in the same cell."""
    starts = [span.start for span in card.reading.dates[piece.row.number] if span.start > piece.start]
    return trimmed(piece.row, piece.start, min([piece.end, *starts])) or piece


def _korean_name(card: Card) -> Candidate | None:
    """Korean cards print the name without a label, under the title."""
    for row in card.reading.rows:
        for start, end in row.cells:
            match = _KOREAN_NAME.match(row.text[start:end])
            if match and not match["name"].endswith("증"):
                return Candidate((Piece(row, start + match.start("name"), start + match.end("name")),), 1.5)
    return None


def _address(card: Card) -> Candidate | None:
    """The labelled or numbered address with the lines under it, else lines that look like one."""
    numbered, labelled = card.numbered_text("address"), card.text("address")
    first = numbered if numbered and not card.is_heading("address") else labelled or numbered
    if first is None:
        rows = [row for row in card.reading.rows if address_score(row.text.replace("\t", " ")) > 0.5]
        return Candidate(tuple(Piece(row, 0, len(row.text)) for row in rows[:2]), 1.2) if rows else None
    pieces = [*first.pieces]
    for below in card.reading.rows[pieces[0].row.number + 1 : pieces[0].row.number + 3]:
        more = _continuation(card, below, pieces[-1], pieces[0].box.left)
        if more is None:
            break
        pieces.append(more)
    return replace(first, pieces=tuple(pieces))


def _continuation(card: Card, row: Row, last: Piece, left: float) -> Piece | None:
    """The cell on the next row that begins where the address does and is nothing else."""
    for start, end in row.cells:
        piece = Piece(row, start, end)
        box = piece.box
        aligned = abs(box.left - left) < 1.5 * card.reading.height
        close = box.top - last.box.bottom < 1.0 * card.reading.height
        dated = any(start <= span.start < end for span in card.reading.dates[row.number])
        if aligned and close and not dated and not _is_of_another(card, piece):
            return piece
    return None


def _is_of_another(card: Card, piece: Piece) -> bool:
    """The cell is a label, follows one on its row, or is a field of its own by its number."""
    headed = any(label.is_apart and label.end <= piece.start for label in card.reading.labels[piece.row.number])
    return headed or card.is_labelled(piece) or bool(_NUMBERED.fullmatch(piece.text))


def _number(card: Card, template_id: str) -> Candidate | None:
    """A number whose form and check digit leave no doubt, else the labelled or numbered one."""
    form, is_right = _SURE_NUMBERS.get(template_id, (r"(?!)", lambda _: False))
    for row in card.reading.rows:
        for match in re.finditer(form, row.text):
            score = 3.0 if is_right(match[0]) else 1.5
            sure = Candidate((Piece(row, match.start(), match.end()),), score)
            if score > 2.0 or not card.shaped("document_no", numbers):
                return sure
    return card.shaped("document_no", numbers) or card.numbered_text("document_no")


def _class(card: Card) -> Candidate | None:
    return card.text("class") or card.numbered_text("class")


def _only_day(card: Card, template_id: str) -> Candidate | None:
    """Korean cards print one date without a label: that of the issue."""
    if template_id != "resident_card":
        return None
    days = [_day(row, span, 1.5) for row in card.reading.rows for span in card.reading.dates[row.number]]
    return days[-1] if len(days) == 1 else None


def _day(row: Row, span: Span, score: float) -> Candidate:
    return Candidate((Piece(row, span.start, span.end),), score, span.normalized)


def _leads(row: Row, label: Label) -> bool:
    """The label heads something of its own."""
    start, end = row.cell_at(label.start)
    is_followed = any(map(str.isalnum, row.text[label.end : end]))
    is_clear = label.exact and label.length > SHORT and (is_followed or label.meaning in _ASIDE)
    return label.is_apart or label.start == start or is_clear


def _is_date_label(label: Label) -> bool:
    return label.meaning.endswith("_date") or label.is_apart
