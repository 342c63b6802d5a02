"""Which extractor an installation uses."""

import pytest

from config.checks import check_language_model
from ocr import extractor
from ocr.extraction.fields import Field
from ocr.extractor import Wanted
from tests.ocr.extraction.pages import page


def ids(settings, url="", model="", key=""):
    settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_API_KEY = url, model, key
    return [problem.id for problem in check_language_model()]


def test_a_language_model_is_set_up_wholly_or_not_at_all(settings):
    assert ids(settings) == []
    assert ids(settings, url="http://localhost:8080/v1", model="small") == []
    assert ids(settings, url="http://localhost:8080/v1") == ["spocr.E003"]
    assert ids(settings, model="small") == ["spocr.E003"]
    assert ids(settings, key="secret") == ["spocr.E003"]
    assert ids(settings, url="localhost:8080", model="small") == ["spocr.E003"]


@pytest.mark.parametrize(("url", "model"), [("", ""), ("http://127.0.0.1:9", ""), ("", "small")])
def test_without_a_whole_setup_the_rules_find_the_fields(settings, url, model):
    settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_WITH_PICTURE = url, model, True

    found = extractor.extract(page("Total 12.00"), Wanted((Field("total", "money"),)))

    assert (found.values["total"].text, found.notices) == ("12.00", ())
    assert not extractor.wants_picture()


def test_a_server_that_is_away_is_done_without(settings):
    settings.LLM_BASE_URL, settings.LLM_MODEL = "http://127.0.0.1:9", "small"

    found = extractor.extract(page("Total 12.00"), Wanted((Field("total", "money"),)))

    assert found.values["total"].text == "12.00"
    assert [notice.code for notice in found.notices] == ["language_model_failed"]


def test_a_page_that_is_no_document_is_told():
    with pytest.raises(extractor.NoDocument):
        extractor.proposed(page("The quick brown fox jumps over the lazy dog"))
