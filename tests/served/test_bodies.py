"""Bodies in chunks and long queries, as they come through the real server."""

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.contracts.workspace.conftest import encoded
from tests.poison import GOOD

BROKEN_OFF = "The body broke off before its last chunk. Send it again."


@pytest.fixture(scope="module")
def key(service) -> str:
    return service.key("bodies@example.org", "pro")


def ask(service, method: str, path: str, **request) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=120)
    try:
        connection.request(method, path, **request)
        answer = connection.getresponse()
        return answer.status, json.load(answer)
    finally:
        connection.close()


def in_pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 1000):
        yield data[start : start + 1000]


def test_a_workspace_request_may_come_in_chunks(service, key):
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    body = json.dumps({"image": encoded(GOOD["jpeg_rgb"]())}).encode()

    status, answer = ask(service, "POST", "/ocr/text", body=in_pieces(body), headers=headers, encode_chunked=True)

    assert (status, answer["text"]) == (200, "INVOICE 12345")


def test_chunks_that_are_none_are_refused_and_end_the_connection(service, key):
    head = f"POST /ocr/text HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
    with socket.create_connection(("127.0.0.1", service.port), timeout=60) as client:
        client.sendall(f"{head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{{}}".encode())
        answer = client.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["message"] == BROKEN_OFF


def test_a_query_may_be_as_long_as_a_signed_url(service, key):
    query = urlencode({"apikey": key, "url": "ftp://example.org/?" + "signature=" * 700})

    status, answer = ask(service, "GET", f"/parse/imageurl?{query}")

    assert (status, answer["ErrorMessage"]) == (200, ["The URL's scheme is not supported. Use http or https."])
