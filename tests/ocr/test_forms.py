"""Forms taken in piece by piece: however they are cut, the same comes out as if they were read at once."""

import base64
import io
from urllib.parse import quote, urlencode

import pytest
from django.http import HttpRequest
from hypothesis import given
from hypothesis import strategies as st

from ocr.api.parse import forms
from ocr.api.parse.body import Body
from ocr.api.parse.errors import ParseFailure
from ocr.api.parse.forms import MULTIPART, URLENCODED, Base64, DataUri, Store

BOUNDARY = "----x"


class Pieces(io.RawIOBase):
    """A stream that gives at most so many bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = io.BytesIO(data), size

    def read(self, size: int = -1) -> bytes:
        return self._data.read(self._size)


def body_of(data: bytes, content_type: str, *, size: int = 7, stated: int | None = None) -> Body:
    request = HttpRequest()
    request.META = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(data) if stated is None else stated)}
    request._stream, request._read_started = Pieces(data, size), False
    return Body(request)


def multipart(*parts: tuple[str, bytes]) -> bytes:
    """Parts of headers and content."""
    pieces = [f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts]
    return b"".join([*pieces, f"--{BOUNDARY}--\r\n".encode()])


def field(name: str, value: str) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"', value.encode()


def file(data: bytes, name: str = "a.png", more: str = "") -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="file"; filename="{name}"{more}', data


def read(data: bytes, content_type: str, *, size: int = 7, limit_bytes: int = 1_000) -> forms.Form:
    return forms.read(body_of(data, content_type, size=size), limit_bytes=limit_bytes)


def read_multipart(*parts: tuple[str, bytes], **how: int) -> forms.Form:
    return read(multipart(*parts), f"{MULTIPART}; boundary={BOUNDARY}", **how)


def document_of(form: forms.Form) -> bytes:
    content = form.file.opened()
    content.seek(0)
    return content.read()


def image_of(form: forms.Form) -> bytes:
    content = form.image.opened()
    content.seek(0)
    return content.read()


@given(st.binary(min_size=1, max_size=300), st.integers(1, 40))
def test_a_file_comes_out_however_it_is_cut(data, size):
    with read_multipart(field("language", "größe"), file(data), field("scale", "true"), size=size) as form:
        assert document_of(form) == data
        assert form.values == {"language": "größe", "scale": "true"}


@given(st.binary(min_size=1, max_size=300), st.integers(1, 40), st.booleans())
def test_base64_of_a_urlencoded_form_comes_out_however_it_is_cut(data, size, is_all_escaped):
    text = "data:image/png;base64," + base64.b64encode(data).decode()
    escaped = "".join(f"%{byte:02x}" for byte in text.encode()) if is_all_escaped else quote(text)
    body = f"apikey=k&base64Image={escaped}&url=a%2Fb+c".encode()

    with read(body, URLENCODED, size=size) as form:
        assert image_of(form) == data
        assert form.values == {"apikey": "k", "base64Image": "", "url": "a/b c"}


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: name.lower() != "base64image"), st.text(), max_size=5))
def test_any_values_come_out_of_a_urlencoded_form(values):
    encodable = {name: value for name, value in values.items() if (name + value).isprintable()}

    with read(urlencode(encodable).encode(), URLENCODED) as form:
        assert form.values == encodable


@given(st.binary(max_size=60), st.integers(1, 9))
def test_what_is_no_base64_is_noticed_however_it_is_cut(text, size):
    decoder = Base64(Store(1_000))
    for start in range(0, len(text), size):
        decoder.write(text[start : start + size])
    decoder.end()

    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    # Bits behind the padding may be lost by the library; they are refused here or read alike.
    if not decoder.is_bad:
        decoder.store.content.seek(0)
        assert decoder.store.content.read() == data
    elif data:
        assert base64.b64encode(data) != text


def test_a_large_document_goes_to_a_file():
    store = Store(10_000_000)
    for _ in range(3):
        store.write(bytes(1_000_000))

    assert not isinstance(store.opened(), io.BytesIO)
    assert store.opened().seek(0, io.SEEK_END) == 3_000_000
    store.opened().close()


def test_what_lies_past_the_limit_is_counted_and_not_kept():
    store = Store(100)
    for _ in range(50):
        store.write(bytes(10))

    with pytest.raises(ParseFailure, match="maximum permissible file size limit of 0 KB"):
        store.opened()
    assert store.content.tell() == 100


@pytest.mark.parametrize("part", ["image/png", "application/pdf", "application/octet-stream"])
def test_a_part_without_a_name_that_says_it_is_a_document_is_one(part):
    with read_multipart((f'Content-Disposition: form-data; name="file"\r\nContent-Type: {part}', b"abc")) as form:
        assert document_of(form) == b"abc"


def test_the_first_file_with_content_counts():
    with read_multipart(file(b"", ""), file(b"one"), file(b"two")) as form:
        assert document_of(form) == b"one"


def test_a_part_in_base64_is_decoded():
    head, _ = file(b"")

    with read_multipart((f"{head}\r\nContent-Transfer-Encoding: base64", b"aGVs\r\nbG8=")) as form:
        assert document_of(form) == b"hello"


@pytest.mark.parametrize(
    ("data", "content_type", "words"),
    [
        (b"{}", "application/json", "The body is not a form. Send it as multipart/form-data or"),
        (b"x", MULTIPART, "no valid boundary"),
        (b"x", f"{MULTIPART}; boundary=\x01", "no valid boundary"),
        (urlencode({f"f{n}": n for n in range(200)}).encode(), URLENCODED, "more than 100 fields"),
        (b"url=" + b"x" * 1_100_000, URLENCODED, "fields are too long"),
        (b"x" * 1_100_000, URLENCODED, "fields are too long"),
        (multipart(("X: " + "y" * 20_000, b"")), f"{MULTIPART}; boundary={BOUNDARY}", "The multipart form is broken"),
    ],
)
def test_a_body_that_cannot_be_taken_is_named(data, content_type, words):
    with pytest.raises(ParseFailure, match=words):
        read(data, content_type, size=65_536)


def test_an_upload_that_ends_early_is_told_so():
    with pytest.raises(ParseFailure, match="ended before the length"):
        forms.read(body_of(b"url=x", URLENCODED, stated=100), limit_bytes=10)


def test_a_data_uri_needs_its_head():
    for text in (b"x" * 300, b"data:image/png,abcd", b"data:image/png;base64,", b"data:;base64,abcd"):
        image = DataUri(100)
        for byte in text:
            image.write(bytes([byte]))
        with pytest.raises(ParseFailure, match="The base64 file is invalid"):
            image.opened()
