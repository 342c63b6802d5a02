"""Every row of docs/reliability.md names tests that exist, or says that there is none."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PAGE = (TESTS.parent / "docs" / "reliability.md").read_text()
ROWS = re.findall(r"^\| ([RSIF]\d+) .*$", PAGE, re.MULTILINE)
NAMED = re.findall(r"`((?:[a-z_]+/)*test_\w+\.py)::(\w+)`", PAGE)
# How many rows the reference list has of each kind.
MANY = {"R": 16, "S": 33, "I": 8, "F": 32}


def test_each_row_of_the_list_stands_there_once():
    asked = [f"{kind}{number}" for kind, many in MANY.items() for number in range(1, many + 1)]

    assert Counter(ROWS) == Counter(asked)


@pytest.mark.parametrize("line", [line for line in PAGE.splitlines() if re.match(r"\| [RSIF]\d", line)])
def test_each_row_names_a_test_or_says_that_there_is_none(line):
    assert re.search(r"::test_\w+`", line) or "not tested" in line


def test_every_named_test_exists():
    missing = [f"{path}::{name}" for path, name in NAMED if name not in _tests_of(path)]

    assert missing == []
    assert len(NAMED) > len(ROWS)


@cache
def _tests_of(path: str) -> set[str]:
    file = TESTS / path
    if not file.exists():
        return set()
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}
