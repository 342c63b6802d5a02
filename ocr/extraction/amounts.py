"""Amounts of money and plain numbers, with the decimal habits of many countries."""

import re
from collections.abc import Iterator
from decimal import Decimal

from ocr.extraction.spans import HALF_WIDTH, Span

CURRENCIES = {
    "RM": "MYR", "MYR": "MYR", "US$": "USD", "USD": "USD", "S$": "SGD", "SGD": "SGD", "$": "USD",
    "€": "EUR", "EUR": "EUR", "EURO": "EUR", "£": "GBP", "GBP": "GBP", "¥": "JPY", "￥": "JPY",
    "JPY": "JPY", "円": "JPY", "圓": "TWD", "元": "CNY", "CNY": "CNY", "RMB": "CNY", "NT$": "TWD",
    "TWD": "TWD", "HK$": "HKD", "HKD": "HKD", "₩": "KRW", "KRW": "KRW", "원": "KRW", "CHF": "CHF",
    "SFR": "CHF", "₹": "INR", "INR": "INR", "RS.": "INR", "RS": "INR", "CA$": "CAD", "CAD": "CAD",
    "C$": "CAD", "A$": "AUD", "AUD": "AUD", "R$": "BRL", "BRL": "BRL", "MXN": "MXN", "IDR": "IDR",
    "RP": "IDR", "THB": "THB", "฿": "THB", "PHP": "PHP", "₱": "PHP", "PLN": "PLN", "SEK": "SEK",
    "NOK": "NOK", "DKK": "DKK", "KR": "SEK",
}  # fmt: skip

_SIGN = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_NUMBER = (
    r"\d{1,3}(?:,\d{2})+,\d{3}(?:\.\d{1,2})?"  # 6,00,000.00
    r"|\d{1,3}(?:[.,'’]\d{3})+(?:[.,]\d{1,2})?"  # 1.234,56
    r"|\d{1,3}(?:[ \u00a0]\d{3})+,\d{2}"  # 1 234,56
    r"|\d+[.,]\d{1,4}"
    r"|\d+\s?\.\s\d{2}|\d+\s\.\d{2}"  # 28. 00, split by the engine
    r"|\.\d{2}"
    r"|\d+"
)
_MONEY = re.compile(
    rf"(?P<open>\((?=[^()]*\d[^()]*\)))?(?P<minus>(?<!\d)(?<!\d\s)[-−–][ \u00a0]?)?"
    rf"(?:(?<![^\W\d_])(?P<before>{_SIGN})[ \u00a0]?)?(?P<sign>[-−–])?"
    rf"(?<![\d.,])(?P<number>{_NUMBER})(?![\d])(?!\s?%)(?![.,/:]\d)"
    rf"(?P<after>[ \u00a0]?(?:{_SIGN})(?![^\W_]))?(?P<behind>-(?!\s?\d))?(?P<close>(?(open)\)))",
    re.IGNORECASE,
)
_PLAIN = re.compile(rf"(?<![\d.,/:-])-?(?:{_NUMBER})(?!\d)(?![.,/:]\d)")
_CURRENCY = re.compile(rf"(?<![^\W_])(?:{_SIGN})(?![^\W\d_])", re.IGNORECASE)


def amounts(text: str) -> Iterator[Span]:
    """The amounts in a text. Whole numbers without a currency weigh little."""
    for match in _MONEY.finditer(text.translate(HALF_WIDTH)):
        value = decimal_of(match["number"])
        negative = any(match[g] for g in ("minus", "sign", "behind")) or match["open"]
        sign = (match["before"] or match["after"] or "").strip().upper()
        form = {"amount": _plain(-value if negative else value)}
        if sign:
            form["currency"] = CURRENCIES[sign]
        yield Span(match.start(), match.end(), form, _weight(match["number"], sign))


def is_money(text: str) -> bool:
    """It is an amount with cents from end to end."""
    return any(span.weight >= 1.0 and span.end - span.start == len(text) for span in amounts(text))


def numbers(text: str) -> Iterator[Span]:
    """Plain numbers: quantities, counts, rates."""
    for match in _PLAIN.finditer(text.translate(HALF_WIDTH)):
        value = decimal_of(match[0].lstrip("-"))
        form = {"number": _plain(-value if match[0].startswith("-") else value)}
        yield Span(match.start(), match.end(), form)


def currencies(text: str) -> Iterator[Span]:
    """Currency signs and codes."""
    for match in _CURRENCY.finditer(text):
        code = CURRENCIES[match[0].upper()]
        yield Span(match.start(), match.end(), {"currency": code}, 0.5 if len(match[0]) < 2 else 1)


def decimal_of(printed: str) -> Decimal:
    """The number behind "1.234,56", "1,234.56", "1'234", "6,00,000.00", "28. 00"."""
    raw = re.sub(r"[\s\u00a0'’]", "", printed)
    mark = max(raw.rfind("."), raw.rfind(","))
    if mark < 0:
        return Decimal(raw)
    whole, tail = re.sub(r"[.,]", "", raw[:mark]), raw[mark + 1 :]
    both = "." in raw and "," in raw
    once = raw.count(raw[mark]) == 1
    if once and (both or len(tail) != 3):
        return Decimal(f"{whole or 0}.{tail}")
    return Decimal(whole + tail)


def _plain(value: Decimal) -> str:
    return f"{value:f}"


def _weight(number: str, sign: str) -> float:
    if re.search(r"[.,]\s?\d{2}$", number):
        return 1.0
    if sign:
        return 0.9
    return 0.5 if re.search(r"[.,]", number) else 0.2
