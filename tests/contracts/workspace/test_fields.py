"""POST /ocr/fields that succeeds: every asked-for field, with its place on the page and its price."""

import json
from unittest.mock import ANY

import pytest

from ocr.api import throttling
from ocr.extraction.templates import TEMPLATES
from tests import pictures, poison
from tests.contracts.conftest import Near
from tests.contracts.workspace.conftest import encoded
from tests.poison import GOOD

TOTAL = [{"name": "total", "type": "money"}]


def located(value: str, left: int, top: int, right: int, bottom: int, **normalized: str) -> dict[str, object]:
    """A found value on the grid of 1000; places are right within 30."""
    x1, y1, x2, y2 = (Near(edge, 30) for edge in (left, top, right, bottom))
    found = {
        "value": value,
        "bbox": {"xmin": x1, "ymin": y1, "xmax": x2, "ymax": y2},
        "vertices": [{"x": x1, "y": y1}, {"x": x2, "y": y1}, {"x": x2, "y": y2}, {"x": x1, "y": y2}],
        "match_ratio": 1.0,
        "bbox_source": "token_id",
        "confidence": Near(0.8, 0.2),
    }
    return {**found, "normalized": normalized} if normalized else found


NOT_FOUND = {
    "value": "",
    "bbox": None,
    "vertices": None,
    "match_ratio": 0.0,
    "bbox_source": None,
    "confidence": 0.0,
}


def test_own_fields_are_found_with_their_boxes(post, receipt, charged):
    columns = [{"name": "description"}, {"name": "amount", "type": "money"}]
    fields = [
        {"name": "total", "type": "money", "description": "what is to pay"},
        {"name": "date", "type": "date"},
        {"name": "tracking number"},
        {"name": "items", "type": "array", "children": columns},
    ]

    response = post({"image": encoded(receipt), "imageType": "base64", "fields": fields})

    rows = [
        {
            "description": located("Coffee", 96, 222, 267, 303),
            "amount": located("3.50", 293, 222, 399, 303, amount="3.50"),
        },
        {
            "description": located("Tea", 95, 343, 195, 423),
            "amount": located("2.00", 225, 343, 331, 423, amount="2.00"),
        },
    ]
    assert response.status_code == 200
    assert response.json() == {
        "status": "success",
        "data": {
            "total": located("$5.50", 254, 457, 395, 540, amount="5.50", currency="USD"),
            "date": located("2026-11-20", 238, 578, 519, 657, date="2026-11-20"),
            "tracking number": NOT_FOUND,
            "items": {**located("", 95, 222, 399, 423), "value": rows},
        },
        "image": {"width": 800, "height": 600, "rotation": 0, "language": ANY},  # the engine's own guess
        "warnings": [],
        "usage": {"charged": True, "units": 1, "remaining": 99},
    }
    assert charged() == [("scan", "settled", 1, 2)]


@pytest.mark.parametrize("template_id", ["receipt", "invoice"])
def test_a_template_answers_all_of_its_fields_in_order(post, receipt, template_id):
    data = post({"image": encoded(receipt), "templateId": template_id}).json()["data"]

    assert list(data) == [field.name for field in TEMPLATES[template_id].fields]
    assert data["total"] == located("$5.50", 254, 457, 395, 540, amount="5.50", currency="USD")


@pytest.mark.parametrize(
    "spelled",
    [
        lambda image: {"image": encoded(image)},
        lambda image: {"image": encoded(image), "image_type": "base64"},
        lambda image: {"image": "data:image/png;base64," + encoded(image), "imageType": "base64"},
        lambda image: {"image": encoded(image), "languageHints": ["en", "ja"], "prompt": "only the total"},
        lambda image: {"image": encoded(image), "language_hints": "de-DE", "page": 1},
    ],
)
def test_a_request_is_written_in_several_ways(post, receipt, spelled):
    body = post({**spelled(receipt), "fields": TOTAL}).json()

    assert body["data"] == {"total": located("$5.50", 254, 457, 395, 540, amount="5.50", currency="USD")}


def test_a_template_is_named_in_snake_case_too(post, receipt):
    assert post({"image": encoded(receipt), "template_id": "receipt"}).status_code == 200


def test_an_image_is_fetched_from_the_web(post, site, receipt):
    url = site("/receipt.png", receipt)

    for body in ({"image": url}, {"image": url, "imageType": "url"}):
        answer = post({**body, "fields": TOTAL})
        assert answer.json()["data"]["total"]["value"] == "$5.50"


@pytest.mark.parametrize("name", ["jpeg_rgb", "gif", "webp", "tiff_1bit_g4", "pdf_scan"])
def test_every_format_is_read(post, name):
    answer = post({"image": encoded(GOOD[name]()), "fields": [{"name": "invoice"}]})

    assert answer.status_code == 200
    assert list(answer.json()["data"]) == ["invoice"]


def test_one_page_of_a_pdf_is_read_and_charged(post, charged):
    answer = post({"image": encoded(GOOD["pdf_two_pages"]()), "page": 2, "fields": [{"name": "page"}]}).json()

    assert answer["data"]["page"]["value"] == "TWO"
    assert charged() == [("scan", "settled", 1, 2)]


def test_vertices_follow_the_tilt_and_the_box_is_their_hull(post):
    image = pictures.tilted(pictures.page("Total  $5.50", typeface=pictures.latin(44), size=(800, 300)), 5)

    total = post({"image": encoded(poison.encoded(image, "PNG")), "fields": TOTAL}).json()["data"]["total"]

    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = ((corner["x"], corner["y"]) for corner in total["vertices"])
    assert total["value"] == "$5.50"
    assert y1 < y2 < y3 > y4 > y1
    assert x4 < x1 < x2
    assert total["bbox"] == {
        "xmin": min(x1, x4),
        "ymin": y1,
        "xmax": max(x2, x3),
        "ymax": y3,
    }


def test_the_answer_tells_what_is_left(post, receipt, monkeypatch):
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_013.0)  # no minute ends between the two
    bodies = [post({"image": encoded(receipt), "fields": TOTAL}) for _ in range(2)]

    assert [body.json()["usage"]["remaining"] for body in bodies] == [99, 98]
    assert [body["X-RateLimit-Remaining"] for body in bodies] == ["59", "58"]


def test_numbers_on_the_grid_are_whole(post, receipt):
    box = json.loads(post({"image": encoded(receipt), "fields": TOTAL}).content)["data"]["total"]["bbox"]

    assert all(type(edge) is int and 0 <= edge <= 1_000 for edge in box.values())


@pytest.mark.parametrize("path", ["/ocr/fields", "/ocr/fields/"])
def test_the_path_ends_with_and_without_a_slash(client, api_key, receipt, path):
    body = {"image": encoded(receipt), "fields": TOTAL}

    answer = client.post(path, body, content_type="application/json", headers={"Authorization": f"Bearer {api_key}"})

    assert answer.status_code == 200
