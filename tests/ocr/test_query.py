"""`where` and `sort`: the database finds exactly what a few lines of Python find, on each database."""

import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.errors import WrongValue
from ocr import query
from ocr.models import Item
from tests.ocr.sheets_cast import add, add_values, cell, new_sheet

# One table of queries for both databases: parameter(s), names of the rows found in order.
ROWS: list[dict[str, Any]] = [
    {"name": "a.png", "vendor": "ACME", "code": "007", "day": cell("20 Nov 2026", date="2026-11-20"),
     "total": "¥84,263", "items": [{"description": "Tea", "amount": "100"}, {"description": "Ink", "amount": "7"}]},
    {"name": "b.png", "vendor": "acme ltd", "code": "7", "day": cell("2026/01/05", date="2026-01-05"),
     "total": cell("1.234,50 €", amount="1234.50", currency="EUR"), "items": [{"description": "tea", "amount": "20"}]},
    {"name": "c.png", "vendor": "株式会社 山田", "code": "A-1", "day": "someday", "total": "-5"},
    {"name": "d.png", "vendor": "Straße", "code": "", "day": "", "total": "n/a"},
    {"name": "e.png"},
]  # fmt: skip
TABLE = [
    (["total>1000"], [], "a b d"),  # text beside numbers: compared as text with "1000"
    (["total>1,000", "total!=n/a"], [], "a b"),
    (["total=84263"], [], "a"),
    (["total=$84,263.00"], [], "a"),
    (["total<0"], [], "c e"),
    (["total<=-5", "total!="], [], "c"),
    (["total=1234.5"], [], "b"),
    (["total~84,2"], [], "a"),
    (["code=7"], [], "a b"),
    (["code=A-1"], [], "c"),
    (["code=a-1"], [], ""),
    (["code~a-1"], [], "c"),
    (["code="], [], "d e"),
    (["day>2026-06-30", "day!=someday"], [], "a"),
    (["day=Nov 20, 2026"], [], "a"),
    (["day=2026-01-05"], [], "b"),
    (["day~nov"], [], "a"),
    (["vendor~ACME"], [], "a b"),
    (["vendor~山田"], [], "c"),
    (["vendor~STRASSE"], [], "d"),
    (["vendor > ACME"], [], "b c d"),
    (["items.amount>50"], [], "a"),
    (["items.amount<50"], [], "a b"),
    (["items.amount=20"], [], "b"),
    (["items.description~TEA"], [], "a b"),
    (["items.description=Tea"], [], "a"),
    (["items.description!=Tea"], [], "a b"),
    (["name=c.png"], [], "c"),
    (["name~PNG"], ["-name"], "e d c b a"),
    (["ocrStatus=done"], ["vendor"], "a d b c e"),
    (["ocrStatus~PEND"], [], ""),
    ([], ["total"], "c b a d e"),
    ([], ["-total"], "d a b c e"),
    ([], ["total:desc"], "d a b c e"),
    ([], ["day:asc"], "b a c d e"),
    ([], ["code"], "a b c d e"),
    ([], ["ocrStatus:desc", "-code"], "c a b d e"),
]  # fmt: skip


@pytest.fixture
def sheet(organization) -> Item:
    sheet = new_sheet(organization)
    for row in ROWS:
        add(sheet, **row)
    return sheet


def found(sheet: Item, where: list[str], sort: list[str]) -> tuple[list[str], int]:
    asked = query.parse(sheet.columns, where=where, sort=sort, select=[])
    ids, matched = query.page(sheet, asked, offset=0, limit=500)
    names = dict(sheet.rows.values_list("id", "name"))
    return [names[id_] for id_ in ids], matched


@pytest.mark.parametrize(("where", "sort", "names"), TABLE, ids=lambda value: str(value))
def test_the_table_of_queries_has_the_same_answers_on_each_database(sheet, where, sort, names):
    expected = [f"{name}.png" for name in names.split()]

    assert found(sheet, where, sort) == (expected, len(expected))


# What the oracle below calls numbers and dates has nothing in common with `ocr/cells.py`.
TEXTS = st.one_of(
    st.sampled_from(["", "0", "-0", "007", "1,234.5", "$5", "¥-5", "12abc", "ÄÖ", "äö", "ß", "%_", "'\"", "\\", "3€"]),
    st.decimals(-(10**7), 10**7, places=2).map(str),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6),
)
OPERATORS = st.sampled_from(query.OPERATORS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=1, max_size=8), OPERATORS, TEXTS, st.booleans())
def test_any_condition_and_order_agree_with_a_python_oracle(organization, texts, operator, value, is_descending):
    organization.items.all().delete()
    sheet = new_sheet(organization, columns=[{"name": "odd \"n'ame->>%s", "type": "string", "description": ""}])
    column = sheet.columns[0]["name"]
    for number, text in enumerate(texts):
        add_values(sheet, str(number), {column: text})

    names, matched = found(sheet, [f"{column}{operator}{value}"], [f"-{column}" if is_descending else column])

    expected = oracle(texts, operator, value.strip(), is_descending)
    assert (names, matched) == ([str(number) for number in expected], len(expected))


