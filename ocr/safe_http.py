"""Fetch a caller's URL without letting it reach what only this machine can reach.

Four walls, in this order. `parse_url` understands a URL once, refuses whatever two parsers
could read differently, and rebuilds it from its parts: curl never sees the caller's text.
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
import unicodedata
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote, urljoin

import certifi
import idna
import pycurl

from accounts.errors import Invalid

USER_AGENT = "spocr/1.0 (fetches the image whose URL a user gave)"
MAX_URL_CHARS = 8_192
MAX_HEADER_BYTES = 65_536
MAX_MEMORY_BYTES = 1_048_576  # a longer body goes on to a file without a name
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DEFAULT_PORTS = {"http": 80, "https": 443}

# The list is ours because `ipaddress.is_global` of Python 3.11 passes NAT64, 6to4, multicast
# and more. From IANA's special-purpose registries; one cloud's host address.
SPECIAL_PURPOSE = (
    "0.0.0.0/8",  # "this network"; Linux connects 0.0.0.0 to itself
    "10.0.0.0/8",
    "100.64.0.0/10",  # carrier-grade NAT
    "127.0.0.0/8",
    "168.63.129.16/32",  # Azure: the host of the virtual machine, behind a public number
    "169.254.0.0/16",  # link-local: the clouds' metadata
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",  # 6to4 relays
    "192.168.0.0/16",
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
    "2001::/23",  # protocol assignments; Teredo, which carries an IPv4 address
    "2001:db8::/32",
    "2002::/16",  # 6to4, which carries an IPv4 address
    "3ffe::/16",  # the old test network
    "3fff::/20",
)
REFUSED_NETWORKS = tuple(map(ip_network, SPECIAL_PURPOSE))
# All global unicast addresses of IPv6 lie here: the mapped, NAT64, unique local, link-local,
# site-local and multicast forms are outside.
GLOBAL_IPV6 = IPv6Network("2000::/3")

URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.IGNORECASE | re.ASCII,
)
AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^:\[\]@%]+)(?::(?P<port>[0-9]{1,5}))?", re.I)
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
STATUS_LINE = re.compile(rb"HTTP/[0-9.]+ ([0-9]{3})\b")
# Everything that may stand in a path or query; what else is there gets percent-encoded.
KEPT_CHARACTERS = "/?%:@!$&'()*+,;=~-._[]"

# One text for "internal" and for "does not exist": a difference would map the inside network.
UNREACHABLE = "The URL could not be reached: its host does not resolve to a public address."


class UrlRefused(Invalid):
    """The URL may not be fetched, or what it answered cannot be used; the message says why."""

    code = "url_refused"


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
class Target:
    """A URL taken apart: host in lower-case ASCII, without brackets; path with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The URL in its one spelling."""
        host = _bracketed(self.host)
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


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
        target = _next_hop(target, answer)
    raise UrlRefused(
        f"The URL could not be fetched: it redirects more than {policy.max_redirects} times. "
        "Give the address it ends at."
    )


def parse_url(text: str) -> Target:
    """Take an http or https URL apart, refusing every spelling that parsers disagree about.

    Raises:
        UrlRefused: The text names no scheme we fetch, or no plain host.
    """
    _refuse_odd_characters(text)
    parts = URL.fullmatch(text)
    if parts is None:
        raise UrlRefused("The URL is not complete. Give it in full, as https://host/path.")
    scheme = parts["scheme"].lower()
    if scheme not in DEFAULT_PORTS:
        raise UrlRefused("The URL's scheme is not supported. Use http or https.")
    if parts["fragment"] and not (parts["path"] or parts["query"]):
        # "http://one#@two/": some parsers take what follows the # for the host.
        raise UrlRefused("The URL has a fragment (#) right after its host. Leave it out.")
    host, port = _host_and_port(parts["authority"], DEFAULT_PORTS[scheme])
    path = (parts["path"] or "/") + (parts["query"] or "")
    return Target(scheme, host, port, quote(path, safe=KEPT_CHARACTERS))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is one host on the public internet, and hides no other address."""
    if isinstance(address, IPv6Address) and address not in GLOBAL_IPV6:
        return False
    return not any(address in network for network in REFUSED_NETWORKS)


