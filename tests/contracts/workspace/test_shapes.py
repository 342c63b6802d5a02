"""POST /ocr/fields beside the usual form: proposed fields, flat answers, a language model."""

import json

import pytest

from tests import pictures, poison
from tests.contracts.workspace.conftest import encoded, envelope, refused
from tests.fakes import language_model

COLUMNS = [{"name": "description"}, {"name": "amount", "type": "money"}]
FIELDS = [{"name": "total", "type": "money"}, {"name": "items", "type": "array", "children": COLUMNS}]
NOT_ON_PAGE = {"bbox": None, "vertices": None, "match_ratio": 0.0, "bbox_source": None, "confidence": 0.0}


@pytest.fixture
def flat(api_key, client):
    def call(body, shape="flat"):
        headers = {"Authorization": f"Bearer {api_key}"}
        return client.post(f"/ocr/fields?shape={shape}", body, content_type="application/json", headers=headers)

    return call


@pytest.fixture
def model(settings):
    with language_model.running() as running:
        settings.LLM_BASE_URL, settings.LLM_MODEL = running.url, "small"
        yield running


@pytest.fixture(scope="module")
def prose() -> bytes:
    lines = ("The quick brown fox jumps over", "the lazy dog and runs away from", "the hounds of the old manor house.")
    return poison.encoded(pictures.page(*lines, typeface=pictures.latin(40), size=(1_000, 400)), "PNG")


def test_a_flat_answer_has_plain_texts_and_everything_else_beside_them(flat, post, receipt):
    full = post({"image": encoded(receipt), "fields": FIELDS}).json()["data"]

    data = flat({"image": encoded(receipt), "fields": FIELDS}).json()["data"]

    def beside(found):
        return {name: part for name, part in found.items() if name != "value"}

    rows = full["items"]["value"]
    assert [row["description"]["value"] for row in rows] == ["Coffee", "Tea"]
    assert data == {
        "total": "$5.50",
        "items": [
            {
                "description": row["description"]["value"],
                "amount": row["amount"]["value"],
                "field_bboxes": {"description": beside(row["description"]), "amount": beside(row["amount"])},
            }
            for row in rows
        ],
        "field_bboxes": {"total": beside(full["total"]), "items": beside(full["items"])},
    }


def test_an_unknown_shape_is_named(flat, receipt, charged):
    _, answer = refused(flat({"image": encoded(receipt), "fields": FIELDS}, shape="round"))

    assert answer["details"] == {"errors": [{"field": "shape", "message": "Must be full or flat."}]}
    assert charged() == []


@pytest.mark.parametrize("name", ["autoFields", "auto_fields"])
def test_fields_are_proposed_from_the_page(post, receipt, charged, name):
    data = post({"image": encoded(receipt), name: True}).json()["data"]

    assert 4 <= len(data) <= 8
    assert data["total"]["value"] == "$5.50"
    assert [row["description"]["value"] for row in data["items"]["value"]] == ["Coffee", "Tea"]
    assert charged() == [("scan", "settled", 1, 2)]


def test_fields_of_an_unknown_kind_of_document_are_named_after_its_labels(post):
    lines = ("Membership", "Member: Robin Example", "Shelf: B-1207", "Since: 3 May 2019", "Fee: $12.50", "Branch: East")
    image = poison.encoded(pictures.page(*lines, typeface=pictures.latin(40), size=(900, 520)), "PNG")

    data = post({"image": encoded(image), "autoFields": True}).json()["data"]

    assert {name: found["value"] for name, found in data.items()} == {
        "member": "Robin Example",
        "shelf": "B-1207",
        "since": "3 May 2019",
        "fee": "$12.50",
        "branch": "East",
    }
    assert data["since"]["normalized"] == {"date": "2019-05-03"}


def test_no_fields_are_proposed_for_prose_and_that_is_free(refusal, prose, charged):
    message = "The page does not look like a document with fields. Name the fields to read, or use /ocr/text."

    assert refusal({"image": encoded(prose), "autoFields": True}) == (
        400,
        envelope("invalid_image", message, reason="no_document"),
    )
    assert charged() == [("scan", "released", 1, 2)]


def test_prose_has_no_values(post, prose):
    for template_id in ("invoice", "receipt", "passport", "business_card"):
        data = post({"image": encoded(prose), "templateId": template_id}).json()["data"]
        assert {name: found["value"] for name, found in data.items() if found["value"]} == {}


@pytest.mark.parametrize("given", [1, "yes", [True]])
def test_auto_fields_is_true_or_absent(refusal, receipt, given):
    status, body = refusal({"image": encoded(receipt), "autoFields": given})

    assert (status, body["details"]["errors"]) == (
        400,
        [{"field": "autoFields", "message": "Must be true or false."}],
    )


@pytest.mark.parametrize("prompt", [5, "x" * 4_001])
def test_a_prompt_is_a_short_text(refusal, receipt, prompt):
    status, body = refusal({"image": encoded(receipt), "fields": FIELDS, "prompt": prompt})

    assert (status, body["details"]["errors"][0]["field"]) == (400, "prompt")


def test_a_language_model_finds_fields_and_gets_the_prompt(post, receipt, model):
    model.say = lambda _: json.dumps({"f1": {"value": "$5.50", "tokens": []}, "f2": []})

    answer = post({"image": encoded(receipt), "fields": FIELDS, "prompt": "no tips"}).json()

    assert (answer["data"]["total"]["value"], answer["data"]["total"]["bbox_source"]) == (
        "$5.50",
        "vision_symbol_match",
    )
    assert answer["data"]["items"] == {"value": [], **NOT_ON_PAGE}
    assert answer["warnings"] == []
    assert "no tips" in model.asked[0]["messages"][0]["content"]


def test_a_value_that_the_model_invents_has_no_box(post, receipt, model):
    model.say = lambda _: json.dumps({"f1": {"value": "£777", "tokens": [0]}, "f2": []})

    answer = post({"image": encoded(receipt), "fields": FIELDS}).json()

    assert answer["data"]["total"] == {
        "value": "£777",
        **NOT_ON_PAGE,
        "normalized": {"amount": "777", "currency": "GBP"},
    }
    assert [warning["code"] for warning in answer["warnings"]] == ["not_on_page"]


def test_the_models_picture_is_the_page(post, receipt, model, settings):
    settings.LLM_WITH_PICTURE = True
    model.say = lambda _: json.dumps({"f1": {"value": "", "tokens": []}, "f2": []})

    post({"image": encoded(receipt), "fields": FIELDS})

    picture = model.asked[0]["messages"][1]["content"][1]["image_url"]["url"]
    assert picture.startswith("data:image/jpeg;base64,/9j/")


def test_a_model_that_fails_is_done_without_and_told(post, receipt, model, charged):
    model.status = 500

    answer = post({"image": encoded(receipt), "fields": FIELDS}).json()

    assert answer["data"]["total"]["value"] == "$5.50"
    assert answer["warnings"] == [
        {
            "code": "language_model_failed",
            "fields": [],
            "message": "The language model answered with the status 500; the fields were found without it.",
        }
    ]
    assert charged() == [("scan", "settled", 1, 2)]