def oracle(texts: list[str], operator: str, value: str, is_descending: bool) -> list[int]:
    fitting = [n for n, text in enumerate(texts) if holds(text, operator, value)]
    filled = sorted((n for n in fitting if texts[n]), key=lambda n: rank(texts[n]), reverse=is_descending)
    if is_descending:  # equal rows keep the sheet's order either way
        filled.sort(key=lambda n: rank(texts[n]), reverse=True)
    return filled + [n for n in fitting if not texts[n]]


def holds(text: str, operator: str, value: str) -> bool:
    if operator == "~":
        return value.casefold() in text.casefold()
    one: Any = number(text)
    other: Any = number(value)
    if one is None or other is None:
        one, other = text, value
    return {"=": one == other, "!=": one != other, ">": one > other, ">=": one >= other,
            "<": one < other, "<=": one <= other}[operator]  # fmt: skip


def rank(text: str) -> tuple[int, Any]:
    return (1, text) if number(text) is None else (0, number(text))


def number(text: str) -> Decimal | None:
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").replace(",", "")
    for sign in "$€¥£₩円元원":
        plain = plain.replace(sign, "")
    plain = plain.strip()
    if not plain.isascii() or not plain.strip("+-").replace(".", "", 1).isdigit() or plain[1:].strip("+-") != plain[1:]:
        return None
    return Decimal(plain)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30), st.sampled_from(["where", "sort", "select"]))
def test_whatever_is_asked_is_answered_or_refused_by_name(sheet, text, parameter):
    asked: dict[str, list[str]] = {"where": [], "sort": [], "select": [], parameter: [text]}
    try:
        wanted = query.parse(sheet.columns, **asked)
    except WrongValue as error:
        assert error.details["errors"][0]["field"] == parameter  # type: ignore[index]
        return
    query.page(sheet, wanted, offset=0, limit=500)


KNOWN = "name, ocrStatus, vendor, code, day, total, items.description, items.amount"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"where": ["colour=red"]}, f"where: There is no column 'colour'. The columns are: {KNOWN}."),
        ({"where": ["items>5"]}, f"where: There is no column 'items'. The columns are: {KNOWN}."),
        (
            {"where": ["total 5"]},
            "where: 'total 5' has no operator. Write <column><operator><value> with one of != >= <= = > < ~.",
        ),
        ({"where": ["total=\0"]}, "where: Must be text of at most 2000 characters, without NUL."),
        ({"where": ["total=" + "1" * 2000]}, "where: Must be text of at most 2000 characters, without NUL."),
        ({"where": ["total=1"] * 21}, "where: Is given 21 times; at most 20 are allowed."),
        ({"sort": ["colour:desc"]}, f"sort: There is no column 'colour'. The columns are: {KNOWN}."),
        ({"sort": ["total:down"]}, "sort: 'down' is no direction. Write total:asc or total:desc."),
        ({"sort": ["-items.amount"]}, "sort: A row has many 'items.amount'; sort by a column that it has once."),
        (
            {"select": ["total,colour"]},
            "select: There is no column 'colour'. The columns are: vendor, code, day, total, items, name.",
        ),
    ],
)
def test_what_cannot_be_asked_is_named(sheet, asked, message):
    with pytest.raises(WrongValue) as refusal:
        query.parse(sheet.columns, **{"where": [], "sort": [], "select": [], **asked})

    assert str(refusal.value) == message


def test_the_longest_column_that_fits_is_meant(organization):
    columns = [{"name": name, "type": "string", "description": ""} for name in ("a", "a>b", "name")]
    sheet = new_sheet(organization, columns=columns)
    add_values(sheet, "file", {"a": "b=1", "a>b": "1", "name": "own"})

    assert found(sheet, ["a>b=1"], []) == (["file"], 1)
    assert found(sheet, ["name=own"], []) == (["file"], 1)
    assert found(sheet, ["name=file"], []) == ([], 0)


def test_a_page_past_the_end_still_says_how_many_fit(sheet):
    asked = query.parse(sheet.columns, where=["name~png"], sort=[], select=[])

    assert query.page(sheet, asked, offset=99, limit=10) == ([], 5)
