"""URLs through the door: nothing inside is reached, however it is named."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from ocr import safe_http
from tests.addresses import REFUSED_ADDRESSES, REFUSED_URLS
from tests.contracts.parse.conftest import failure

UNREACHABLE = "The URL could not be reached: its host does not resolve to a public address."


@pytest.fixture
def canary() -> Iterator[ThreadingHTTPServer]:
    """A server inside, which must not be asked anything."""
    hits = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
    assert hits == []


@pytest.fixture
def redirect(site) -> Callable[[str], str]:
    """The URL of a page outside that redirects to the given place."""
    return lambda location: site("/door", b"", status=302, location=location)


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_no_special_address_is_fetched_directly_or_by_a_redirect(parse, canary, redirect, charged, address):
    host = f"[{address}]" if ":" in address else address
    url = f"http://{host}:{canary.server_port}/a.png"

    assert parse(url=url) == failure(99, UNREACHABLE)
    assert parse(url=redirect(url)) == failure(99, UNREACHABLE)
    assert {row[1] for row in charged()} <= {"released"}


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_no_url_that_parsers_disagree_about_is_fetched(parse, canary, redirect, url):
    for text in (url, url.replace("127.0.0.1", f"127.0.0.1:{canary.server_port}")):
        for body in (parse(url=text), parse(url=redirect(text))):
            (sentence,) = body["ErrorMessage"]
            assert body == failure(99, sentence)
            assert sentence.endswith(".")


def test_a_name_that_answers_inside_in_turn_reaches_nothing(parse, canary, site, picture, monkeypatch):
    outside = site("/a.png", picture)
    turns = iter(["127.0.0.1", "127.0.0.2", "127.0.0.1", "127.0.0.2"] * 2)

    def getaddrinfo(host: str, port: int, **hints: int) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (next(turns), port))]

    monkeypatch.setattr(safe_http.socket, "getaddrinfo", getaddrinfo)
    for _ in range(2):
        assert parse(url=f"http://rebinding.example:{canary.server_port}/a.png") == failure(99, UNREACHABLE)
        body = parse(url=outside.replace("127.0.0.2", "rebinding.example"))
        assert body["OCRExitCode"] == 1


@pytest.mark.parametrize("location", ["file:///etc/hostname", "gopher://127.0.0.1:{port}/_x", "//127.0.0.1:{port}/"])
def test_a_redirect_to_another_scheme_or_inside_is_refused(parse, canary, redirect, location):
    body = parse(url=redirect(location.format(port=canary.server_port)))

    assert body == failure(99, *body["ErrorMessage"])


def test_a_lawful_redirect_is_followed_and_the_fourth_is_not(parse, site, picture, redirect):
    goal = site("/goal.png", picture)

    assert parse(url=redirect(goal))["OCRExitCode"] == 1
    assert parse(url=redirect("/door")) == failure(
        99, "The URL could not be fetched: it redirects more than 3 times. Give the address it ends at."
    )
