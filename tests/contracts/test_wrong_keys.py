"""Keys that nobody has: whoever tries many of them is told to wait, and nobody else is."""

import json

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import key_format
from ocr.api.throttling import WRONG_KEY_SECONDS, WRONG_KEYS
from tests.parallel import at_once

ATTACKER, ELSEWHERE = "203.0.113.7", "203.0.113.8"


@pytest.fixture
def clock(db):
    # The first second of a window, so that none ends amid a test; near now, for the sake of keys.
    start = timezone.now().timestamp() // WRONG_KEY_SECONDS * WRONG_KEY_SECONDS
    with time_machine.travel(start, tick=False) as travelled:
        yield travelled


def ask(key: str, address: str = ATTACKER):
    return Client(REMOTE_ADDR=address).get("/amount", headers={"authorization": f"Bearer {key}"})


def parse(key: str, address: str = ATTACKER):
    return Client(REMOTE_ADDR=address).get("/conversions", headers={"apikey": key})


def test_of_a_thousand_wrong_keys_twenty_are_looked_at(clock, api_key):
    answers = [ask(key_format.generate()).status_code for _ in range(1000)]

    assert answers == [403] * WRONG_KEYS + [429] * (1000 - WRONG_KEYS)
    told = ask(key_format.generate())
    assert told["Retry-After"] == str(WRONG_KEY_SECONDS)
    assert told.json()["error"]["code"] == "rate_limited"
    assert told.json()["details"]["retryAfterSec"] == WRONG_KEY_SECONDS


def test_the_parse_api_says_it_in_its_own_words(clock, api_key):
    for _ in range(WRONG_KEYS):
        assert parse("helloworld").json() == "The API key is invalid"

    told = parse("helloworld")

    words = f"You may only perform this action upto maximum {WRONG_KEYS} number of times within 3600 seconds"
    assert (told.status_code, json.loads(told.content), told["Retry-After"]) == (403, words, "3600")


def test_a_right_key_behind_the_same_address_goes_on(clock, api_key):
    for _ in range(WRONG_KEYS + 1):
        ask(key_format.generate())

    assert ask(key_format.generate()).status_code == 429
    assert ask(api_key).status_code == 200
    assert parse(api_key).status_code == 200


def test_right_keys_are_never_counted_as_wrong_ones(clock, api_key):
    for _ in range(WRONG_KEYS + 1):
        assert ask(api_key).status_code == 200

    assert ask(key_format.generate()).status_code == 403


def test_another_address_starts_from_nothing_and_so_does_the_next_hour(clock, api_key):
    for _ in range(WRONG_KEYS + 1):
        ask(key_format.generate())

    assert ask(key_format.generate(), ELSEWHERE).status_code == 403
    clock.shift(WRONG_KEY_SECONDS)
    assert ask(key_format.generate()).status_code == 403


@pytest.mark.parametrize(
    ("tried_from", "then_from", "expected"),
    [
        ("2001:db8:1:2::{}", "2001:db8:1:2:ffff::1", 429),
        ("2001:db8:1:2::{}", "2001:db8:1:3::1", 403),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", 403),
    ],
)
def test_who_may_choose_among_many_addresses_is_one_caller(clock, api_key, tried_from, then_from, expected):
    for number in range(1, WRONG_KEYS + 2):
        ask(key_format.generate(), tried_from.format(number))

    assert ask(key_format.generate(), then_from).status_code == expected


def test_a_right_key_costs_no_query_more(clock, api_key):
    ask(api_key)

    with CaptureQueriesContext(connection) as asked:
        ask(api_key)

    assert not [query for query in asked if "wrong:" in (query["sql"] or "")]


@pytest.mark.django_db(transaction=True)
def test_of_forty_wrong_keys_at_once_exactly_twenty_are_looked_at(clock):
    answers = at_once(lambda: ask(key_format.generate()).status_code, 40)

    assert sorted(answers) == [403] * WRONG_KEYS + [429] * WRONG_KEYS
