"""Times, telephone numbers, tax ids, document numbers, e-mail and web addresses."""

import re
from collections.abc import Iterator

from ocr.extraction.checksums import is_iban
from ocr.extraction.dates import dates
from ocr.extraction.spans import Span

_TIME = re.compile(
    r"(?<!\d)(?<!\d:)(?:[01]?\d|2[0-3])\s?:\s?[0-5]\d(?:\s?:\s?[0-5]\d)?(?:\s?[AP]\.?M\b\.?)?(?!\s?[:\d])"
    r"|(?<!\d)(?:[01]?\d|2[0-3])[h時时시]\s?[0-5]\d分?(?!\d)",
    re.IGNORECASE,
)
_TIME_AFTER_YEAR = re.compile(
    r"(?<=(?:19|20)\d{2})(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s?[AP]\.?M\b\.?)?", re.IGNORECASE
)
_PHONE = re.compile(r"(?<![A-Za-z0-9_/.,])\(?\+?\d[\d\s().\-]{5,18}\d(?![\w,]|[./]\d)")
_VAT = re.compile(
    r"(?<![^\W_])(?:AT\s?U\d{8}|BE\s?0?\d{9,10}|DE\s?\d{9}|DK\s?\d{8}|ES\s?[A-Z0-9]\d{7}[A-Z0-9]"
    r"|FI\s?\d{8}|FR\s?[A-Z0-9]{2}\s?\d{9}|GB\s?(?:\d{9}|\d{3}\s\d{4}\s\d{2})|IE\s?\d[A-Z0-9]\d{5}[A-Z]{1,2}"
    r"|IT\s?\d{11}|LU\s?\d{8}|NL\s?\d{9}B\d{2}|PL\s?\d{10}|PT\s?\d{9}|SE\s?\d{12}|CHE[-\s]?\d{3}\.\d{3}\.\d{3}"
    r"|T\d{13}|\d{2}[A-Z]{5}\d{4}[A-Z]\dZ[A-Z\d])(?![^\W_])"
)
_TAX_NUMBER = re.compile(r"(?<![\w.,])[A-Z]{0,3}\s?\d[\dA-Z\-/. ]{5,18}[\dA-Z](?![\w])")
LEAST_DIGITS = 6  # Of a tax number in no known form.
_NUMBER = re.compile(r"[A-Z0-9](?:[\w\-/.#]| (?=[-/])|(?<=[-/]) )*", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WEBSITE = re.compile(r"(?:https?://|www\.)[\w-]+(?:\.[\w-]+)+(?:/\S*)?", re.IGNORECASE)
_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?:\s?[A-Z0-9]){11,30}(?![^\W_])")
_ACCOUNT = re.compile(r"(?<![\w-])\d{2,8}(?:[- ]\d{1,8}){1,4}(?![\w-])|(?<![\w-])\d{6,16}(?![\w-])")


def times(text: str) -> Iterator[Span]:
    """Times of day."""
    for form in (_TIME, _TIME_AFTER_YEAR):
        yield from _spans(form, text)


def phones(text: str) -> Iterator[Span]:
    """Telephone numbers of 7 to 15 digits."""
    for span in _spans(_PHONE, text):
        digits = sum(char.isdigit() for char in text[span.start : span.end])
        if 7 <= digits <= 15:
            yield span


def tax_ids(text: str) -> Iterator[Span]:
    """VAT ids by their country's form, then any number that could be one, with less weight."""
    sure = list(_spans(_VAT, text))
    yield from sure
    for span in _spans(_TAX_NUMBER, text, 0.4):
        digits = sum(char.isdigit() for char in text[span.start : span.end])
        if digits >= LEAST_DIGITS and not any(span.start < s.end and s.start < span.end for s in sure):
            yield span


def document_numbers(text: str) -> Iterator[Span]:
    """Numbers of documents: letters, digits, dashes, slashes, with at least one digit."""
    for match in _NUMBER.finditer(text):
        end = match.start() + len(match[0].rstrip(" .-/"))
        bracketed = text[match.start() - 1 : match.start()] == "(" and text[end : end + 1] == ")"
        if any(char.isdigit() for char in match[0]) and not _is_date(match[0]):
            weight = 0.0 if bracketed else 1.0 if end - match.start() > 2 else 0.4
            yield Span(match.start(), end, {}, weight)


def _is_date(text: str) -> bool:
    return any(span.weight >= 0.9 and span.end - span.start > len(text) - 3 for span in dates(text))


def emails(text: str) -> Iterator[Span]:
    yield from _spans(_EMAIL, text)


def websites(text: str) -> Iterator[Span]:
    yield from _spans(_WEBSITE, text)


def ibans(text: str) -> Iterator[Span]:
    """IBANs with the right check digits; words that stand behind are left off."""
    for match in _IBAN.finditer(text):
        end = match.end()
        while end - match.start() > 14 and not is_iban(text[match.start() : end]):
            end -= 1
        if is_iban(text[match.start() : end]):
            yield Span(match.start(), match.start() + len(text[match.start() : end].rstrip()), {})


def account_numbers(text: str) -> Iterator[Span]:
    """IBANs, then numbers of accounts as banks print them, with dashes or spaces."""
    sure = list(ibans(text))
    yield from sure
    for span in _spans(_ACCOUNT, text, 0.6):
        if not any(span.start < s.end and s.start < span.end for s in sure):
            yield span


def _spans(form: re.Pattern[str], text: str, weight: float = 1.0) -> Iterator[Span]:
    for match in form.finditer(text):
        yield Span(match.start(), match.end(), {}, weight)
