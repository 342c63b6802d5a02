"""Fetch a caller's URL without letting it reach what only this machine can reach.

Four walls, in this order. `web_address.parse_url` understands a URL once, refuses whatever two
parsers could read differently, and rebuilds it: curl never sees the caller's text.
`_resolve` asks for the name's addresses once, and one bad address refuses the name; curl gets
those addresses, so a name whose answer changes gains nothing. `_Answer.open_socket` judges the
address again at the moment curl connects to it. `fetch` follows redirects by hand, so that
every hop passes the first three again.

Pure: no Django, no settings; the caller passes a `Policy`.
"""

import queue
import re
import socket
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import certifi
import pycurl

from billing import sizes
from ocr.web_address import Target, UrlRefused, bracketed, follow, is_public, parse_url

USER_AGENT = "spocr/1.0 (fetches the image whose URL a user gave)"
MAX_HEADER_BYTES = 65_536
MAX_RECEIPT_BYTES = 65_536
BEGINNING_BYTES = 500
MAX_MEMORY_BYTES = 1_048_576  # a longer body goes on to a file without a name
REDIRECTS = frozenset({301, 302, 303, 307, 308})
STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ ([0-9]{3})\b")

# One text for "internal" and for "does not exist": a difference would map the inside network.
UNREACHABLE = "The URL could not be reached: its host does not resolve to a public address."


class BodyTooLarge(UrlRefused):
    """The URL's content is larger than the caller's plan takes."""


@dataclass(frozen=True)
class Policy:
    """What may be fetched.

    Attributes:
        allowed_networks: Private networks that a self-hoster opens, on every port.
        allowed_ports: Ports of public hosts.
        connect_timeout_seconds: For name, connection and TLS of one hop.
        total_timeout_seconds: For everything, redirects included.
        max_redirects: Hops after the first request.
        certificate_authorities: A PEM file; the wheel's libcurl has no path that suits Debian.
    """

    allowed_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    allowed_ports: frozenset[int] = frozenset({80, 443})
    connect_timeout_seconds: float = 5
    total_timeout_seconds: float = 30
    max_redirects: int = 3
    certificate_authorities: str = field(default_factory=certifi.where)


@dataclass(frozen=True)
class Fetched:
    """A body that was received whole.

    Attributes:
        content: The bytes, from the start, in a temporary file that dies when closed; the
            receiver closes it.
        content_type: As the server claims, lower case, without parameters; "" if unnamed.
        final_url: The last hop's URL, in our spelling.
    """

    content: IO[bytes]
    size_bytes: int
    content_type: str
    final_url: str


@dataclass(frozen=True)
class Receipt:
    """How a receiver answered: status, headers with lower-case names, and how the body began."""

    status: int
    headers: Mapping[str, str]
    beginning: bytes = b""


def fetch(url: str, *, max_bytes: int, policy: Policy) -> Fetched:
    """Get what the URL names.

    Args:
        url: As the caller typed it.
        max_bytes: Size of the body, at most.
        policy: Networks, ports and times.

    Raises:
        UrlRefused: With a sentence for the caller; it never quotes the remote answer.
        OSError: The temporary file cannot be written.
    """
    deadline = time.monotonic() + policy.total_timeout_seconds
    target = parse_url(url)
    for _ in range(policy.max_redirects + 1):
        answer = _Answer(policy, max_bytes)
        try:
            _request(target, answer, deadline)
        except BaseException:
            answer.content.close()
            raise
        if not answer.is_redirect:
            return answer.fetched(target)
        answer.content.close()
        target = follow(target, answer.headers["location"])
    raise UrlRefused(
        f"The URL could not be fetched: it redirects more than {policy.max_redirects} times. "
        "Give the address it ends at."
    )


def post(url: str, body: bytes, headers: Mapping[str, str], *, policy: Policy) -> Receipt:
    """Send `body` to the URL; no redirect is followed, and of the answer only the head decides.

    Raises:
        UrlRefused: There was no answer; the message says why.
    """
    answer = _ReceiptOnly(policy, MAX_RECEIPT_BYTES)
    lines = [*(f"{name}: {value}" for name, value in headers.items()), "Expect:"]
    options = (
        (pycurl.POST, 1),
        (pycurl.POSTFIELDS, body),
        (pycurl.HTTPHEADER, lines),
        (pycurl.MAXFILESIZE_LARGE, 0),  # an announced size may be what it likes
    )
    try:
        _request(parse_url(url), answer, time.monotonic() + policy.total_timeout_seconds, options)
    finally:
        answer.content.close()
    return Receipt(answer.status, answer.headers, bytes(answer.beginning))


