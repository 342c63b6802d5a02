"""POST /ocr/text: the whole text of one page, each word with its place."""

import json
from unittest.mock import ANY

import pytest
from django.test import Client

from tests import pictures, poison
from tests.contracts.conftest import Near
from tests.contracts.workspace.conftest import encoded, envelope, refused
from tests.ocr.searchable_pdf.papers import written


@pytest.fixture
def ask(api_key):
    def call(body):
        headers = {"Authorization": f"Bearer {api_key}"}
        return Client().post("/ocr/text", json.dumps(body), content_type="application/json", headers=headers)

    return call


@pytest.fixture(scope="module")
def two_words() -> bytes:
    return poison.encoded(pictures.page("Hello World", typeface=pictures.latin(44), size=(800, 300)), "PNG")


def placed(text, left, top, right, bottom):
    x1, y1, x2, y2 = (Near(edge, 40) for edge in (left, top, right, bottom))
    return {
        "text": text,
        "bbox": {"xmin": x1, "ymin": y1, "xmax": x2, "ymax": y2},
        "vertices": [{"x": x1, "y": y1}, {"x": x2, "y": y1}, {"x": x2, "y": y2}, {"x": x1, "y": y2}],
        "confidence": Near(0.9, 0.1),
    }


def test_the_text_is_answered_with_lines_and_words(ask, two_words, charged):
    response = ask({"image": encoded(two_words)})

    words = [placed("Hello", 100, 210, 235, 375), placed("World", 250, 210, 400, 375)]
    assert (response.status_code, response.json()) == (
        200,
        {
            "status": "success",
            "text": "Hello World",
            "pages": [
                {
                    "page": 1,
                    "width": 800,
                    "height": 300,
                    "rotation": 0,
                    "language": ANY,  # the engine's own guess
                    "source": "engine",
                    "lines": [{**placed("Hello World", 100, 210, 400, 375), "words": words}],
                }
            ],
            "usage": {"charged": True, "units": 1, "remaining": 99},
        },
    )
    assert charged() == [("scan", "settled", 1, 2)]


def test_a_page_of_a_pdf_is_read(ask):
    body = ask({"image": encoded(poison.GOOD["pdf_two_pages"]()), "page": 2, "language_hints": ["en"]}).json()

    assert body["pages"][0]["page"] == 2
    assert "TWO" in body["text"]


def test_the_text_of_a_page_that_a_program_wrote_says_so(ask):
    lines = ["Invoice 12345 of 4 May 2026", "Total amount due: 1,234.50 EUR", "Thank you for your order."]

    body = ask({"image": encoded(written(*lines))}).json()

    assert body["pages"][0]["source"] == "text layer"
    assert body["text"].split("\n") == lines


@pytest.mark.parametrize(
    ("extra", "name"), [({"fields": [{"name": "a"}]}, "fields"), ({"template_id": "invoice"}, "templateId")]
)
def test_fields_are_not_asked_for_here(ask, two_words, charged, extra, name):
    message = f"/ocr/text reads the whole text and takes no {name}. Send it to /ocr/fields."

    assert refused(ask({"image": encoded(two_words), **extra})) == (400, envelope("invalid_request", message))
    assert charged() == []


def test_a_blank_page_is_told_and_free(ask, charged):
    blank = poison.encoded(pictures.page(typeface=pictures.latin(10)), "PNG")

    status, body = refused(ask({"image": encoded(blank)}))

    assert (status, body["error"]["code"], body["details"]) == (502, "ocr_engine_error", {"reason": "no_text"})
    assert charged() == [("scan", "released", 1, 2)]


@pytest.mark.parametrize("body", [{}, {"image": ""}])
def test_an_image_is_required(ask, body):
    message = "image is required: a URL, or the file's bytes as base64."

    assert refused(ask(body)) == (400, envelope("invalid_request", message))
