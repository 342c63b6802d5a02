"""Log lines and tracebacks without keys."""

import logging
from io import StringIO

import pytest

from ocr.api.redaction import RedactKeys, redacted

KEY = "spocr_" + "aB3" * 12


@pytest.fixture
def logged():
    """A logger as the site's console, and what it has written."""
    out = StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(RedactKeys())
    log = logging.getLogger("tests.redaction")
    log.addHandler(handler)
    yield log, out
    log.removeHandler(handler)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"GET /parse/imageurl?apikey={KEY}&url=x HTTP/1.1", "GET /parse/imageurl?apikey=…&url=x HTTP/1.1"),
        ("GET /parse/imageurl?url=x&ApiKey=anything", "GET /parse/imageurl?url=x&ApiKey=…"),
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer spocr_…"),
        (f"key '{KEY}'", "key 'spocr_…'"),
        ("spocr_short is no key, nor is an apikey", "spocr_short is no key, nor is an apikey"),
    ],
)
def test_keys_are_struck_out(text, clean):
    assert redacted(text) == clean


def test_keys_are_struck_out_of_messages_arguments_and_tracebacks(logged):
    log, out = logged

    log.warning("asked for %s", f"?apikey={KEY}")
    try:
        raise ValueError(KEY)
    except ValueError:
        log.exception("failed")

    assert KEY not in out.getvalue()
    assert "asked for ?apikey=…\n" in out.getvalue()
    assert "ValueError: spocr_…" in out.getvalue()
