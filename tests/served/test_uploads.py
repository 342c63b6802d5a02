"""Large, slow and broken uploads to a running service: memory stays flat, and nobody else waits."""

import base64
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.poison import GOOD

MEGABYTE = 1_048_576
BOUNDARY = "x-boundary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
URLENCODED = "application/x-www-form-urlencoded"
FILE_HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bmp"\r\n\r\n'.encode()
IMAGE_HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="base64Image"\r\n\r\n'.encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
# What one upload of 100 MB may add to a portal's process that has served a small one.
FLAT_MEGABYTES = 24


@pytest.fixture(scope="module")
def key(service) -> str:
    return service.key("pro@example.org", "pro")


def in_pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), MEGABYTE):
        yield data[start : start + MEGABYTE]


def post(service, key: str, pieces: Iterable[bytes], content_type: str, length: int) -> dict:
    """Send a body of so many bytes; None sends it in chunks without a stated length."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
    headers = {"apikey": key, "Content-Type": content_type}
    if length:
        headers["Content-Length"] = str(length)
    connection.request("POST", "/parse/image", body=pieces, headers=headers, encode_chunked=not length)
    try:
        return json.load(connection.getresponse())
    finally:
        connection.close()


def post_whole(service, key: str, body: bytes, content_type: str) -> dict:
    return post(service, key, in_pieces(body), content_type, len(body))


def peak_megabytes(service) -> int:
    """The most resident memory that any process of the portal has had."""
    return max(
        int(line.split()[1]) // 1024
        for pid in service.web_processes()
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )


def large_document() -> bytes:
    """The picture, and so much behind it that the plan just takes it; decoders pass over it."""
    picture = GOOD["png_rgb"]()
    return picture + bytes(100 * MEGABYTE - len(picture))


def text_of(answer: dict) -> str:
    assert answer["OCRExitCode"] == 1, answer
    return answer["ParsedResults"][0]["ParsedText"]


def test_memory_stays_flat_while_100_megabytes_arrive(service, key):
    small = FILE_HEAD + GOOD["png_rgb"]() + TAIL
    for _ in range(8):  # every process of the portal has served one
        text_of(post_whole(service, key, small, MULTIPART))
    before = peak_megabytes(service)
    document = large_document()
    encoded = b"data:image/png;base64," + base64.b64encode(document)
    bodies = [
        (FILE_HEAD + document + TAIL, MULTIPART),
        (IMAGE_HEAD + encoded + TAIL, MULTIPART),
        (b"base64Image=" + quote(encoded).encode(), URLENCODED),
    ]

    for body, content_type in bodies:
        assert text_of(post_whole(service, key, body, content_type)) == "INVOICE 12345\r\n"

    assert peak_megabytes(service) - before < FLAT_MEGABYTES


def test_one_byte_more_than_the_plan_takes_is_refused_in_every_form(service, key):
    document = large_document() + b"x"
    encoded = b"data:image/png;base64," + base64.b64encode(document)

    for body, content_type in (
        (FILE_HEAD + document + TAIL, MULTIPART),
        (b"base64Image=" + quote(encoded).encode(), URLENCODED),
    ):
        assert post_whole(service, key, body, content_type)["ErrorMessage"] == [
            "File failed validation. File size exceeds the maximum permissible file size limit of 102400 KB"
        ]


def test_a_body_in_chunks_without_a_stated_length_is_read(service, key):
    body = FILE_HEAD + GOOD["png_rgb"]() + TAIL

    assert text_of(post(service, key, in_pieces(body), MULTIPART, 0)) == "INVOICE 12345\r\n"


@pytest.mark.parametrize("how", [{}, {"Connection": "close"}])
def test_a_wrong_key_is_told_to_a_client_that_sends_a_large_file_first(service, how):
    body = FILE_HEAD + bytes(8 * MEGABYTE) + TAIL
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)

    connection.request("POST", "/parse/image", body, {"apikey": "wrong", "Content-Type": MULTIPART, **how})

    response = connection.getresponse()
    assert (response.status, json.load(response)) == (403, "The API key is invalid")
    connection.close()


def test_slow_and_silent_uploads_hold_no_engine(service, key):
    head = f"POST /parse/image HTTP/1.1\r\nHost: x\r\napikey: {key}\r\nContent-Type: {MULTIPART}\r\n".encode()
    silent = [service.connect() for _ in range(20)]
    for connection in silent:
        connection.sendall(head + b"Content-Length: 500000\r\n\r\n" + FILE_HEAD + b"\x89PNG")
    dripping = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        threads.submit(_drip, silent[:5], dripping)
        started = time.monotonic()

        for _ in range(3):
            assert text_of(post_whole(service, key, FILE_HEAD + GOOD["png_rgb"]() + TAIL, MULTIPART))

        assert time.monotonic() - started < 15
        dripping.set()
    for connection in silent:
        connection.close()


def _drip(connections: list[socket.socket], ended: threading.Event) -> None:
    while not ended.wait(0.1):
        for connection in connections:
            connection.sendall(b"x")


@pytest.mark.parametrize("percent", [0, 10, 50, 99])
def test_a_client_that_hangs_up_disturbs_nobody(service, key, percent):
    body = FILE_HEAD + GOOD["png_rgb"]() + TAIL
    head = f"POST /parse/image HTTP/1.1\r\nHost: x\r\napikey: {key}\r\nContent-Type: {MULTIPART}\r\n"
    connection = service.connect()
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[: len(body) * percent // 100])

    connection.close()

    assert text_of(post_whole(service, key, body, MULTIPART)) == "INVOICE 12345\r\n"
