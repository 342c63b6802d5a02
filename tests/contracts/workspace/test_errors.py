"""The Workspace API's one envelope: every status of the contract that is in scope, whole."""

import json

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts import api_keys
from billing import plans, usage
from billing.models import Kind
from billing.usage import Payer
from ocr import pool, reading
from ocr.api import throttling
from tests import pictures, poison
from tests.contracts.workspace.conftest import encoded, envelope, refused
from tests.engines import in_background, read, slow_page, until
from tests.poison import CASES

FIELDS = [{"name": "total"}]
NOT_JSON = "The body is not valid JSON."
UNKNOWN_KEY = "The API key is not known. Copy it again, or create one on the dashboard's page of keys."
BAD_BASE64 = "The image is not valid base64. Encode the file's bytes without line breaks."


def wrong(*errors: tuple[str, str]) -> tuple[int, dict[str, object]]:
    """400 `validation_failed` with these."""
    field, message = errors[0]
    listed = [{"field": field, "message": message} for field, message in errors]
    return 400, envelope("validation_failed", f"{field}: {message}", errors=listed)


@pytest.mark.parametrize(
    "raw",
    [b"{", b"nonsense", b'{"image": NaN}', b"\xff\xfe{}", b"[" * 100_000, b'{"page": ' + b"9" * 5_000 + b"}"],
    ids=["cut off", "words", "NaN", "no UTF-8", "nested", "a number without end"],
)
def test_a_body_that_is_no_json_is_refused(refusal, raw):
    assert refusal(raw=raw) == (400, envelope("invalid_request", NOT_JSON))


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_a_body_that_is_no_object_is_refused(refusal, body):
    assert refusal(body) == (400, envelope("invalid_request", "The body is not a JSON object."))


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"image": ""}', b'{"image": null}', b'{"fields": [{"name": "total"}]}'])
def test_an_image_is_required(refusal, raw):
    message = "image is required: a URL, or the file's bytes as base64."

    assert refusal(raw=raw) == (400, envelope("invalid_request", message))