def demand_reachable(url: str, policy: Policy, *, https_only: bool) -> None:
    """Refuse a URL that could not be sent to at this moment.

    Raises:
        UrlRefused: Not plain, not https where that is asked for, no host or not a public one.
    """
    target = parse_url(url)
    if https_only and target.scheme != "https":
        raise UrlRefused("The URL must begin with https://, so that nobody reads along.")
    _resolve(target, policy, time.monotonic() + policy.total_timeout_seconds)


def _resolve(target: Target, policy: Policy, deadline: float) -> list[str]:
    """Ask for the addresses of the target's host; all of them must be allowed.

    In a thread that is left behind when it is late: the system's resolver knows no deadline,
    and curl, which resolves in a thread too, waits for its end past every time limit.
    """
    answer: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=_look_up, args=(target, answer), daemon=True).start()
    seconds = min(policy.connect_timeout_seconds, deadline - time.monotonic())
    try:
        addresses = answer.get(timeout=max(seconds, 0))
    except queue.Empty:
        addresses = []
    if not addresses:
        raise UrlRefused(UNREACHABLE)
    for address in addresses:
        if refusal := _refusal(address, target.port, policy):
            raise UrlRefused(refusal)
    return addresses


def _look_up(target: Target, answer: queue.SimpleQueue[list[str]]) -> None:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError:
        found = []
    # A dict keeps the resolver's order of preference.
    answer.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))


def _refusal(address_text: str, port: int, policy: Policy) -> str:
    """Why there may be no connection to this address and port; "" if there may."""
    address = ip_address(address_text)
    if any(address in network for network in policy.allowed_networks):
        return ""
    if not is_public(address):
        return UNREACHABLE
    if port not in policy.allowed_ports:
        ports = ", ".join(map(str, sorted(policy.allowed_ports)))
        return f"The URL could not be fetched: only these ports are open to it: {ports}."
    return ""


class _Answer:
    """One request's answer, as curl's callbacks receive it.

    A callback that returns 0 ends the transfer. None may raise: pycurl would print the
    exception to standard error and lose it.
    """

    def __init__(self, policy: Policy, max_bytes: int) -> None:
        self.policy = policy
        self.max_bytes = max_bytes
        self.content = SpooledTemporaryFile(max_size=MAX_MEMORY_BYTES)  # noqa: SIM115
        self.sockets: list[socket.socket] = []  # pycurl duplicates them; ours are to be closed
        self.size_bytes = 0
        self.status = 0
        self.headers: dict[str, str] = {}
        self.header_bytes = 0
        self.is_head_complete = False
        self.refusal = ""
        self.fault: OSError | None = None

    @property
    def is_redirect(self) -> bool:
        return self.is_head_complete and self.status in REDIRECTS and "location" in self.headers

    @property
    def is_enough(self) -> bool:
        """What came is all that was wanted, however the transfer ended."""
        return self.is_redirect

    def open_socket(self, purpose: int, peer: tuple[int, int, int, Any]) -> Any:
        """Open a socket only if the address that curl is about to connect to is allowed."""
        family, kind, protocol, where = peer
        # A path instead of a pair would be a Unix socket.
        is_network = isinstance(where, tuple)
        self.refusal = _refusal(where[0], where[1], self.policy) if is_network else UNREACHABLE
        if self.refusal:
            return pycurl.SOCKET_BAD
        try:
            self.sockets.append(socket.socket(family, kind, protocol))
        except OSError:  # a machine without IPv6; curl goes on to the next address
            return pycurl.SOCKET_BAD
        return self.sockets[-1]

    def take_header(self, line: bytes) -> int:
        """Note one line of the head; end the transfer when only the head was wanted."""
        self.header_bytes += len(line)
        if self.header_bytes > MAX_HEADER_BYTES:
            return self._refuse("The URL could not be fetched: its server's headers are too long.")
        if self.is_head_complete:  # a trailer after the body
            return len(line)
        if status := STATUS_LINE.match(line):
            self.status = int(status[1])
            self.headers = {}
        elif line.strip():
            name, _, value = line.decode("utf-8", "replace").partition(":")
            self.headers.setdefault(name.strip().lower(), value.strip())
        elif self.status >= 200:  # 1xx heads come before the real one
            return self._complete_head(len(line))
        return len(line)

    def _complete_head(self, length: int) -> int:
        self.is_head_complete = True
        if self.is_redirect:
            return 0  # its body is not for us
        if self.status != 200:
            return self._refuse(f"The URL could not be fetched: its server answered {self.status}.")
        # Not asked for, and a small one could unpack to any size.
        if self.headers.get("content-encoding", "").lower() not in ("", "identity"):
            return self._refuse("The URL could not be fetched: its content is sent compressed.")
        return length

    def take_body(self, chunk: bytes) -> int:
        """Keep a piece of the body, up to the limit."""
        self.size_bytes += len(chunk)
        if self.size_bytes > self.max_bytes:
            return 0  # curl ends with a write error; `_failure` sees the size
        try:
            self.content.write(chunk)
        except OSError as error:
            self.fault = error
            return 0
        return len(chunk)

    def _refuse(self, sentence: str) -> int:
        self.refusal = sentence
        return 0

    def fetched(self, target: Target) -> Fetched:
        """The whole body, rewound."""
        self.content.seek(0)
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Fetched(self.content, self.size_bytes, kind, target.url)


