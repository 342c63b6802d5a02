"""Check digits of identity papers, accounts and tax ids. Each function takes a text as printed."""

import re
from collections.abc import Callable

_MRZ = {**{str(digit): digit for digit in range(10)}, "<": 0} | {
    chr(ord("A") + index): 10 + index for index in range(26)
}
_GSTIN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def mrz_digit(text: str) -> str:
    """The check digit of a part of a machine readable zone (ICAO 9303, part 3)."""
    return str(sum(_MRZ.get(char, 0) * (7, 3, 1)[index % 3] for index, char in enumerate(text)) % 10)


def is_iban(text: str) -> bool:
    """An IBAN whose check digits are right (ISO 13616)."""
    plain = _plain(text)
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", plain):
        return False
    return int("".join(str(int(char, 36)) for char in plain[4:] + plain[:4])) % 97 == 1


def is_korean_resident_no(text: str) -> bool:
    """Thirteen digits with the right last one; numbers given from October 2020 on carry none."""
    digits = _digits(text)
    return len(digits) == 13 and (11 - _weighted(digits[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10 == int(
        digits[12]
    )


def is_my_number(text: str) -> bool:
    """Twelve digits with the right last one (Japan, ordinance 85 of 2014, article 5)."""
    digits = _digits(text)
    if len(digits) != 12:
        return False
    rest = _weighted(digits[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def is_chinese_id(text: str) -> bool:
    """Eighteen characters with the right last one (GB 11643)."""
    plain = _plain(text)
    if not re.fullmatch(r"\d{17}[\dX]", plain):
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[_weighted(plain[:17], weights) % 11] == plain[17]


def tax_id_fails(text: str) -> bool:
    """The form is that of a country whose check digits are known, and they are wrong."""
    plain = _plain(text)
    for form, is_right in _TAX_IDS:
        if re.fullmatch(form, plain):
            return not is_right(plain)
    return False


def _german(plain: str) -> bool:
    product = 10
    for digit in plain[2:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(plain[10])


def _british(plain: str) -> bool:
    total = _weighted(plain[2:9], (8, 7, 6, 5, 4, 3, 2)) + int(plain[9:11])
    return total % 97 == 0 or (total + 55) % 97 == 0


def _french(plain: str) -> bool:
    return int(plain[2:4]) == (12 + 3 * (int(plain[4:]) % 97)) % 97


def _dutch(plain: str) -> bool:
    """Of a company (eleven test), or of a person (as an IBAN)."""
    eleven = _weighted(plain[2:10], (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    person = int("".join(str(int(char, 36)) for char in plain)) % 97 == 1
    return eleven == int(plain[10]) or person


def _belgian(plain: str) -> bool:
    return 97 - int(plain[-10:-2]) % 97 == int(plain[-2:])


def _luhn(digits: str) -> bool:
    doubled = [sum(divmod(2 * int(d), 10)) if index % 2 else int(d) for index, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _italian(plain: str) -> bool:
    return _luhn(plain[2:])


def _swiss(plain: str) -> bool:
    return (11 - _weighted(plain[3:11], (5, 4, 3, 2, 7, 6, 5, 4)) % 11) % 11 == int(plain[11])


def _indian(plain: str) -> bool:
    products = [_GSTIN.index(char) * (1 + index % 2) for index, char in enumerate(plain[:14])]
    return _GSTIN[-sum(sum(divmod(product, 36)) for product in products) % 36] == plain[14]


def _japanese(plain: str) -> bool:
    weighted = sum(int(d) * (1 + index % 2) for index, d in enumerate(reversed(plain[2:])))
    return 9 - weighted % 9 == int(plain[1])


_TAX_IDS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    (r"DE\d{9}", _german),
    (r"GB\d{9}", _british),
    (r"FR\d{11}", _french),
    (r"NL\d{9}B\d{2}", _dutch),
    (r"BE[01]\d{9}", _belgian),
    (r"IT\d{11}", _italian),
    (r"CHE\d{9}(?:MWST|TVA|IVA)?", _swiss),
    (r"\d{2}[A-Z]{5}\d{4}[A-Z][1-9A-Z]Z[0-9A-Z]", _indian),
    (r"T\d{13}", _japanese),
)


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def _plain(text: str) -> str:
    return re.sub(r"[\s.\-/]", "", text).upper()


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789")