@pytest.mark.parametrize(
    ("ways", "message"),
    [
        ({}, "Say which fields to read: give one of fields, templateId and autoFields."),
        (
            {"fields": FIELDS, "templateId": "invoice"},
            "Give only one of fields, templateId and autoFields, not fields and templateId.",
        ),
        (
            {"auto_fields": True, "template_id": "invoice"},
            "Give only one of fields, templateId and autoFields, not templateId and autoFields.",
        ),
    ],
)
def test_there_is_exactly_one_way_to_name_fields(refusal, ways, message):
    assert refusal({"image": "eA==", **ways}) == (400, envelope("invalid_request", message))


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"image": 5}, [("image", "Must be a string: a URL or base64.")]),
        ({"imageType": "file"}, [("imageType", "Must be url or base64.")]),
        ({"imageType": ["url"]}, [("imageType", "Must be url or base64.")]),
        ({"page": 0}, [("page", "Must be a whole number from 1.")]),
        ({"page": True}, [("page", "Must be a whole number from 1.")]),
        ({"page": "2"}, [("page", "Must be a whole number from 1.")]),
        ({"languageHints": 3}, [("languageHints", 'Must be a list of language codes such as ["ja", "en"].')]),
        ({"fields": "total"}, [("fields", "Must be a list of at least one field.")]),
        ({"fields": {"name": "total"}}, [("fields", "Must be a list of at least one field.")]),
        (
            {"fields": ["total"]},
            [("fields[0]", 'Must be an object such as {"name": "total", "type": "money"}.')],
        ),
        (
            {"fields": [{"name": 5}]},
            [("fields[0].name", "Must be a string."), ("fields[0].name", "Must not be empty.")],
        ),
        ({"fields": [{"name": " "}]}, [("fields[0].name", "Must not be empty.")]),
        (
            {"fields": [{"name": "\ud800"}]},
            [("fields[0].name", "Holds half a character: send valid Unicode.")],
        ),
        (
            {"fields": [{"name": "n" * 101}]},
            [("fields[0].name", "Has 101 characters; at most 100 are allowed.")],
        ),
        (
            {"fields": [{"name": "a", "type": "colour"}]},
            [("fields[0].type", "Must be one of: string, number, date, money, array.")],
        ),
        (
            {"fields": [{"name": "a", "type": ["array"]}]},
            [("fields[0].type", "Must be one of: string, number, date, money, array.")],
        ),
        (
            {"fields": [{"name": "a"}, {"name": "a"}]},
            [("fields[1].name", "Two fields are called 'a'; names must be unique.")],
        ),
        (
            {"fields": [{"name": "a", "children": FIELDS}]},
            [("fields[0].children", "Only a field of type array has children.")],
        ),
        (
            {"fields": [{"name": "a", "type": "array"}]},
            [("fields[0].children", "Must be a list of at least one field.")],
        ),
        (
            {
                "fields": [
                    {
                        "name": "a",
                        "type": "array",
                        "children": [{"name": "b", "type": "array", "children": []}],
                    }
                ]
            },
            [("fields[0].children[0].type", "An array cannot stand inside another array.")],
        ),
        (
            {"fields": FIELDS * 101},
            [("fields", "Has 101 fields; at most 100 are read at once.")],
        ),
        (
            {"fields": FIELDS * 500},
            [("fields", "Has 500 fields; at most 100 are read at once.")],
        ),
        (
            {"fields": [{"name": "n" * 100_000}]},
            [("fields[0].name", "Has 100000 characters; at most 100 are allowed.")],
        ),
        (
            {"fields": [{"name": "a", "description": "d" * 1_001}]},
            [("fields[0].description", "Has 1001 characters; at most 1000 are allowed.")],
        ),
        (
            {"fields": [{"name": "a", "type": "array", "children": [{"name": "b"}, {"name": "b"}]}]},
            [("fields[0].children[1].name", "Two fields are called 'b'; names must be unique.")],
        ),
        (
            {"page": -1, "imageType": "x", "fields": [{"type": "z"}]},
            [
                ("fields[0].type", "Must be one of: string, number, date, money, array."),
                ("fields[0].name", "Must not be empty."),
                ("page", "Must be a whole number from 1."),
                ("imageType", "Must be url or base64."),
            ],
        ),
    ],
)
def test_every_wrong_value_is_named_at_once(refusal, charged, values, errors):
    assert refusal({"image": "eA==", "fields": FIELDS, **values}) == wrong(*errors)
    assert charged() == []


@pytest.mark.parametrize("template_id", ["nonsense", 5, ["invoice"]])
def test_an_unknown_template_is_named_with_those_there_are(refusal, template_id):
    status, body = refusal({"image": "eA==", "templateId": template_id})

    assert (status, body["error"]["code"]) == (400, "validation_failed")
    (error,) = body["details"]["errors"]
    assert error["field"] == "templateId"
    assert error["message"].startswith("Unknown. Choose one of: invoice, receipt")


@pytest.mark.parametrize("image", ["@@@", "eA", "e A==", "data:image/png;base64,", "ä"])
def test_bad_base64_is_an_invalid_image(refusal, image):
    assert refusal({"image": image, "imageType": "base64", "fields": FIELDS}) == (
        400,
        envelope("invalid_image", BAD_BASE64),
    )


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (
            "html",
            "The file is not an image or PDF that can be read. Send PNG, JPEG, GIF, BMP, TIFF, WebP or PDF.",
        ),
        (
            "truncated_jpeg",
            "The JPEG file is damaged or cut off and cannot be decoded. Save or scan it again.",
        ),
        (
            "pdf_encrypted",
            "The PDF is protected by a password. Save it without a password and send it again.",
        ),
        (
            "png_60000x60000_few_kb",
            "The image is 60000 x 60000 pixels; at most 50 million pixels and 32,000 on a side are read. "
            "Scan at 300 dpi or less, or cut it into parts.",
        ),
    ],
)
def test_what_cannot_be_read_is_an_invalid_image(refusal, charged, case, message):
    assert refusal({"image": encoded(CASES[case]()), "fields": FIELDS}) == (
        400,
        envelope("invalid_image", message),
    )
    assert {row[1] for row in charged()} <= {"released"}


