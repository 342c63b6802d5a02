"""Habits of clients written in Go, PHP, Python and JavaScript, byte for byte."""

import base64
import http.client
import json
from urllib.parse import quote, quote_plus

import pytest

from tests.poison import GOOD

PICTURE = GOOD["png_rgb"]()
URI = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
TEXT = "INVOICE 12345\r\n"


@pytest.fixture
def call(live_server, api_key):
    """Send raw bytes; the answer's status, content type and JSON."""

    def send(body: bytes, content_type: str, *, path: str = "/parse/image", key_header: str = "apikey", **headers: str):
        connection = http.client.HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=60)
        sent = {"Content-Type": content_type, key_header: api_key, **headers}
        connection.request("POST", path, body, {name: value for name, value in sent.items() if name})
        response = connection.getresponse()
        answer = response.status, response.headers["Content-Type"], json.loads(response.read())
        connection.close()
        return answer

    return send


def form(boundary: str, *parts: tuple[str, bytes]) -> bytes:
    pieces = [f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def text_of(answer) -> str:
    status, content_type, body = answer
    assert (status, content_type) == (200, "application/json")
    assert body["OCRExitCode"] == 1, body
    return body["ParsedResults"][0]["ParsedText"]


def test_go_writes_a_long_boundary_and_octet_streams(call):
    boundary = "4f5c8a" * 10
    body = form(
        boundary,
        ('Content-Disposition: form-data; name="apikey"', b"helloworld"),  # the header goes first
        ('Content-Disposition: form-data; name="language"', b"eng"),
        ('Content-Disposition: form-data; name="isOverlayRequired"', b"true"),
        (
            'Content-Disposition: form-data; name="file"; filename="scan.png"\r\n'
            "Content-Type: application/octet-stream",
            PICTURE,
        ),
    )

    assert text_of(call(body, f"multipart/form-data; boundary={boundary}", key_header="Apikey")) == TEXT


def test_php_curl_names_its_parts_and_the_file_by_its_path(call):
    boundary = "------------------------d74496d66958873e"
    body = form(
        boundary,
        (
            'Content-Disposition: form-data; name="filename"; filename="C:\\\\tmp\\\\scan.png"\r\n'
            "Content-Type: image/png",
            PICTURE,
        ),
        ('Content-Disposition: form-data; name="OCREngine"', b"1"),
    )

    assert text_of(call(body, f"multipart/form-data; boundary={boundary}")) == TEXT


def test_python_requests_writes_booleans_with_a_capital_and_bare_boundaries(call):
    boundary = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
    body = form(
        boundary,
        ('Content-Disposition: form-data; name="isOverlayRequired"', b"True"),
        ('Content-Disposition: form-data; name="scale"', b"False"),
        ('Content-Disposition: form-data; name="scan.png"; filename="scan.png"', PICTURE),
    )

    assert text_of(call(body, f"multipart/form-data; boundary={boundary}")) == TEXT


def test_javascript_sends_an_uploaded_blob_without_a_useful_name(call):
    boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
    body = form(
        boundary,
        ('Content-Disposition: form-data; name="file"; filename="blob"\r\nContent-Type: image/png', PICTURE),
        ('Content-Disposition: form-data; name="url"', b""),
    )

    assert text_of(call(body, f"multipart/form-data; boundary={boundary}", Origin="https://example.org")) == TEXT


def test_go_quotes_the_boundary_and_encodes_a_name_in_another_script(call):
    body = form(
        "a=b",
        ("Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''%E8%AB%8B%E6%B1%82.png", PICTURE),
    )

    assert text_of(call(body, 'multipart/form-data; boundary="a=b"')) == TEXT


@pytest.mark.parametrize(
    "escape", [quote, quote_plus, lambda text: quote(text, safe=""), lambda text: text.replace("+", "%2B")]
)
def test_base64_is_escaped_more_or_less(call, escape):
    body = f"base64Image={escape(URI)}&language=eng".encode()

    assert text_of(call(body, "application/x-www-form-urlencoded; charset=UTF-8")) == TEXT


def test_a_plus_that_was_not_escaped_is_a_space_and_so_no_base64(call):
    _, _, body = call(f"base64Image={URI[:-9]}++AAAAAAA".encode(), "application/x-www-form-urlencoded")

    assert body["ErrorMessage"] == ["File failed validation. The base64 file is invalid."]


def test_parameters_may_stand_in_the_query_beside_the_file(call):
    body = form("b", ('Content-Disposition: form-data; name="file"; filename="a"', PICTURE))

    answer = call(body, "multipart/form-data; boundary=b", path="/Parse/Image/?OCREngine=2&ISTABLE=true")

    assert text_of(answer) == "INVOICE 12345\t\n"


def test_a_preamble_and_missing_final_line_break_are_taken(call):
    body = b"This is a multi-part message\r\n" + form(
        "b", ('Content-Disposition: form-data; name="file"; filename="a"', PICTURE)
    )

    assert text_of(call(body[:-2], "multipart/form-data; boundary=b")) == TEXT
