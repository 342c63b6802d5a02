"""What the Parse API answers when it could not read: one test for each row of the contract."""

import base64
import gzip
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import api_keys
from billing.models import UsageCounter
from ocr import pool, reading
from tests import poison
from tests.contracts.parse.conftest import failed_page, failure, masked, page, success
from tests.engines import in_background, read, slow_page, until
from tests.fakes import engine_host
from tests.poison import CASES, GOOD
from tests.test_poison import NOT_IMAGES

VALID = (
    "apikey,url,language,isoverlayrequired,base64image,iscreatesearchablepdf,issearchablepdfhidetextlayer,filetype,"
    "addressparsing,scale,detectorientation,istable,ocrengine,detectcheckbox,checkboxtemplate,checkboxtemplateregex"
)
UNRECOGNIZED = failure(
    99,
    "Unable to recognize the file type",
    "E216:Unable to detect the file extension, or the file extension is incorrect, and no 'file type' provided in "
    "request. Please provide a file with a proper content type or extension, or provide a file type in the request "
    "to manually set the file extension.",
)
BAD_BASE64 = failure(3, "File failed validation. The base64 file is invalid.")
KEY_INVALID, NO_KEY = "The API key is invalid", "API Key is not specified. Please provide a valid API key."


def refused(response) -> str:
    """The JSON string of a 403."""
    assert response.status_code == 403
    assert response["Content-Type"] == "application/json"
    return json.loads(response.content)


@pytest.mark.parametrize("key", ["helloworld", "spocr_" + "0" * 30 + "2C8GjS", "x" * 5_000, "ключ".encode().hex()])
def test_a_wrong_key_is_refused(post, charged, key):
    assert refused(post(key=key)) == KEY_INVALID
    assert charged() == []


def test_a_revoked_key_is_refused(post, organization, api_key):
    api_keys.revoke(organization, api_keys.find(api_key).public_id)

    assert refused(post()) == KEY_INVALID


@pytest.mark.parametrize("key", ["", "   "])
def test_a_request_without_a_key_is_told_so(post, key):
    assert refused(post(key=key)) == NO_KEY


def test_the_key_is_checked_before_anything_else(client, db):
    assert refused(client.post("/parse/image", {"nonsense": "x", "language": "xx"})) == NO_KEY
    assert refused(client.get("/parse/imageurl", {"nonsense": "x", "apikey": "wrong"})) == KEY_INVALID


def test_a_days_requests_of_one_address_are_500_on_the_free_plan(post, charged):
    today = f"{timezone.now():%Y-%m-%d}"
    counter = UsageCounter.objects.create(holder="address:127.0.0.1", kind="parse", period=today, used=499)
    assert post().status_code == 200

    response = post()

    assert refused(response) == "You may only perform this action upto maximum 500 number of times within 86400 seconds"
    assert 0 < int(response["Retry-After"]) <= 86_400
    counter.refresh_from_db()
    assert counter.used == 500
    assert len(charged()) == 1


def test_a_months_requests_end_with_the_month(post, organization):
    organization.plan = "pro"
    organization.save()
    now = timezone.now()
    UsageCounter.objects.create(
        holder=f"organization:{organization.id}", kind="parse", period=f"{now:%Y-%m}", used=300_000
    )
    first = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
    seconds = (first.date() - now.date().replace(day=1)).days * 86_400

    response = post()

    words = f"You may only perform this action upto maximum 300000 number of times within {seconds} seconds"
    assert refused(response) == words
    assert 0 < int(response["Retry-After"]) <= seconds


def test_used_up_requests_are_told_before_parameters_are_checked(post, organization):
    period = f"{timezone.now():%Y-%m-%d}"
    UsageCounter.objects.create(holder="address:127.0.0.1", kind="parse", period=period, used=500)

    assert post(language="xx").status_code == 403
    assert post(nonsense="x").status_code == 403


def test_a_request_without_a_document_is_told_so(client, api_key, charged):
    nothing = failure(99, "No file uploaded or URL or base64 provided")

    assert masked(client.post("/parse/image", {}, headers={"apikey": api_key})) == nothing
    assert masked(client.post("/parse/image", {"url": ""}, headers={"apikey": api_key})) == nothing
    assert masked(client.get("/parse/imageurl", headers={"apikey": api_key})) == nothing
    assert {row[1] for row in charged()} <= {"released"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("language", "en"),
        ("language", "xyz"),
        ("language", "auto"),  # engine 1 does not choose by itself
        ("Language", "heb"),  # engine 3 only
        ("OCREngine", "4"),
        ("ocrengine", "one"),
        ("isOverlayRequired", "yes"),
        ("ISTABLE", "2"),
        ("detectOrientation", "t"),
        ("scale", "-1"),
        ("isCreateSearchablePdf", "on"),
        ("isSearchablePdfHideTextLayer", "x"),
        ("filetype", "DOCX"),
        ("FileType", "image/png"),
    ],
)
def test_a_bad_value_is_named_as_the_caller_spelled_its_parameter(parse, name, value):
    assert parse(**{name: value}) == failure(99, f"E201: Value for parameter '{name}' is invalid")