class _ReceiptOnly(_Answer):
    """An answer whose head is all that matters; a short body is let in, so that the receiver ends in peace."""

    def __init__(self, policy: Policy, max_bytes: int) -> None:
        super().__init__(policy, max_bytes)
        self.beginning = bytearray()

    @property
    def is_enough(self) -> bool:
        return self.is_head_complete

    def _complete_head(self, length: int) -> int:
        self.is_head_complete = True
        return length

    def take_body(self, chunk: bytes) -> int:
        self.size_bytes += len(chunk)
        self.beginning += chunk[: BEGINNING_BYTES - len(self.beginning)]
        return len(chunk) if self.size_bytes <= self.max_bytes else 0


def _request(target: Target, answer: _Answer, deadline: float, options: Iterable[tuple[int, Any]] = ()) -> None:
    """Fill `answer` with one request's outcome, a redirect at most.

    Raises:
        UrlRefused: The request failed, or its answer is no file.
        OSError: The temporary file cannot be written.
    """
    addresses = _resolve(target, answer.policy, deadline)
    curl = _handle(target, addresses, answer, deadline)
    for option, value in options:
        curl.setopt(option, value)
    try:
        curl.perform()
    except pycurl.error as error:
        if answer.fault:
            raise answer.fault from error
        if not answer.is_enough:
            raise _failure(error.args[0], answer) from error
    finally:
        curl.close()
        for opened in answer.sockets:
            opened.close()
    if not answer.is_head_complete:
        raise _failure(pycurl.E_GOT_NOTHING, answer)


def _handle(target: Target, addresses: list[str], answer: _Answer, deadline: float) -> pycurl.Curl:
    policy = answer.policy
    pinned = ",".join(map(bracketed, addresses))
    # 0 would mean "no limit" to curl.
    left_ms = max(1, int((deadline - time.monotonic()) * 1000))
    connect_ms = max(1, int(policy.connect_timeout_seconds * 1000))
    curl = pycurl.Curl()
    for option, value in (
        (pycurl.URL, target.url),
        (pycurl.RESOLVE, [f"{bracketed(target.host)}:{target.port}:{pinned}"]),
        (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
        (pycurl.FOLLOWLOCATION, 0),
        (pycurl.PROXY, ""),  # not the environment's either
        (pycurl.NETRC, pycurl.NETRC_IGNORED),
        (pycurl.CAINFO, policy.certificate_authorities),
        (pycurl.USERAGENT, USER_AGENT),
        (pycurl.HTTPHEADER, ["Accept: */*", "Accept-Encoding: identity"]),
        (pycurl.NOSIGNAL, 1),  # curl's alarm would hit other threads
        (pycurl.TIMEOUT_MS, left_ms),
        (pycurl.CONNECTTIMEOUT_MS, min(left_ms, connect_ms)),
        (pycurl.MAXFILESIZE_LARGE, answer.max_bytes),
        (pycurl.OPENSOCKETFUNCTION, answer.open_socket),
        (pycurl.HEADERFUNCTION, answer.take_header),
        (pycurl.WRITEFUNCTION, answer.take_body),
    ):
        curl.setopt(option, value)
    return curl


def _failure(curl_code: int, answer: _Answer) -> UrlRefused:
    if curl_code == pycurl.E_FILESIZE_EXCEEDED or answer.size_bytes > answer.max_bytes:
        largest = sizes.shown(answer.max_bytes)
        return BodyTooLarge(f"The URL could not be fetched: its content is larger than {largest}.")
    return UrlRefused(_sentence(curl_code, answer))


def _sentence(curl_code: int, answer: _Answer) -> str:
    """What to tell the caller about a failed request."""
    if answer.refusal:
        return answer.refusal
    if curl_code == pycurl.E_OPERATION_TIMEDOUT:
        seconds = answer.policy.total_timeout_seconds
        return f"The URL could not be fetched: it takes too long; the limit is {seconds:g} s."
    reason = {
        pycurl.E_COULDNT_CONNECT: "its server does not accept connections",
        pycurl.E_PEER_FAILED_VERIFICATION: "its server's certificate cannot be verified",
        pycurl.E_SSL_CONNECT_ERROR: "no TLS connection to its server can be made",
        pycurl.E_PARTIAL_FILE: "its server ended the transfer early",
        pycurl.E_RECV_ERROR: "its server ended the transfer early",
        pycurl.E_GOT_NOTHING: "its server answered nothing",
    }.get(curl_code, "its server's answer is not valid HTTP")
    return f"The URL could not be fetched: {reason}."
