"""What queries look at: for each cell of a sheet one text whose plain order is the cell's order. Pure.

A key begins with its kind: `1` numbers, `2` dates, `3` other texts. Numbers follow in a form
that sorts as they do, digit by digit, so that both databases (and Python) compare them exactly,
by bytes, without reading any number. An empty cell is the key `3`.

The cells of a row are three lists of one length: keys; the text as printed where the key does not
hold it; the text in one letter case where that differs. Number 0 is the row's name, the columns
follow in the sheet's order.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ocr.extraction.dates import dates

Json = dict[str, Any]
# Keys, texts, folds; the last may be left out where nothing is searched.
Cells = Sequence[Sequence[str | None]]

# Confidence and match ratio from which a value is taken as it was read.
CONFIDENT = 0.85
NUMBER, DATE, TEXT = "1", "2", "3"
EMPTY = TEXT
NAME_INDEX = 0
_CURRENCY_WORDS = "円元원"
_PLAIN = re.compile(r"[+-]?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})", re.ASCII)
_HALVES = re.compile("[\ud800-\udfff]")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_COMPLEMENT = str.maketrans("0123456789", "9876543210")
_EXPONENT_OFFSET = 500


def encode(name: str, values: Mapping[str, Any], columns: Sequence[Json]) -> Json:
    """The columns `keys`, `texts`, `folds`, `lines` and `unsure_values` of a row.

    Args:
        values: By column, as `/ocr/fields` prints them.
        columns: Field definitions of the sheet, as on the wire.
    """
    lines = {
        str(number): [_cells(item, column["children"]) for item in items_of(values, column)]
        for number, column in enumerate(columns, 1)
        if column["type"] == "array"
    }
    keys, texts, folds = _cells(values, columns)
    key, text, fold = _cell({"value": name})
    return {
        "keys": [key, *keys],
        "texts": [text, *texts],
        "folds": [fold, *folds],
        "lines": lines,
        "unsure_values": sum(_unsure(values, columns)),
    }


def text_of(cells: Cells, number: int) -> str:
    """The text of one cell as printed; "" where the row holds none."""
    if number >= len(cells[0]):
        return ""
    printed = cells[1][number]
    return (cells[0][number] or EMPTY)[1:] if printed is None else printed


def is_unsure(cell: Mapping[str, Any] | None) -> bool:
    """Worth a second look: something was read, not surely, and nobody has looked at it."""
    if not cell or not isinstance(cell.get("value"), str) or not cell["value"] or "corrected_at" in cell:
        return False
    return min(cell.get("confidence") or 0.0, cell.get("match_ratio") or 0.0) < CONFIDENT


def items_of(values: Mapping[str, Any], column: Json) -> list[Json]:
    """The line items of an array column."""
    found = values.get(column["name"])
    items = found.get("value") if isinstance(found, Mapping) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def number_key(text: str) -> str | None:
    """The key of a text that is a number once commas and currency signs are stripped, else None."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-")
    plain = "".join(c for c in plain if c not in "," + _CURRENCY_WORDS and unicodedata.category(c) != "Sc")
    plain = re.sub(r"^([+-]?)\s+", r"\1", plain.strip())
    return _key_of_decimal(Decimal(plain)) if _PLAIN.fullmatch(plain) else None


def scientific(key: str) -> tuple[str, int]:
    """The number that a key of a number stands for, such as -1.5E3, and how many digits it has."""
    sign, body = key[1], key[2:]
    if sign == "5":
        return "0", 1
    if sign == "4":
        body = body.rstrip("~").translate(_COMPLEMENT)
    digits = body[3:]
    return f"{'-' if sign == '4' else ''}{digits[0]}.{digits[1:] or 0}E{int(body[:3]) - _EXPONENT_OFFSET}", len(digits)


def date_key(text: str) -> str | None:
    """The key of a text that is one date in any order and script, else None."""
    text = text.strip()
    found = [span for span in dates(text) if span.start == 0 and span.end == len(text)]
    return DATE + found[0].normalized["date"] if found else None


def folded(text: str) -> str:
    """The text as `contains` compares it: in one letter case."""
    return text.casefold()


def storable(value: Any) -> Any:
    """The value without what no database takes: NUL, halves of characters. Anything else stays as it is."""
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", value.replace("\0", ""))
    if isinstance(value, dict):
        return {storable(name): storable(entry) for name, entry in value.items()}
    return [storable(entry) for entry in value] if isinstance(value, list) else value


def _unsure(values: Mapping[str, Any], columns: Iterable[Json]) -> Iterator[bool]:
    for column in columns:
        if column["type"] == "array":
            for item in items_of(values, column):
                yield from (is_unsure(item.get(child["name"])) for child in column["children"])
        else:
            yield is_unsure(values.get(column["name"]))


def _cells(values: Mapping[str, Any], columns: Iterable[Json]) -> list[list[str | None]]:
    cells = [_cell(values.get(column["name"])) for column in columns]
    return [[cell[part] for cell in cells] for part in range(3)]


def _cell(found: Any) -> tuple[str, str | None, str | None]:
    text = found.get("value") if isinstance(found, Mapping) else None
    if not isinstance(text, str) or not text:
        return EMPTY, None, None
    key = _key_of_normalized(found.get("normalized") or {}) or number_key(text)
    fold = folded(text)
    return key or TEXT + text, text if key else None, fold if fold != text else None


def _key_of_normalized(normalized: Json) -> str | None:
    """What extraction understood goes before our own reading: it knows 1.234,50 and 20 Nov 2026."""
    for name in ("amount", "number"):
        if _PLAIN.fullmatch(number := str(normalized.get(name, ""))):
            return _key_of_decimal(Decimal(number))
    return DATE + date if _ISO_DATE.fullmatch(date := str(normalized.get("date", ""))) else None


def _key_of_decimal(number: Decimal) -> str:
    """Text that sorts as the number does: sign, exponent, digits; below zero in complement."""
    if not number:
        return NUMBER + "5"
    digits = "".join(map(str, number.as_tuple().digits)).lstrip("0").rstrip("0")
    body = f"{number.adjusted() + _EXPONENT_OFFSET:03d}{digits}"
    return NUMBER + ("6" + body if number > 0 else "4" + body.translate(_COMPLEMENT) + "~")
