"""Fetching a caller's URL: what is refused, what is delivered, and that nothing inside is touched.

Servers listen on loopback. 127.0.0.2 plays the outside (opened by `allowed_networks`), and
127.0.0.1 the inside: a canary there counts connections and must count none.
"""

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ocr import safe_http
from ocr.safe_http import UNREACHABLE, Policy, fetch
from ocr.web_address import UrlRefused, is_public, parse_url
from tests.addresses import REFUSED_ADDRESSES, REFUSED_URLS

OUTSIDE, INSIDE = "127.0.0.2", "127.0.0.1"
CLOSED = Policy(connect_timeout_seconds=1, total_timeout_seconds=2)
OPEN = Policy((ip_network("127.0.0.2/32"),), connect_timeout_seconds=1, total_timeout_seconds=2)
HASTY = Policy((ip_network("127.0.0.2/32"),), total_timeout_seconds=0.5)

OK = b"HTTP/1.1 200 OK\r\n"

Answer = Callable[[socket.socket], None]


class Server:
    """Answers each connection with `answer`, and remembers the request heads it was sent."""

    def __init__(self, answer: Answer, address: str = OUTSIDE, port: int = 0, certificate: str = "") -> None:
        self.listener = socket.create_server((address, port))
        self.port = self.listener.getsockname()[1]
        self.url = f"http{'s' if certificate else ''}://{address}:{self.port}/"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.listener = context.wrap_socket(self.listener, server_side=True)
        self.answer = answer
        self.hits = 0
        self.heads: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.hits += 1
                threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with suppress(OSError), closing(connection):
            self.heads.append(connection.recv(65_536).decode("latin-1"))
            self.answer(connection)
            connection.shutdown(socket.SHUT_WR)