def test_a_text_that_names_another_image_never_shows_it(refusal, tmp_path, picture):
    (tmp_path / "other.png").write_bytes(picture)

    status, body = refusal({"image": encoded(poison.text_file_list(str(tmp_path / "other.png"))), "fields": FIELDS})

    assert (status, body["error"]["code"]) == (400, "invalid_image")
    assert "INVOICE" not in json.dumps(body)


def test_an_image_over_the_plans_size_is_refused(refusal, picture):
    assert refusal({"image": encoded(picture + bytes(1_048_576)), "fields": FIELDS}) == (
        400,
        envelope(
            "invalid_image",
            "The file is larger than the 1 MB that your plan takes. Make it smaller or choose a larger plan.",
            limit_bytes=1_048_576,
        ),
    )


def test_a_page_that_the_document_does_not_have_is_refused(refusal, charged):
    image = encoded(poison.GOOD["pdf_two_pages"]())

    assert refusal({"image": image, "page": 3, "fields": FIELDS}) == (
        400,
        envelope("invalid_image", "The document has no page 3; it has 2.", field="page"),
    )
    assert charged() == [("scan", "released", 1, 2)]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.png",
        "http://169.254.169.254/",
        "http://[::1]/",
        "http://10.0.0.1:22/",
        "ftp://x.org/a",
    ],
)
def test_a_url_that_may_not_be_fetched_is_an_invalid_image(refusal, charged, url):
    status, body = refusal({"image": url, "imageType": "url", "fields": FIELDS})

    assert (status, body) == (
        400,
        envelope("invalid_image", body["error"]["message"], **body.get("details", {})),
    )
    assert {row[1] for row in charged()} <= {"released"}


def test_a_url_that_never_ends_is_an_invalid_image(refusal, site, settings, picture):
    settings.FETCH_TIMEOUT_SECONDS = 1
    url = site("/drip.png", picture, seconds=0.2)

    status, body = refusal({"image": url, "fields": FIELDS})

    assert (status, body["error"]["code"]) == (400, "invalid_image")


@pytest.mark.parametrize("header", ["", "Basic YTpi", "spocr_x", "Bearer", "Bearer "])
def test_a_request_without_a_key_is_told_so(client, db, header):
    headers = {"Authorization": header} if header else {}

    answer = refused(client.post("/ocr/fields", {}, content_type="application/json", headers=headers))

    message = "The API key is missing. Send it as the header 'Authorization: Bearer spocr_…'."
    assert answer == (401, envelope("missing_api_key", message))


@pytest.mark.parametrize("key", ["wrong", "spocr_" + "0" * 30 + "2C8GjS"])
def test_an_unknown_key_is_refused(refusal, key):
    assert refusal({}, key=key) == (403, envelope("invalid_api_key", UNKNOWN_KEY))


def test_a_revoked_key_is_refused(refusal, organization, api_key):
    api_keys.revoke(organization, api_keys.find(api_key).public_id)

    message = "The API key has been revoked. Create a new one on the dashboard's page of keys."
    assert refusal({}) == (403, envelope("key_inactive", message))


def test_used_up_scans_are_told_with_their_breakdown(refusal, organization, receipt, charged):
    usage.reserve(Payer(organization, "127.0.0.1"), Kind.SCAN, units=100)

    assert refusal({"image": encoded(receipt), "fields": FIELDS}) == (
        402,
        envelope(
            "insufficient_balance",
            "The 100 scans included this month are used up. Choose a larger plan, or come back "
            "when the period is over.",
            requested=1,
            processable=0,
            breakdown={"included": 100, "used": 100},
        ),
    )
    assert len(charged()) == 1


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_allowed(api_key, method):
    answer = getattr(Client(), method)("/ocr/fields", headers={"Authorization": f"Bearer {api_key}"})

    status, body = refused(answer)
    assert (status, body["error"]["code"]) == (405, "method_not_allowed")


