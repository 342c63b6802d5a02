"""Business cards: what each line is, by its shape, its words and its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import pairwise

from ocr.extraction import codes
from ocr.extraction.finders import Finders
from ocr.extraction.keyed import best, trimmed
from ocr.extraction.lexicon import is_wide, labels_by_meaning
from ocr.extraction.places import address_score, has_postcode, is_company, is_wide_address, name_score
from ocr.extraction.reading import Candidate, Reading
from ocr.extraction.spans import Piece

SUBJECT = "people"
_PHONES = ("phone", "mobile", "fax")
_KANA = re.compile(r"[\u3040-\u30ffー・\s]{3,}")
_LATIN_NAME = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:[ \t]+[^\W\d_]\.?|[ \t]+[^\W\d_][^\W\d_'’.-]+){1,3}")
_WIDE_NAME = re.compile(r"[\u4e00-\u9fff々가-힣]{1,4}\s?[\u4e00-\u9fff々가-힣\u3040-\u30ff]{1,4}")
_WEB = re.compile(
    r"(?<![@\w.-])(?:https?://|www\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,6}(?:/[\w./-]*)?(?![\w@])", re.I
)


def find_person(found: Finders) -> dict[str, Candidate]:
    """The fields of a business card, those that there are."""
    reading = found.reading.under(SUBJECT)
    finds: dict[str, Candidate | None] = {
        "email": found.find("email"),
        "website": found.find("website") or _website(reading),
        **_numbers(reading),
        "address": _address(reading),
    }
    taken = {piece.row.number for candidate in finds.values() if candidate for piece in candidate.pieces}
    lines = [line for line in _lines(reading) if line.row.number not in taken and _is_wordy(line)]
    domain = _domain(finds["email"], finds["website"])
    finds |= _roles(reading, lines, domain)
    return {name: candidate for name, candidate in finds.items() if candidate}


def _lines(reading: Reading) -> list[Piece]:
    """The cells of the card in reading order."""
    return [p for row in reading.rows for start, end in row.cells if (p := trimmed(row, start, end))]


def _is_wordy(line: Piece) -> bool:
    digits = sum(map(str.isdigit, line.text))
    return "@" not in line.text and sum(map(str.isalpha, line.text)) > max(1, digits)


def _numbers(reading: Reading) -> dict[str, Candidate | None]:
    """Telephone numbers by the label before each; the first without one is the telephone."""
    found: dict[str, Candidate | None] = dict.fromkeys(_PHONES)
    bare: list[Candidate] = []
    for row in reading.rows:
        for span in codes.phones(row.text):
            candidate = Candidate((Piece(row, span.start, span.end),), 2.5)
            before = [x for x in reading.labels[row.number] if x.end <= span.start]
            end = max((label.end for label in before), default=0)
            kinds = [x.meaning for x in before if x.end == end and x.meaning in _PHONES]
            near = not any(map(str.isalnum, row.text[end : span.start]))
            if kinds and near:
                found[kinds[0]] = found[kinds[0]] or candidate
            elif not before or not near:
                bare.append(candidate)
    bare = [c for c in bare if not has_postcode(c.text) and address_score(c.pieces[0].row.text) < 0.5]
    found["phone"] = found["phone"] or next(iter(bare), None)
    return found


def _website(reading: Reading) -> Candidate | None:
    """A web address without "www": its words end in a domain."""
    for row in reading.rows:
        for match in _WEB.finditer(row.text):
            if "@" not in row.text[max(match.start() - 1, 0) : match.end() + 1] and len(match[0]) > 5:
                return Candidate((Piece(row, *match.span()),), 1.5)
    return None


def _address(reading: Reading) -> Candidate | None:
    """The run of lines with the highest sum of points; without its label."""
    lines = [_without_label(reading, line) for line in _lines(reading)]
    scores = [_address_points(line) for line in lines]
    top: tuple[float, int, int] = (0.9, 0, 0)
    for start in range(len(lines)):
        for end in range(start + 1, min(start + 4, len(lines)) + 1):
            run = scores[start:end]
            if min(run) > 0 and sum(run) > top[0] and _is_block(lines[start:end]):
                top = sum(run), start, end
    score, start, end = top
    return Candidate(tuple(lines[start:end]), score) if end else None


def _address_points(line: Piece) -> float:
    """Points for a line as part of an address; telephone numbers look like postcodes."""
    has_phone = not is_wide_address(line.text) and any(True for _ in codes.phones(line.text))
    return -3.0 if has_phone else address_score(line.text) + (0.8 if has_postcode(line.text) else 0.0)


def _without_label(reading: Reading, line: Piece) -> Piece:
    for label in reading.labels[line.row.number]:
        if label.meaning == "address" and label.start == line.start and line.row.text[label.start] != "〒":
            return trimmed(line.row, label.end, line.end) or line
    return line


def _is_block(lines: Sequence[Piece]) -> bool:
    """Lines close under each other, with a common edge or middle."""
    for above, below in pairwise(lines):
        a, b = above.box, below.box
        aside = min(abs(a.left - b.left), abs(a.right - b.right), abs(a.center.x - b.center.x))
        if b.top - a.bottom > 1.3 * a.height or aside > 1.5 * a.height:
            return False
    return True


def _domain(email: Candidate | None, website: Candidate | None) -> str:
    """The part of a mail or web address that is likely the company's name."""
    text = (email or website).text if (email or website) else ""  # type: ignore[union-attr]
    host = re.sub(r"^(?:https?://)?(?:www\.)?", "", text.rpartition("@")[2].lower())
    return host.partition(".")[0]