def _refuse_odd_characters(text: str) -> None:
    if len(text) > MAX_URL_CHARS:
        raise UrlRefused(f"The URL is longer than {MAX_URL_CHARS} characters.")
    # Categories: control, format, surrogate and unassigned; separators (white space).
    if "\\" in text or any(unicodedata.category(character)[0] in "CZ" for character in text):
        raise UrlRefused("The URL holds a backslash, white space or a control character. Percent-encode it.")


def _host_and_port(authority: str, default_port: int) -> tuple[str, int]:
    if "@" in authority:
        raise UrlRefused("The URL holds a user name or password. Leave it out.")
    parts = AUTHORITY.fullmatch(authority)
    if parts is None:
        raise UrlRefused("The URL's host is missing or not valid.")
    port = int(parts["port"] or default_port)
    if not 1 <= port <= 65_535:
        raise UrlRefused("The URL's port is not a number from 1 to 65535.")
    return _host(parts["host"]), port


def _host(text: str) -> str:
    if text.startswith("["):
        return _address(text[1:-1], IPv6Address)
    host = _ascii_host(text.lower())
    labels = host.split(".")
    # inet_aton, which resolvers use, reads 127.1, 0x7f000001, 017700000001 and more as addresses.
    if NUMBER.fullmatch(labels[-1]):
        return _address(host, IPv4Address)
    # An empty last label (a trailing dot) is refused here too: "localhost." is "localhost".
    if len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise UrlRefused("The URL's host is not a valid name.")
    return host


def _address(text: str, kind: type[IPv4Address] | type[IPv6Address]) -> str:
    try:
        return str(kind(text))
    except ValueError as error:
        raise UrlRefused(
            "The URL's host is a number in an unusual form. Write an address as four decimal "
            "numbers, or as IPv6 in brackets."
        ) from error


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    # Full-width dots and circled letters are other characters after normalization: one parser
    # would map them and another would not.
    if unicodedata.normalize("NFKC", host) != host:
        raise UrlRefused("The URL's host holds look-alike characters. Write it plainly.")
    try:
        return ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in host.split("."))
    except idna.IDNAError as error:
        raise UrlRefused("The URL's host is not a valid international name.") from error


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


def _next_hop(target: Target, answer: "_Answer") -> Target:
    location = answer.headers["location"]
    # Before joining: the standard library drops tabs and line breaks silently.
    _refuse_odd_characters(location)
    try:
        joined = urljoin(target.url, location)
    except ValueError as error:
        raise UrlRefused("The URL could not be fetched: its redirect is not valid.") from error
    following = parse_url(joined)
    if target.scheme == "https" and following.scheme == "http":
        raise UrlRefused("The URL could not be fetched: it redirects from https to http.")
    return following


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


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _request(target: Target, answer: _Answer, deadline: float) -> None:
    """Fill `answer` with one request's outcome, a redirect at most.

    Raises:
        UrlRefused: The request failed, or its answer is no file.
        OSError: The temporary file cannot be written.
    """
    addresses = _resolve(target, answer.policy, deadline)
    curl = _handle(target, addresses, answer, deadline)
    try:
        curl.perform()
    except pycurl.error as error:
        if answer.fault:
            raise answer.fault from error
        if not answer.is_redirect:
            raise _failure(error.args[0], answer) from error
    finally:
        curl.close()
        for opened in answer.sockets:
            opened.close()
    if not answer.is_head_complete:
        raise _failure(pycurl.E_GOT_NOTHING, answer)


def _handle(target: Target, addresses: list[str], answer: _Answer, deadline: float) -> pycurl.Curl:
    policy = answer.policy
    pinned = ",".join(map(_bracketed, addresses))
    # 0 would mean "no limit" to curl.
    left_ms = max(1, int((deadline - time.monotonic()) * 1000))
    connect_ms = max(1, int(policy.connect_timeout_seconds * 1000))
    curl = pycurl.Curl()
    for option, value in (
        (pycurl.URL, target.url),
        (pycurl.RESOLVE, [f"{_bracketed(target.host)}:{target.port}:{pinned}"]),
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
        return BodyTooLarge(f"The URL could not be fetched: its content is larger than {answer.max_bytes // 1024} KB.")
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