def test_a_body_larger_than_any_plan_is_refused_before_it_is_read(post):
    response = post(raw=b"{}", CONTENT_LENGTH=str(400 * 1024 * 1024))

    assert refused(response) == (
        413,
        envelope("too_large", "The request is larger than any plan takes. Send a smaller image."),
    )


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x"])
def test_another_kind_of_body_is_refused(refusal, content_type):
    status, body = refusal(raw=b"x", content_type=content_type)

    assert (status, body["error"]["code"]) == (415, "unsupported_media_type")


def test_the_sixty_first_request_of_a_minute_is_refused(post, api_key, monkeypatch):
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_013.0)
    left = [post({})["X-RateLimit-Remaining"] for _ in range(60)]

    response = post({})

    assert left == [str(number) for number in range(59, -1, -1)]
    assert refused(response) == (
        429,
        envelope(
            "rate_limited",
            "More than 60 requests in a minute. Wait 47 seconds and try again.",
            limit=60,
            retryAfterSec=47,
        ),
    )
    assert response["Retry-After"] == "47"
    assert [response[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")] == ["60", "0", "47"]


def test_keys_of_one_organization_share_600_a_minute(post, organization, alice, monkeypatch):
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_013.0)
    key = api_keys.find(api_keys.create(organization, name="other", created_by=alice)[1])
    plan = plans.get(django_settings.PLANS_FILE, "free")
    for _ in range(10):
        other = api_keys.find(api_keys.create(organization, name="other", created_by=alice)[1])
        for _ in range(60):
            throttling.take(other, plan)

    response = post({}, key=None)

    assert response.status_code == 429
    assert key.organization_id == organization.id
    assert refused(response)[1]["details"] == {"limit": 600, "retryAfterSec": 47}


def test_a_page_without_text_is_told_and_free(refusal, charged):
    blank = poison.encoded(pictures.page(typeface=pictures.latin(10)), "PNG")

    assert refusal({"image": encoded(blank), "fields": FIELDS}) == (
        502,
        envelope(
            "ocr_engine_error",
            "No text was found on the document. Check that it is not blank, upside down or out of focus.",
            reason="no_text",
        ),
    )
    assert charged() == [("scan", "released", 1, 2)]


def test_an_engine_that_runs_out_of_time_is_told_and_free(refusal, settings, charged):
    settings.PAGE_TIMEOUT_SECONDS = 1

    assert refusal({"image": encoded(slow_page()), "fields": FIELDS}) == (
        502,
        envelope("ocr_engine_error", "The page took longer than its time limit and was given up."),
    )
    assert charged() == [("scan", "released", 1, 2)]


def test_an_overloaded_service_is_told_and_free(refusal, settings, charged, receipt):
    host = reading.engine_host()
    slow = [
        in_background(lambda: read(host, slow_page(), timeout_seconds=8))[0] for _ in pool.status(host)["processes"]
    ]
    until(lambda: pool.status(host)["free"] == 0)
    settings.QUEUE_TIMEOUT_SECONDS = 0.2

    status, body = refusal({"image": encoded(receipt), "fields": FIELDS})

    assert (status, body["error"]["code"]) == (502, "ocr_engine_error")
    assert {row[1] for row in charged()} <= {"released"}
    for thread in slow:
        thread.join()


def test_a_fault_of_ours_shows_nothing_of_its_cause(refusal, receipt, monkeypatch):
    def explode(*_: object) -> None:
        raise RuntimeError("password=secret")

    monkeypatch.setattr("ocr.extractor.extract", explode)

    assert refusal({"image": encoded(receipt), "fields": FIELDS}) == (
        500,
        envelope(
            "internal_error",
            "Something went wrong on our side. Try again; if it stays, send us the request id.",
        ),
    )


def test_a_browser_may_call_from_any_page(refusal, post):
    preflight = Client().options(
        "/ocr/fields", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    )

    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == "*"
    assert preflight["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Idempotency-Key"
    assert post({})["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_health_needs_no_key(client, path):
    response = client.get(path)

    body = response.json()
    assert response.status_code == 200
    assert type(body["time"]) is int
    assert {**body, "time": 0} == {"status": "ok", "version": django_settings.VERSION, "time": 0}