def says(body: bytes = b"hello", status: str = "200 OK", **headers: str) -> Answer:
    """An answer in one piece; header names take _ for -."""
    fields = {"Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
    return lambda connection: connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def endless(head: bytes, piece: bytes, pause_seconds: float = 0) -> Answer:
    """An answer that goes on until the client leaves."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)
            time.sleep(pause_seconds)

    return answer


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers = []

    def start(answer: Answer, **where: object) -> Server:
        servers.append(Server(answer, **where))
        return servers[-1]

    yield start
    for server in servers:
        server.listener.close()


@pytest.fixture
def canary(serve: Callable[..., Server]) -> Iterator[Server]:
    server = serve(says(b"inside"), address=INSIDE)
    yield server
    assert server.hits == 0


def resolves_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """Let every name resolve to each of the answers in turn."""
    turns = iter(range(1_000_000))

    def getaddrinfo(host: str, port: int, **hints: int) -> list[tuple[object, ...]]:
        addresses = answers[next(turns) % len(answers)]
        return [(0, 0, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(safe_http.socket, "getaddrinfo", getaddrinfo)


def refusal(url: str, policy: Policy = CLOSED, max_bytes: int = 100_000) -> str:
    """The sentence with which the URL is refused, in less than 5 seconds."""
    started = time.monotonic()
    with pytest.raises(UrlRefused) as caught:
        fetch(url, max_bytes=max_bytes, policy=policy)
    assert time.monotonic() - started < 5
    assert caught.value.code == "url_refused"
    return str(caught.value)


def test_a_file_is_delivered_with_its_type_and_size(serve):
    server = serve(says(b"pixels", Content_Type="Image/PNG; charset=binary"))

    fetched = fetch(server.url + "a?b=1#c", max_bytes=6, policy=OPEN)

    with fetched.content as content:
        assert content.read() == b"pixels"
    assert (fetched.size_bytes, fetched.content_type) == (6, "image/png")
    assert fetched.final_url == server.url + "a?b=1"


def test_a_request_carries_nothing_of_ours(serve, monkeypatch, tmp_path, canary):
    (tmp_path / ".netrc").write_text("default login user password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url)
    server = serve(says())

    fetch(server.url, max_bytes=10, policy=OPEN).content.close()

    head = server.heads[0].lower()
    assert "accept-encoding: identity\r\n" in head
    assert "user-agent: spocr/" in head
    assert "authorization" not in head
    assert "cookie" not in head


@pytest.mark.parametrize("address", REFUSED_ADDRESSES)
def test_a_special_address_is_refused_however_it_is_reached(address, canary, serve, monkeypatch):
    host = f"[{address}]" if ":" in address else address
    door = serve(says(status="302 Found", Location=f"http://{host}:{canary.port}/"))
    opened = []
    monkeypatch.setattr(safe_http.socket, "socket", lambda *spec: opened.append(spec))

    assert not is_public(ip_address(address))
    assert refusal(f"http://{host}:{canary.port}/") == UNREACHABLE
    resolves_to(monkeypatch, [address])
    assert refusal(f"http://name.example:{canary.port}/") == UNREACHABLE
    assert opened == []

    monkeypatch.undo()
    assert refusal(door.url, OPEN) == UNREACHABLE
    assert door.hits == 1


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_a_url_that_parsers_read_differently_is_refused(url, canary, serve):
    if "[" not in url:  # the two in brackets are spelled well; their addresses are refused
        with pytest.raises(UrlRefused):
            parse_url(url)

    for text in (url, url.replace("127.0.0.1", f"127.0.0.1:{canary.port}")):
        door = serve(says(status="302 Found", Location=text.encode().decode("latin-1")))

        assert refusal(text).endswith(".")
        assert refusal(door.url, OPEN).endswith(".")


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/hostname",
        "gopher://127.0.0.1:{port}/_x",
    ],
)
def test_a_redirect_to_the_inside_is_refused(status, location, canary, serve):
    door = serve(says(status=f"{status} Moved", Location=location.format(port=canary.port)))

    assert refusal(door.url, OPEN)

    assert door.hits == 1


def test_a_lawful_redirect_is_followed_without_cookies(serve):
    goal = serve(says(b"goal"))
    door = serve(says(status="302 Found", Location=f"{goal.url}x", Set_Cookie="a=b"))

    with fetch(door.url, max_bytes=10, policy=OPEN).content as content:
        assert content.read() == b"goal"

    assert goal.heads[0].startswith("GET /x HTTP/1.1\r\n")
    assert "cookie" not in goal.heads[0].lower()


def test_a_redirect_loop_ends_after_three_redirects(serve):
    server = serve(says(status="302 Found", Location="/again"))

    assert "redirects more than 3 times" in refusal(server.url, OPEN)

    assert server.hits == 4


def test_a_name_that_changes_its_answer_gains_nothing(monkeypatch, canary, serve):
    goal = serve(says(b"outside"), port=canary.port)
    resolves_to(monkeypatch, [OUTSIDE], [INSIDE], [OUTSIDE, INSIDE], [INSIDE, OUTSIDE])
    url = f"http://rebinding.example:{goal.port}/"

    for _ in range(25):
        with fetch(url, max_bytes=10, policy=OPEN).content as content:
            assert content.read() == b"outside"
        for _ in range(3):
            assert refusal(url, OPEN) == UNREACHABLE

    assert goal.hits == 25


def test_the_address_is_judged_again_when_curl_connects(monkeypatch, canary):
    monkeypatch.setattr(safe_http, "_resolve", lambda *given: [INSIDE])

    assert refusal(f"http://name.example:{canary.port}/", OPEN) == UNREACHABLE


def test_a_name_without_an_address_gets_the_same_text_as_an_inside_one(monkeypatch):
    def getaddrinfo(*args: object, **hints: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(safe_http.socket, "getaddrinfo", getaddrinfo)

    assert refusal("http://nowhere.example/") == UNREACHABLE


def test_a_slow_name_server_cannot_outlast_the_deadline(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(safe_http.socket, "getaddrinfo", lambda *a, **k: released.wait(10) and [])

    assert refusal("http://slow.example/", HASTY) == UNREACHABLE

    released.set()


def test_only_web_ports_of_public_hosts_are_open(monkeypatch):
    resolves_to(monkeypatch, ["8.8.8.8"])

    assert "only these ports" in refusal("http://public.example:6379/")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says(b"hidden-marker", "404 Not Found"), "its server answered 404"),
        (says(b"hidden-marker", "206 Partial Content"), "its server answered 206"),
        (says(b"hidden-marker", "302 Found"), "its server answered 302"),
        (says(b"x" * 100_001), "larger than 97 KB"),
        (says(b"x", Content_Length="10000000000"), "larger than 97 KB"),
        (says(b"hidden-marker", Content_Length="1000"), "ended the transfer early"),
        (says(gzip.compress(bytes(9_000_000)), Content_Encoding="gzip"), "sent compressed"),
        (endless(OK + b"\r\n", b"x" * 65_536), "larger than 97 KB"),
        (endless(OK, b"A: " + b"b" * 1_000 + b"\r\n"), "headers are too long"),
        (endless(OK, b"A" * 65_536), "not valid HTTP"),
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "headers are too long"),
        (endless(OK + b"\r\n", b"x", 0.05), "takes too long"),
        (endless(OK, b"A: b\r\n", 0.05), "takes too long"),
        (
            endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.05),
            "takes too long",
        ),
        (lambda connection: time.sleep(0.7), "takes too long"),
        (lambda connection: None, "answered nothing"),
        (lambda connection: connection.sendall(b"hidden-marker"), "not valid HTTP"),
        (lambda connection: connection.sendall(b"HTTP/1.1 \xb2\xb2 hidden\r\n\r\n"), "not valid"),
    ],
)
def test_an_abusive_answer_is_refused_in_time_and_not_quoted(answer, reason, serve, capfd):
    sentence = refusal(serve(answer).url, HASTY if reason == "takes too long" else OPEN)

    assert reason in sentence
    assert "hidden-marker" not in sentence
    assert "Traceback" not in capfd.readouterr().err


def test_a_body_longer_than_its_stated_length_is_cut_there(serve):
    server = serve(says(b"x" * 50_000, Content_Length="10"))

    with fetch(server.url, max_bytes=100, policy=OPEN).content as content:
        assert content.read() == b"x" * 10


def test_the_deadline_covers_all_hops_together(serve):
    def slow_redirect(connection: socket.socket) -> None:
        time.sleep(0.3)
        says(status="302 Found", Location="/again")(connection)

    server = serve(slow_redirect)

    assert "takes too long" in refusal(server.url, HASTY)

    assert server.hits == 2


def test_a_host_that_does_not_listen_is_named():
    assert refusal(f"http://{OUTSIDE}:1/", OPEN).endswith("does not accept connections.")


def test_memory_stays_flat_while_a_large_file_arrives(serve):
    piece = bytes(1_048_576)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {32 * len(piece)}\r\n\r\n".encode()
    server = serve(lambda connection: [connection.sendall(part) for part in [head] + [piece] * 32])
    tracemalloc.start()

    fetched = fetch(server.url, max_bytes=40_000_000, policy=replace(OPEN, total_timeout_seconds=20))

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    fetched.content.close()
    assert fetched.size_bytes == 33_554_432
    assert peak_bytes < 8_000_000


def test_a_full_disk_is_our_fault_and_not_the_urls(serve, monkeypatch):
    class FullDisk:
        def write(self, chunk: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            pass

    monkeypatch.setattr(safe_http, "SpooledTemporaryFile", lambda **options: FullDisk())

    with pytest.raises(OSError, match="No space left"):
        fetch(serve(says()).url, max_bytes=10, policy=OPEN)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> str:
    """A PEM file with a key and a certificate that 127.0.0.2 signed for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "outside")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address(OUTSIDE))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(hours=1))
    builder = builder.not_valid_after(datetime.now(UTC) + timedelta(hours=1))
    signed = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path_factory.mktemp("tls") / "outside.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return str(path)


def test_a_certificate_that_nobody_vouches_for_is_refused(serve, certificate):
    server = serve(says(), certificate=certificate)

    assert "certificate cannot be verified" in refusal(server.url, OPEN)


def test_a_redirect_from_https_to_http_is_refused(serve, certificate):
    goal = serve(says())
    door = serve(says(status="302 Found", Location=goal.url), certificate=certificate)
    trusting = replace(OPEN, certificate_authorities=certificate)

    assert "redirects from https to http" in refusal(door.url, trusting)

    assert (door.hits, goal.hits) == (1, 0)
