"""Multipart forms as browsers, .NET, Java, PHP and home-made clients write them."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.contracts.parse.conftest import failure, masked, page, success

READ = success(page("INVOICE 12345\r\n"))
NO_INPUT = failure(99, "No file uploaded or URL or base64 provided")
UNTOUCHED = 'Content-Disposition: form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream'


def written(*parts: tuple[str | bytes, bytes], end: bytes = b"\r\n") -> bytes:
    body = b""
    for head, content in parts:
        lines = (head.encode() if isinstance(head, str) else head).replace(b"\r\n", end)
        body += b"--x" + end + lines + end + end + content + end
    return body + b"--x--" + end


@pytest.fixture
def send(api_key) -> Callable[[bytes], dict[str, Any]]:
    def call(body: bytes) -> dict[str, Any]:
        kind = "multipart/form-data; boundary=x"
        return masked(Client().post("/parse/image", body, content_type=kind, headers={"apikey": api_key}))

    return call


@pytest.mark.parametrize(
    "head",
    [
        'Content-Disposition: form-data; name="file"; filename="scan.png"',
        "Content-Disposition: form-data; name=file; filename=scan.png; filename*=utf-8''scan.png",
        "Content-Type: image/png\r\nContent-Disposition: form-data; name=file; filename=scan.png",
        'content-disposition: form-data; name="file"; filename="scan.png"\r\ncontent-type: image/png',
        'Content-Disposition: form-data; filename="scan.png"',
        'Content-Disposition: attachment; name="file"; filename="scan.png"',
        'Content-Disposition: form-data; name="file"; filename=""\r\nContent-Type: image/png',
        'Content-Disposition: form-data; name="file"; filename=""',
        'Content-Disposition: form-data; name="file"\r\nContent-Type: application/octet-stream',
        'Content-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Transfer-Encoding: binary',
        'Content-Disposition: form-data; name="file"; filename="' + "請求書" * 300 + '.png"',
        'Content-Disposition: form-data; name="file"; filename="Überweisung.png"'.encode("latin-1"),
        'Content-Disposition: form-data; name="file"; filename="請求書.png"'.encode("shift-jis"),
    ],
)
def test_a_file_part_is_found_however_its_head_is_written(send, picture, head):
    assert send(written((head, picture))) == READ


def test_a_part_in_base64_is_decoded(send, picture):
    head = 'Content-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Transfer-Encoding: Base64'

    assert send(written((head, base64.encodebytes(picture)))) == READ


def test_lines_may_end_in_a_line_feed_alone(send, picture):
    file = ('Content-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png', picture)
    language = ('Content-Disposition: form-data; name="language"', b"eng")

    assert send(written(language, file, end=b"\n")) == READ


def test_fields_may_carry_a_type_of_their_own(send, picture):
    table = ("Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name=isTable", b"True")
    file = ("Content-Disposition: form-data; name=file; filename=scan.png", picture)

    assert send(written(table, file)) == success(page("INVOICE 12345\t\r\n"))


def test_what_stands_before_and_after_the_form_is_passed_over(send, picture):
    file = ('Content-Disposition: form-data; name="file"; filename="a.png"', picture)

    assert send(b"a\r\n\r\npreamble\r\n" + written(file) + b"epilogue") == READ


@pytest.mark.parametrize("is_first", [True, False])
def test_a_file_input_that_nobody_touched_gives_way_to_base64(send, picture, is_first):
    uri = b"data:image/png;base64," + base64.b64encode(picture)
    parts = [(UNTOUCHED, b""), ('Content-Disposition: form-data; name="base64Image"', uri)]

    assert send(written(*(parts if is_first else reversed(parts)))) == READ


def test_a_file_input_that_nobody_touched_gives_way_to_a_url(send, site, picture):
    url = ('Content-Disposition: form-data; name="url"', site("/scan.png", picture).encode())

    assert send(written((UNTOUCHED, b""), url)) == READ


def test_a_file_input_that_nobody_touched_is_no_input(send):
    assert send(written((UNTOUCHED, b""))) == NO_INPUT


def test_a_form_without_parts_is_no_input(send):
    assert send(written()) == NO_INPUT
