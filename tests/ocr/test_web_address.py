"""Spellings of URLs: refused, or understood as every other parser understands them."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url as urllib3_parse_url

from ocr.web_address import UrlRefused, is_public, parse_url

MORE_REFUSED_URLS = [
    "http://127\u30020\u30020\u30021/",  # ideographic full stops
    "http://[127.0.0.1]/",
    "http://[fe80::1%25eth0]/",
    "http://0x7f.1/",
    "http://127.0.0.1./",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:\u0661/",  # an Arabic digit as the port
    "http://exa\tmple.com/",
    "http://example.com/a b",
    "http://example.com/\r\nHost: inside",
    " http://example.com/",
    "http://-example.com/",
    "http://example..com/",
    "http://user:password@example.com/",
    "http:example.com",
    "//example.com/",
    "example.com",
    "",
    "ftp://example.com/",
    "file:///etc/hostname",
    "gopher://127.0.0.1:6379/_INFO",
    "javascript:alert(1)",
    "http://example.com/" + "a" * 9_000,
]


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111"])
def test_a_public_address_is_allowed(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize("url", MORE_REFUSED_URLS)
def test_a_url_that_is_not_a_plain_web_address_is_refused(url):
    with pytest.raises(UrlRefused):
        parse_url(url)


@pytest.mark.parametrize(
    ("url", "rebuilt"),
    [
        ("HTTP://Example.COM", "http://example.com/"),
        ("https://example.com:443/a?b#c", "https://example.com/a?b"),
        ("http://example.com:8080?q=\u00e9", "http://example.com:8080/?q=%C3%A9"),
        ("https://b\u00fccher.example/\u00fc%20", "https://xn--bcher-kva.example/%C3%BC%20"),
        ("http://fa\u00df.example/", "http://xn--fa-hia.example/"),
        ("http://[2606:4700:0::1111]/", "http://[2606:4700::1111]/"),
    ],
)
def test_a_lawful_url_is_rebuilt_in_one_spelling(url, rebuilt):
    assert parse_url(url).url == rebuilt


PIECES = st.one_of(
    st.sampled_from(["127.0.0.1", "example.com", "localhost", "::1", "0x7f", "80", "%00", "%2e"]),
    st.sampled_from("@#?/\\:.[]-_a1;&= \t\u24db\u3002\uff0e\u00fc\u00df\u200d\ufe0f"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=8).map("".join))
def test_three_parsers_agree_about_every_accepted_url(rest):
    try:
        target = parse_url("http://" + rest)
    except UrlRefused:
        return

    spellings = [target.url, "http://" + rest] if rest.isascii() else [target.url]
    for url in spellings:
        assert urlsplit(url).hostname == target.host
        assert (urllib3_parse_url(url).host or "").strip("[]") == target.host
