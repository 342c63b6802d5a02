"""Every code of the ledger has words for the customer."""

import ast
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.errors import SpocrError
from billing import usage
from billing.models import Kind
from billing.usage import Payer
from frontend import usage_names
from frontend.usage_names import OUTCOMES
from ocr import (  # noqa: F401 - their errors are among those looked for
    extractor,
    images,
    pool,
    reading,
    searchable_pdf,
    sources,
    web_address,
)

ROOT = Path(__file__).resolve().parent.parent.parent
READERS = ("reading", "pool", "images", "extractor", "sources", "searchable_pdf", "web_address")


def codes_of_errors() -> set[str]:
    found, classes = set(), [SpocrError]
    while classes:
        one = classes.pop()
        classes += one.__subclasses__()
        if one.__module__.startswith(tuple(f"ocr.{name}" for name in READERS)):
            found.add(one.code)
    return found


def codes_in_sources() -> set[str]:
    """What stands in the source as a reason to give back."""
    found = set()
    for source in (ROOT / "ocr/jobs.py", ROOT / "ocr/sheets.py", ROOT / "billing/usage.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("release", "_give_up"):
                given = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "reason")]
                texts = [part.value for part in given if isinstance(part, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and " " not in text}
    return found


def test_every_reason_that_the_code_gives_has_a_sentence():
    errors, written = codes_of_errors(), codes_in_sources()

    assert {"timeout", "no_text", "damaged", "ocr_engine_error"} <= errors
    assert {"cancelled", "removed", "nothing_read"} <= written
    assert (errors | written | {usage.READ, usage.DIED, usage.CRASHED, "not_read"}) - set(OUTCOMES) == set()


@pytest.mark.parametrize("language", ["ja", "ko"])
def test_every_reason_is_told_in_every_language(language):
    with translation.override("en"):
        english = {code: usage_names.outcome(code) for code in OUTCOMES}
    with translation.override(language):
        assert [code for code in OUTCOMES if usage_names.outcome(code) == english[code]] == []


def test_a_reason_that_nobody_has_words_for_is_still_told():
    assert usage_names.outcome("made_up") == "It was refused (made_up)."


def test_the_page_says_why_something_was_free(signed_in, organization, alice):
    for door, reason in (("upload", "timeout"), ("parse", "damaged")):
        payer = Payer(organization, "192.0.2.1", endpoint=door)
        usage.release(usage.reserve(payer, Kind.SCAN, units=2), reason=reason)

    shown = signed_in.get(reverse("not_charged")).content.decode()

    assert "Reading took too long and was given up." in shown
    assert "The file is damaged." in shown
    assert "Parse API" in shown
    assert "timeout" not in shown
    assert "2 scans" in shown


def test_usage_is_split_by_names_and_not_by_ids(signed_in, organization, api_key):
    key = organization.keys.get()
    sheet = organization.items.create(kind="sheet", name="Receipts of May", columns=[])
    payer = Payer(organization, "192.0.2.1", key=key.public_id, endpoint="fields", sheet=sheet.unique_key)
    usage.settle(usage.reserve(payer, Kind.SCAN), units=1)
    usage.settle(usage.reserve(Payer(organization, "192.0.2.1", sheet="itm_gone"), Kind.SCAN), units=1)

    def rows(by):
        shown = signed_in.get(reverse("usage"), {"by": by})
        return [name for name, _ in shown.context["parts"]]

    assert sorted(rows("key")) == ["Pages of this site", "tests"]
    assert sorted(rows("sheet")) == ["Receipts of May", "itm_gone"]
    assert sorted(rows("endpoint")) == ["/ocr/fields", "Pages of this site"]
    assert rows("outcome") == ["Read"]