def _roles(reading: Reading, lines: Sequence[Piece], domain: str) -> dict[str, Candidate | None]:
    """Title, department, company, name and its reading: each line is one of them at most."""
    left = list(lines)
    finds: dict[str, Candidate | None] = {}
    scores: tuple[tuple[str, Callable[[Piece], float]], ...] = (
        ("company", lambda piece: _company_score(reading, piece, domain)),
        ("title", lambda piece: _word_score(piece, "title")),
        ("department", lambda piece: _word_score(piece, "department")),
        ("name", lambda piece: _name_score(reading, piece)),
    )
    for role, score in scores:
        graded = [(points, line) for line in left if (points := score(line)) > 0]
        finds[role] = best(Candidate((line,), points) for points, line in graded)
        left = [line for line in left if not graded or line is not max(graded, key=lambda pair: pair[0])[1]]
    _part_titled_name(finds)
    _part_department(finds)
    finds["name_phonetic"] = _phonetic(finds["name"], left)
    return finds


def _company_score(reading: Reading, line: Piece, domain: str) -> float:
    plain = "".join(char for char in line.text.lower() if char.isalnum())
    score = 2.0 if is_company(line.text) else 0.0
    score += 1.5 if domain and len(domain) > 2 and (domain.replace("-", "") in plain or plain in domain) else 0.0
    score += 0.3 * min(max(name_score(line.text), 0.0), 2.0) if score else 0.0
    if not score and line.text.isupper() and line.box.height > 1.2 * reading.height:
        score = 0.5
    return score - (1.0 if _word_score(line, "title") > 0 and not is_company(line.text) else 0.0)


def _word_score(line: Piece, role: str) -> float:
    text = line.text.casefold()
    if not _words(role).search(text):
        return 0.0
    return 2.0 - 0.02 * len(text) - (1.5 if is_company(line.text) else 0.0)


def _name_score(reading: Reading, line: Piece) -> float:
    """Letters only, two to four words or a few wide characters; large and high is better."""
    text = line.text.strip()
    is_latin = _LATIN_NAME.fullmatch(text) and sum(map(str.isalpha, text)) > 2
    if not (is_latin or _WIDE_NAME.fullmatch(text)) or address_score(text) > 0.3:
        return 0.0
    first = 1.5 + 0.6 * min(line.box.height / reading.height - 1.0, 2.0)
    first += 0.5 if _WIDE_NAME.fullmatch(text) else 0.0
    return first - 0.08 * line.row.number


def _part_titled_name(finds: dict[str, Candidate | None]) -> None:
    """A title and a name on one line, as in "部長 山田 太郎", are parted."""
    title = finds["title"]
    if title is None or finds["name"] is not None:
        return
    line = title.pieces[0]
    match = _words("title").search(line.text)
    if match is None or not is_wide(line.text[match.start()]):
        return
    cut = line.start + match.end()
    name = trimmed(line.row, cut, line.end)
    if name and _WIDE_NAME.fullmatch(name.text):
        finds["title"] = Candidate((Piece(line.row, line.start, cut),), title.score)
        finds["name"] = Candidate((name,), 1.5)


def _part_department(finds: dict[str, Candidate | None]) -> None:
    """A department before a title on one line, as in "営業部 部長", is parted."""
    title = finds["title"]
    if title is None or finds["department"] is not None:
        return
    line = title.pieces[0]
    head, _, tail = line.text.rpartition(" ")
    if head and tail and is_wide(head[-1]) and _words("department").search(head) and _words("title").search(tail):
        cut = line.row.text.index(tail, line.start + len(head))
        department, rest = trimmed(line.row, line.start, cut), trimmed(line.row, cut, line.end)
        if department and rest:
            finds["department"] = Candidate((department,), title.score)
            finds["title"] = Candidate((rest,), title.score)


def _phonetic(name: Candidate | None, lines: Iterable[Piece]) -> Candidate | None:
    """How a name in wide characters is read: a line of kana or of Latin letters near it."""
    if name is None or not any(map(is_wide, name.text)):
        return None
    number = name.pieces[0].row.number
    near = [line for line in lines if abs(line.row.number - number) <= 2]
    fits = [line for line in near if _KANA.fullmatch(line.text) or _LATIN_NAME.fullmatch(line.text)]
    return Candidate((min(fits, key=lambda line: abs(line.row.number - number)),), 2.0) if fits else None


@cache
def _words(role: str) -> re.Pattern[str]:
    """The words of a role, as whole words where their script has spaces."""
    parts = []
    for word in sorted({word.casefold() for word in labels_by_meaning(SUBJECT)[role]}, key=len, reverse=True):
        parts.append(re.escape(word) if is_wide(word[0]) else rf"(?<!\w){re.escape(word)}(?!\w)")
    return re.compile("|".join(parts))