def test_an_unknown_parameter_is_named_with_those_there_are(parse):
    assert parse(isOverlayRequird="true") == failure(
        99,
        f"Parameter name 'isOverlayRequird' is invalid. Valid parameters: {VALID}",
        "If you use the 'url' parameter, make sure that its value is URL-encoded.",
    )


@pytest.mark.parametrize("case", [name for name in NOT_IMAGES if name != "zero_bytes"] + ["eps", "one_byte"])
def test_what_is_no_image_is_not_recognized(parse, charged, case):
    assert parse(CASES[case](), name="upload") == UNRECOGNIZED
    assert {row[1] for row in charged()} <= {"released"}


def test_an_empty_file_is_not_recognized(parse):
    assert parse(b"") == UNRECOGNIZED


def test_a_text_renamed_to_png_is_called_damaged(parse):
    assert parse(b"hello", name="hello.png") == failure(
        3, "The PNG file is damaged or cut off and cannot be decoded. Save or scan it again."
    )


def test_a_text_that_names_another_image_never_shows_it(parse, tmp_path, picture):
    (tmp_path / "other.png").write_bytes(picture)
    listing = poison.text_file_list(str(tmp_path / "other.png"))

    for name, fields in (
        ("list.txt", {}),
        ("list.png", {}),
        ("list", {"filetype": "TIF"}),
        ("list", {"filetype": "PDF"}),
    ):
        body = parse(listing, name=name, **fields)
        assert body["IsErroredOnProcessing"]
        assert "INVOICE" not in json.dumps(body)


def test_a_file_over_the_plans_size_is_refused(parse, charged):
    large = poison.GOOD["png_rgb"]() + bytes(1_048_576)

    assert parse(large) == failure(
        3, "File failed validation. File size exceeds the maximum permissible file size limit of 1024 KB"
    )
    assert {row[1] for row in charged()} <= {"released"}


def test_a_file_of_exactly_the_plans_size_is_read(parse, picture):
    assert parse(picture + bytes(1_048_576 - len(picture))) == success(page("INVOICE 12345\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "data:image/png;base64,",
        "data:image/png;base64,@@@@",
        "data:image/png;base64,abc",
        "data:image/png,abcd",
        "data:image/png;base64," + base64.encodebytes(b"x" * 100).decode(),
        "data:image/png;base64, " + base64.b64encode(b"x" * 99).decode(),
        base64.b64encode(b"x" * 99).decode(),
    ],
)
def test_bad_base64_is_refused(parse, text):
    assert parse(base64Image=text) == BAD_BASE64


def test_a_pdf_over_the_page_limit_is_read_up_to_it(parse, charged):
    one = page("INVOICE 12345\r\n")

    assert parse(CASES["pdf_same_page_100000_times"]()) == {
        **success(one, one, one),
        **failure(
            4,
            "The maximum page limit of 3 was reached and only pages upto the limit were parsed successfully",
        ),
    }
    assert charged() == [("parse", "settled", 1, 1)]


def test_one_page_that_fails_has_an_entry_of_its_own(parse, charged):
    damaged = "Page {} of the PDF is damaged and cannot be drawn. Export the PDF again."

    assert parse(CASES["pdf_cyclic_page_tree"]()) == {
        **success(
            page("INVOICE 12345\r\n"),
            failed_page(-30, damaged.format(2)),
            failed_page(-30, damaged.format(3)),
        ),
        "OCRExitCode": 2,
    }
    assert charged() == [("parse", "settled", 1, 1)]


@pytest.mark.parametrize(("fault", "code"), [("engine_failed", -10), ("timeout", -20)])
def test_a_page_that_the_engine_fails_on_costs_itself_and_not_its_neighbours(
    parse, settings, charged, tmp_path, fault, code
):
    settings.ENGINE_SOCKET = str(tmp_path / "engines.sock")

    with engine_host.running(tmp_path / "engines.sock", pages=3, faults={1: fault}):
        body = parse(GOOD["png_rgb"]())

    failed = failed_page(code, f"This page ended with {fault}.")
    assert body == {**success(page("Total\r\n"), failed, page("Total\r\n")), "OCRExitCode": 2}
    assert charged() == [("parse", "settled", 1, 1)]


@pytest.mark.parametrize(("fault", "code"), [("engine_failed", -10), ("timeout", -20)])
def test_when_every_page_fails_the_whole_is_an_error_and_free(parse, settings, charged, tmp_path, fault, code):
    settings.ENGINE_SOCKET = str(tmp_path / "engines.sock")

    with engine_host.running(tmp_path / "engines.sock", pages=2, faults={0: fault, 1: fault}):
        body = parse(GOOD["png_rgb"]())

    failed = failed_page(code, f"This page ended with {fault}.")
    assert body == {**success(failed, failed), **failure(3, f"This page ended with {fault}.")}
    assert charged() == [("parse", "released", 1, 1)]


