"""Understand a URL once, and know which addresses are public.

`parse_url` refuses whatever two parsers could read differently and rebuilds the URL from its
parts, so that nobody after it sees the caller's text. `is_public` is the table of special
networks. Pure: nothing is resolved or connected here; that is `ocr.safe_http`.
"""

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network
from urllib.parse import quote, urljoin

import idna

from accounts.errors import Invalid

MAX_URL_CHARS = 8_192
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
# Everything that may stand in a path or query; what else is there gets percent-encoded.
KEPT_CHARACTERS = "/?%:@!$&'()*+,;=~-._[]"


class UrlRefused(Invalid):
    """The URL may not be fetched, or what it answered cannot be used; the message says why."""

    code = "url_refused"


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
        host = bracketed(self.host)
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


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


def follow(target: Target, location: str) -> Target:
    """Where a redirect from `target` leads.

    Raises:
        UrlRefused: No URL that `parse_url` takes, or one that gives TLS up.
    """
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


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is one host on the public internet, and hides no other address."""
    if isinstance(address, IPv6Address) and address not in GLOBAL_IPV6:
        return False
    return not any(address in network for network in REFUSED_NETWORKS)


def bracketed(host: str) -> str:
    """The host as a URL or curl writes it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


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
