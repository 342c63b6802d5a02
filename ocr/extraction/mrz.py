"""Machine readable zones of passports and cards (ICAO 9303): fields by position, check digits verified.

Engines drop or merge fillers ("<"), so fields are counted from the left, where there are few, and only
what a check digit proves is called proven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ocr.extraction.checksums import mrz_digit
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece, Row

_FILLERS = str.maketrans(
    {"«": "<<", "‹": "<", "〈": "<", "《": "<<", "く": "<", "＜": "<", "≤": "<", "(": "<", "€": "C"}
)
_TO_DIGIT = str.maketrans("OQDILZSBG", "000112586")
_TO_LETTER = str.maketrans("015826", "OISBZG")
_SHAPE = re.compile(r"[A-Z0-9<]{24,48}")
LEAST = 24  # Characters from which a row can be a line of a zone.
PROVEN, READ = 3.0, 2.0  # Scores of what a check digit proves, and of what is only read.


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a zone: its characters, and for each the index in the row's text."""

    row: Row
    text: str
    places: tuple[int, ...]

    def piece(self, start: int, end: int) -> Piece | None:
        """The stretch of the row that holds these characters, fillers at its ends dropped."""
        while start < end and self.text[start : start + 1] in ("<", ""):
            start += 1
        end = min(end, len(self.text))
        while end > start and self.text[end - 1] == "<":
            end -= 1
        return Piece(self.row, self.places[start], self.places[end - 1] + 1) if start < end else None


@dataclass(frozen=True, slots=True)
class Zone:
    """The fields of a zone that was found.

    Attributes:
        lines: Its lines from the top.
        fields: Candidates by the names of the passport's fields.
        failed: Names of fields whose check digit is wrong.
    """

    lines: tuple[Line, ...]
    fields: dict[str, Candidate]
    failed: tuple[str, ...]


def find_zone(reading: Reading) -> Zone | None:
    """The machine readable zone at the foot of a page, or None."""
    lines = [line for row in reading.rows if (line := _line(row))]
    for index, line in enumerate(lines[:-1]):
        following = lines[index + 1]
        if line.text[0] in "PV" and _is_two_line(following):
            return _passport(line, following)
        if line.text[0] in "IAC" and len(lines) > index + 2 and len(line.text) <= 34:
            return _card(lines[index : index + 3])
        if line.text[0] in "IAC" and _is_two_line(following):
            return _passport(line, following)
    return None


def _line(row: Row) -> Line | None:
    """The row as a line of a zone: capitals, digits and fillers only, and enough of them."""
    kept = [(char, i) for i, raw in enumerate(row.text) for char in raw.translate(_FILLERS) if not char.isspace()]
    text = "".join(char for char, _ in kept).upper()
    if len(text) != len(kept) or not _SHAPE.fullmatch(text) or "<" not in text:
        return None
    return Line(row, text, tuple(index for _, index in kept))


def _is_two_line(line: Line) -> bool:
    """The second line of a zone begins with a number, its check digit and a state's code."""
    return bool(re.match(r"[A-Z0-9<]{9}[0-9OISBZ<][A-Z<0]{3}[0-9OISBZ]{6}", line.text))


def _passport(first: Line, second: Line) -> Zone:
    """Lines of 44 (or 36) characters: names above, numbers below."""
    parts = {
        "type": first.piece(0, 2),
        "country": first.piece(2, 5),
        **_names(first, 5),
        "passport_no": second.piece(0, 9),
        "nationality": second.piece(10, 13),
        "birth_date": second.piece(13, 19),
        "sex": second.piece(20, 21),
        "expiry_date": second.piece(21, 27),
    }
    proofs = {"passport_no": (0, 9), "birth_date": (13, 19), "expiry_date": (21, 27)}
    return _zone((first, second), parts, {name: (second, *span) for name, span in proofs.items()})


def _card(lines: Sequence[Line]) -> Zone:
    """Three lines of 30 characters, as on identity and residence cards."""
    first, second, third = lines
    parts = {
        "type": first.piece(0, 2),
        "country": first.piece(2, 5),
        "passport_no": first.piece(5, 14),
        "birth_date": second.piece(0, 6),
        "sex": second.piece(7, 8),
        "expiry_date": second.piece(8, 14),
        "nationality": second.piece(15, 18),
        **_names(third, 0),
    }
    proofs = {"passport_no": (first, 5, 14), "birth_date": (second, 0, 6), "expiry_date": (second, 8, 14)}
    return _zone((first, second, third), parts, proofs)


def _names(line: Line, start: int) -> dict[str, Piece | None]:
    """Surname and given names, which two fillers part."""
    match = re.compile(r"(?P<surname>[A-Z](?:<?[A-Z])*)<<(?P<given>[A-Z](?:<?[A-Z])*)?").match(line.text, start)
    if not match:
        return {}
    given = line.piece(*match.span("given")) if match["given"] else None
    return {"surname": line.piece(*match.span("surname")), "given_names": given}


def _zone(lines: tuple[Line, ...], parts: dict[str, Piece | None], proofs: dict[str, tuple[Line, int, int]]) -> Zone:
    fields: dict[str, Candidate] = {}
    failed = []
    for name, piece in parts.items():
        if piece is None:
            continue
        proven = name in proofs and _is_proven(*proofs[name])
        failed += [name] if name in proofs and not proven else []
        fields[name] = Candidate((piece,), PROVEN if proven else READ, _normalized(name, piece))
    whole = tuple(Piece(line.row, line.places[0], line.places[-1] + 1) for line in lines)
    fields["mrz"] = Candidate(whole, READ if failed else PROVEN, {"mrz": "\n".join(line.text for line in lines)})
    return Zone(lines, fields, tuple(failed))


def _is_proven(line: Line, start: int, end: int) -> bool:
    """The check digit after a stretch fits, as read or with letters that look like digits put right."""
    text, digit = line.text[start:end], line.text[end : end + 1].translate(_TO_DIGIT)
    readings = {text, text.translate(_TO_DIGIT), text[:2] + text[2:].translate(_TO_DIGIT)}
    return any(mrz_digit(one) == (digit.replace("<", "0") or None) for one in readings)


def _normalized(name: str, piece: Piece) -> dict[str, str] | None:
    if not name.endswith("_date"):
        return None
    digits = piece.text.upper().translate(_TO_DIGIT)
    if not re.fullmatch(r"\d{6}", digits):
        return None
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    # A zone has two digits of a year: births lie in the past, expiries at most some decades ahead.
    century = 1900 if (name == "birth_date" and year > 30) or year > 75 else 2000
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return {"date": f"{century + year}-{month:02}-{day:02}"}


def rows_of_zone(zone: Zone | None) -> Iterator[int]:
    """Numbers of the rows that a zone takes up."""
    return (line.row.number for line in zone.lines) if zone else iter(())