def test_a_page_past_its_time_is_a_timeout(parse, settings, charged):
    settings.PAGE_TIMEOUT_SECONDS = 1

    assert parse(slow_page()) == {"ParsedResults": [], **failure(6, "E101: Timed out waiting for results")}
    assert charged() == [("parse", "released", 1, 1)]


def test_an_overloaded_service_says_so(parse, settings, charged):
    host = reading.engine_host()
    slow = [
        in_background(lambda: read(host, slow_page(), timeout_seconds=3))[0] for _ in pool.status(host)["processes"]
    ]
    until(lambda: pool.status(host)["free"] == 0)
    settings.QUEUE_TIMEOUT_SECONDS = 0.2

    assert parse() == failure(4, "E500: System Resource Exhaustion")

    assert charged() == [("parse", "released", 1, 1)]
    for thread in slow:
        thread.join()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://example.org/a.png", "scheme"),
        ("http://127.0.0.1/a.png", "address"),
        ("http://169.254.169.254/latest/meta-data/", "address"),
        ("http://[::1]/", "address"),
        ("not a url", ""),
        ("file:///etc/hostname", "scheme"),
    ],
)
def test_a_url_that_may_not_be_fetched_is_refused_with_a_sentence(parse, charged, url, sentence):
    body = parse(url=url)

    (message,) = body["ErrorMessage"]
    assert body == failure(99, message)
    assert message.endswith(".")
    assert {row[1] for row in charged()} <= {"released"}


def test_a_url_that_answers_with_an_error_is_refused_with_its_status(parse, site):
    body = parse(url=site("/gone.png", b"", status=404))

    assert body == failure(99, body["ErrorMessage"][0])
    assert "404" in body["ErrorMessage"][0]


def test_a_url_that_never_ends_is_cut_off(parse, site, settings, picture):
    settings.FETCH_TIMEOUT_SECONDS = 1

    body = parse(url=site("/drip.png", picture, seconds=0.2))

    assert body == failure(99, body["ErrorMessage"][0])


def test_a_url_with_too_large_a_file_is_refused(parse, site):
    assert parse(url=site("/large.png", bytes(1_100_000))) == failure(
        3, "File failed validation. File size exceeds the maximum permissible file size limit of 1024 KB"
    )


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (
            "truncated_jpeg",
            "The JPEG file is damaged or cut off and cannot be decoded. Save or scan it again.",
        ),
        ("truncated_png", "The PNG file is damaged or cut off and cannot be decoded. Save or scan it again."),
        (
            "truncated_tiff",
            "The TIFF file is damaged or cut off and cannot be decoded. Save or scan it again.",
        ),
        ("pdf_truncated_50", "The PDF is damaged and cannot be opened. Export it again from its source."),
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
def test_a_damaged_file_is_refused_with_what_to_do(parse, charged, case, sentence):
    assert parse(CASES[case]()) == failure(3, sentence)
    assert charged() == [("parse", "released", 1, 1)]


@pytest.mark.parametrize("name", poison.HOSTILE_NAMES)
def test_a_hostile_name_changes_nothing(parse, picture, name):
    assert parse(picture, name=name or "x") == success(page("INVOICE 12345\r\n"))


def test_a_body_that_is_no_form_is_refused(client, api_key):
    response = client.post("/parse/image", "{}", content_type="application/json", headers={"apikey": api_key})

    assert response.status_code in (200, 415)
    assert json.loads(response.content)["OCRExitCode"] == 99


def test_a_body_larger_than_any_plan_is_refused_before_it_is_read(client, api_key):
    huge = client.post(
        "/parse/image", b"", content_type="multipart/form-data; boundary=x", headers={"apikey": api_key},
        CONTENT_LENGTH=str(400 * 1024 * 1024),
    )  # fmt: skip

    assert masked(huge) == failure(
        3, "File failed validation. File size exceeds the maximum permissible file size limit of 102400 KB"
    )


@pytest.mark.parametrize(
    "body",
    [b"no parts here", gzip.compress(b"--x\r\n\r\n--x--\r\n", mtime=0), b"--y--\r\n"],
    ids=["no parts", "compressed", "another boundary"],
)
def test_a_form_without_its_boundary_is_refused(api_key, body):
    response = Client().post(
        "/parse/image", body, content_type="multipart/form-data; boundary=x", headers={"apikey": api_key}
    )

    assert masked(response) == failure(
        99, "The multipart form is broken: the boundary that its Content-Type names is not in the body."
    )


def test_good_inputs_are_still_read_after_all_that(parse):
    assert parse(GOOD["jpeg_rgb"]()) == success(page("INVOICE 12345\r\n"))
