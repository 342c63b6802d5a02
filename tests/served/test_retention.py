"""After a request nothing of it is left: no image, no text, no file name, no key; only the usage row."""

import base64
import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest
from PIL import Image

from tests import pictures, poison

WORD = "QUOKKAMARKER"
FILE_NAME = f"{WORD.lower()}-scan.png"
BOUNDARY = "x-boundary"


@pytest.fixture(scope="module")
def key(service) -> str:
    return service.key("private@example.org", "pro")


def image() -> bytes:
    drawn: Image.Image = pictures.page(WORD, typeface=pictures.latin(64))
    return poison.encoded(drawn, "PNG")


def multipart(fields: dict[str, str], file: bytes | None = None) -> tuple[bytes, str]:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file is not None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{FILE_NAME}"\r\n\r\n'
        parts += [head.encode(), file, b"\r\n"]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()]), f"multipart/form-data; boundary={BOUNDARY}"


def call(url: str, body: tuple[bytes, str] | None = None, **headers: str) -> object:
    """The answer's JSON, whatever its status."""
    data, kind = body or (None, "")
    request = urllib.request.Request(url, data, {**headers, **({"Content-Type": kind} if kind else {})})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)
    except HTTPError as refused:
        return json.load(refused)


def traces(service, *markers: str) -> Iterator[str]:
    """Where one of the markers is found: files of the data folder, rows, and all that was printed."""
    wanted = [marker.encode() for marker in markers]
    for path in [*service.data.rglob("*"), service.log]:
        if path.is_file() and any(marker.lower() in path.read_bytes().lower() for marker in wanted):
            yield str(path)
    with sqlite3.connect(service.data / "spocr.sqlite3") as database:
        dump = "\n".join(database.iterdump()).lower()
    yield from (f"the database: {marker}" for marker in markers if marker.lower() in dump)


def open_files(service) -> list[str]:
    """Temporary files that the portal's processes still hold."""
    links = (link for pid in service.web_processes() for link in Path(f"/proc/{pid}/fd").iterdir())
    targets = [str(link.readlink()) for link in links if link.is_symlink()]
    return [target for target in targets if "(deleted)" in target and ("/tmp" in target or "memfd:document" in target)]


def test_a_reading_leaves_nothing_behind(service, key):
    url, data = f"{service.url}/parse/image", image()
    encoded = "data:image/png;base64," + base64.b64encode(data).decode()
    urlencoded = (urlencode({"base64Image": encoded}).encode(), "application/x-www-form-urlencoded")

    answers = [
        call(url, multipart({"isOverlayRequired": "true"}, data), apikey=key),
        call(url, multipart({"OCREngine": "2"}, data + bytes(4_000_000)), apikey=key),  # large enough for a file
        call(url, urlencoded, apikey=key),
    ]
    refusals = [
        call(url, multipart({}, WORD.encode()), apikey=key),
        call(url, multipart({}, data[: len(data) // 2]), apikey=key),
        call(url, multipart({"language": WORD}, data), apikey=key),
        call(url, multipart({WORD: "x"}, data), apikey=key),
        call(url, multipart({"url": f"http://127.0.0.1/{WORD}.png"}), apikey=key),
        call(url, multipart({}, data), apikey=f"{WORD}"),
    ]

    assert all(WORD in answer["ParsedResults"][0]["ParsedText"] for answer in answers)
    assert all(isinstance(refusal, str) or refusal["IsErroredOnProcessing"] for refusal in refusals)
    assert list(traces(service, WORD)) == []
    assert open_files(service) == []


def test_a_key_in_the_query_is_in_no_log_and_no_row(service, key):
    query = urlencode({"apikey": key, "url": "http://192.0.2.1/x.png"})
    for path in (f"/parse/imageurl?{query}", f"/parse/image?{query}", f"/nowhere?{query}", f"/conversions?{query}"):
        try:
            call(service.url + path)
        except ValueError:
            assert path.startswith("/nowhere")  # a page, and no JSON

    with service.connect() as connection:  # a line that the web server itself complains of
        connection.sendall(f"GET /parse/imageurl?{query} \x01 HTTP/9.9 x\r\n\r\n".encode())
        connection.recv(1_000)

    assert list(traces(service, key)) == []
