"""Dates in the orders, separators, month names and eras that documents use."""

import datetime
import re
from collections.abc import Iterator

from ocr.extraction.spans import HALF_WIDTH, Span

# Month names in English, German, French, Spanish, Italian, Dutch, Portuguese.
_MONTHS = (
    "january jan januar janvier janv enero ene gennaio januari janeiro",
    "february feb februar février fevrier févr febrero febbraio februari fevereiro",
    "march mar märz maerz mrz mars marzo maart mrt março",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mei maio",
    "june jun juni juin junio giugno junho",
    "july jul juli juillet juil julio luglio julho",
    "august aug août aout agosto ago augustus",
    "september sept sep septembre septiembre settembre setembro",
    "october oct oktober okt octobre octubre ottobre outubro",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
)
MONTHS = {name: number for number, row in enumerate(_MONTHS, 1) for name in row.split()}

# First year of an era minus one.
_ERAS = {
    "令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867, "R": 2018, "H": 1988, "S": 1925,
    "民國": 1911, "民国": 1911,
}  # fmt: skip
_NUMERALS = {sign: value for value, signs in enumerate(("〇零○", *"一二三四五六七八九")) for sign in signs}

_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = r"(?P<d>\d{1,2})"
_YEAR = r"(?P<y>(?:19|20)\d{2}|\d{2})"
_END = r"(?:(?!\d)|(?=\d{1,2}:\d{2}))"  # A time may be stuck to the year.
_GAP = r"[\s\-/.,']{0,3}"
_MARK = r"(?P<s>[-/.])"
_SIGNS = "[〇零○一二三四五六七八九十百]"
_WRITTEN = rf"(?P<m>{_SIGNS}{{1,2}})月(?P<d>{_SIGNS}{{1,3}})日"

_NUMERIC = rf"(?<!\d)(?P<a>\d{{1,2}})\s?{_MARK}\s?(?P<b>\d{{1,2}})\s?(?P=s)\s?{_YEAR}{_END}(?![-/.]\d)"

_FORMS: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(form, re.IGNORECASE), weight)
    for form, weight in (
        (r"(?P<era>令和|平成|昭和|大正|明治|民[國国])\s*(?P<y>元|\d{1,3})\s*年\s*"
         r"(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日?", 1.0),
        (rf"(?P<era>令和|平成|昭和|大正|明治|民[國国])(?P<y>元|{_SIGNS}{{1,5}})年{_WRITTEN}", 1.0),
        (rf"(?<!{_SIGNS})(?P<y>[〇零○一二三四五六七八九]{{4}})年{_WRITTEN}", 1.0),
        (r"(?P<y>\d{4})\s*年\s*[(（][^)）]{1,10}[)）]\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日?", 1.0),
        (r"(?P<y>\d{4})\s*[年년]\s*(?P<m>\d{1,2})\s*[月월]\s*(?P<d>\d{1,2})\s*[日일]?", 1.0),
        (r"(?<![\dA-Z])(?P<era>[RHS])\s?(?P<y>\d{1,2})[./](?P<m>\d{1,2})[./](?P<d>\d{1,2})(?!\d)", 0.5),
        (r"(?<!\d)(?P<y>(?:19|20)\d{2})\. ?(?P<m>\d{1,2})\. (?P<d>\d{1,2})\.(?!\d)", 1.0),
        (rf"(?<!\d)(?P<y>(?:19|20)\d{{2}})\s?{_MARK}\s?(?P<m>\d{{1,2}})\s?(?P=s)\s?{_DAY}{_END}", 1.0),
        (rf"(?<!\d){_DAY}(?:st|nd|rd|th|º|\.)?{_GAP}(?:(?:de|of)\s?)?"
         rf"(?P<name>{_NAME})\.?{_GAP}(?:del?\s?)?{_YEAR}{_END}", 1.0),
        (rf"(?<![^\W\d_])(?P<name>{_NAME})\.?{_GAP}"
         rf"{_DAY}(?:st|nd|rd|th)?[\s\-/.,']{{1,3}}{_YEAR}{_END}", 1.0),
        (_NUMERIC, 0.95),
        (r"(?<!\d)(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)", 0.3),
    )
)  # fmt: skip


def dates(text: str, order: str = "dmy") -> Iterator[Span]:
    """The dates in a text, left to right within each form; no two overlap.

    Args:
        text: Any stretch of text.
        order: "dmy", "mdy", or "ymd" for years of two digits; settles numeric dates that could be read both ways.
    """
    text = text.translate(HALF_WIDTH)
    taken: list[tuple[int, int]] = []
    for form, weight in _FORMS:
        for match in form.finditer(text):
            day = _date(match, order)
            if day is None or _runs_on(text, match) or any(match.start() < e and s < match.end() for s, e in taken):
                continue
            taken.append(match.span())
            end = match.start() + len(match[0].rstrip())
            yield Span(match.start(), end, {"date": day.isoformat()}, weight)


def _runs_on(text: str, match: re.Match[str]) -> bool:
    """The same separator and a digit stand before it: part of a longer number."""
    mark = match.groupdict().get("s")
    before = text[max(match.start() - 2, 0) : match.start()]
    return bool(mark) and len(before) == 2 and before[1] == mark and before[0].isdigit()


def order_of(texts: Iterator[str], default: str = "dmy") -> str:
    """Whether a page puts the day or the month first, by its dates that leave no choice."""
    votes = {"dmy": 0, "mdy": 0}
    for text in texts:
        for match in re.finditer(_NUMERIC, text):
            votes["dmy"] += int(match["a"]) > 12 >= int(match["b"])
            votes["mdy"] += int(match["b"]) > 12 >= int(match["a"])
    if votes["dmy"] == votes["mdy"]:
        return default
    return max(votes, key=lambda key: votes[key])


def _date(match: re.Match[str], order: str) -> datetime.date | None:
    parts = match.groupdict()
    if parts.get("a"):
        first = _year_first(parts) if order == "ymd" else None
        return first or _numeric(int(parts["a"]), int(parts["b"]), _year(parts), order)
    month = MONTHS[parts["name"].lower()] if parts.get("name") else _count(parts["m"])
    return _valid(_year(parts), month, _count(parts["d"]))


def _year_first(parts: dict[str, str | None]) -> datetime.date | None:
    """A date of two digits each that begins with the year."""
    year, month, day = parts["a"] or "", parts["b"] or "", parts["y"] or ""
    return _valid(_century(year), int(month), int(day)) if len(year) == len(day) == 2 else None


def _numeric(a: int, b: int, year: int, order: str) -> datetime.date | None:
    pairs = [(a, b), (b, a)] if order == "mdy" else [(b, a), (a, b)]
    return next((day for m, d in pairs if (day := _valid(year, m, d))), None)


def _year(parts: dict[str, str | None]) -> int:
    year = parts["y"] or ""
    if era := parts.get("era"):
        return _ERAS[era.upper()] + (1 if year == "元" else _count(year))
    return _count(year) if len(year) == 4 else _century(year)


def _century(year: str) -> int:
    """The year that two digits stand for."""
    count = _count(year)
    return count + (2000 if count < 70 else 1900)


def _count(text: str | None) -> int:
    """A number in digits, or in numerals: 二〇二三, 二十三, 百十五."""
    if not text or text.isdecimal():
        return int(text or 0)
    for sign, worth in (("百", 100), ("十", 10)):
        if sign in text:
            above, _, below = text.partition(sign)
            return worth * (_count(above) or 1) + _count(below)
    return int("".join(str(_NUMERALS[sign]) for sign in text))


def _valid(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None
