"""How a Parse request may be written: everywhere that known clients put things."""

import base64
import json
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.contracts.parse.conftest import failure, masked, page, success
from tests.poison import GOOD

READ = success(page("INVOICE 12345\r\n"))
JPEG = GOOD["jpeg_rgb"]


def data_uri(content: bytes, kind: str = "image/jpeg") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


@pytest.mark.parametrize("path", ["/parse/image", "/parse/image/", "/Parse/Image", "/PARSE/IMAGE/"])
def test_the_path_matches_in_any_letter_case_with_and_without_a_slash(client, api_key, picture, path):
    response = client.post(path, {"file": SimpleUploadedFile("a.png", picture)}, headers={"apikey": api_key})

    assert masked(response) == READ


@pytest.mark.parametrize(
    "where",
    [
        {"headers": {"apikey": "KEY"}},
        {"headers": {"ApiKey": "KEY"}},
        {"headers": {"Authorization": "Bearer KEY"}},
        {"headers": {"Authorization": "bearer KEY"}},
        {"query_params": {"apikey": "KEY"}},
        {"data": {"apikey": "KEY"}},
        {"data": {"ApiKey": "KEY"}},
    ],
)
def test_the_key_may_stand_in_header_form_or_query(client, api_key, picture, where):
    call = json.loads(json.dumps(where).replace('KEY"', f'{api_key}"'))
    file = SimpleUploadedFile("a.png", picture)
    data = {**call.pop("data", {}), "file": file}

    assert masked(client.post("/parse/image", data, **call)) == READ


@pytest.mark.parametrize("field", ["file", "filename", "image", "PDF", "scan.png", "url", "language"])
def test_any_file_part_counts_whatever_its_name(client, api_key, picture, field):
    file = SimpleUploadedFile("a.png", picture)

    assert masked(client.post("/parse/image", {field: file}, headers={"apikey": api_key})) == READ


def test_a_data_uri_is_read_from_either_kind_of_form(client, api_key):
    form = {"base64Image": data_uri(JPEG())}
    urlencoded = client.post(
        "/parse/image",
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"apikey": api_key},
    )

    assert masked(client.post("/parse/image", form, headers={"apikey": api_key})) == READ
    assert masked(urlencoded) == READ


@pytest.mark.parametrize(
    "kind", ["image/jpeg;filename=scan.jpg", "image/jpeg;charset=utf-8", "IMAGE/JPEG", "image/png"]
)
def test_the_type_of_a_data_uri_may_have_parameters_and_be_wrong(parse, kind):
    assert parse(base64Image=data_uri(JPEG(), kind)) == READ


def test_a_url_is_fetched_and_read(parse, site, picture):
    assert parse(url=site("/scan.png", picture)) == READ


def test_get_takes_everything_in_the_query(client, api_key, site, picture):
    query = {"apikey": api_key, "url": site("/scan.png", picture), "OCREngine": "1", "language": "eng"}

    for path in ("/parse/imageurl", "/Parse/ImageUrl", "/parse/imageurl/"):
        assert masked(client.get(path, query)) == READ


def test_a_file_goes_before_base64_and_base64_before_a_url(parse, picture):
    assert parse(picture, base64Image="nonsense", url="http://127.0.0.1/") == READ
    assert parse(base64Image=data_uri(JPEG()), url="http://127.0.0.1/") == READ


def test_parameter_names_match_in_any_letter_case(parse):
    assert parse(LANGUAGE="eng", ocrengine="1", Isoverlayrequired="false", DETECTORIENTATION="false") == READ


@pytest.mark.parametrize("value", ["true", "false", "True", "FALSE", "1", "0", ""])
def test_booleans_are_written_in_many_ways(parse, value):
    asked = value.lower() in ("true", "1")

    overlay = parse(isOverlayRequired=value)["ParsedResults"][0]["TextOverlay"]

    assert overlay["HasOverlay"] is asked


def test_every_parameter_of_the_contract_is_accepted(parse):
    parameters = {
        "addressParsing": "false",
        "scale": "false",
        "detectOrientation": "false",
        "isTable": "false",
        "detectCheckbox": "false",
        "checkboxTemplate": "0",
        "checkboxTemplateRegex": ".*",
        "isSearchablePdfHideTextLayer": "false",
        "isCreateSearchablePdf": "false",
        "filetype": "",
        "language": "",
        "OCREngine": "",
    }

    assert parse(**parameters) == READ


@pytest.mark.parametrize("file_type", ["PNG", "png", "Png", ""])
def test_the_file_type_is_written_in_any_case(parse, file_type):
    assert parse(filetype=file_type) == READ


def test_the_file_type_overrides_what_the_bytes_show(parse):
    assert parse(filetype="JPG") == failure(
        3, "The JPEG file is damaged or cut off and cannot be decoded. Save or scan it again."
    )


@pytest.mark.parametrize("name", ["scan", "scan.pdf", "scan.exe", "s" * 200 + ".tiff"])
def test_the_bytes_decide_whatever_the_name_says(parse, picture, name):
    assert parse(picture, name=name) == READ


def test_a_browser_may_call_from_any_page(post, api_key):
    preflight = Client().options(
        "/parse/image",
        headers={"Origin": "https://example.org", "Access-Control-Request-Headers": "apikey"},
    )

    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == "*"
    assert "apikey" in preflight["Access-Control-Allow-Headers"]
    assert post()["Access-Control-Allow-Origin"] == "*"
    assert post(key="wrong")["Access-Control-Allow-Origin"] == "*"


def test_the_plan_and_not_the_framework_limits_a_form(api_key, organization):
    organization.plan = "starter"
    organization.save()
    body = urlencode({"base64Image": data_uri(b"GIF89a" + bytes(4_000_000))})

    response = Client().post(
        "/parse/image", body, content_type="application/x-www-form-urlencoded", headers={"apikey": api_key}
    )

    assert masked(response) == failure(
        3, "The GIF file is damaged or cut off and cannot be decoded. Save or scan it again."
    )
