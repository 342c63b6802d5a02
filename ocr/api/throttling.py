"""Requests a minute, exact under any concurrency: one upsert counts and answers."""

import ipaddress
import time
from dataclasses import dataclass

from django.db import connection

from accounts import tenancy, unsynced
from accounts.errors import RateLimited
from accounts.models import ApiKey
from accounts.unsynced import UNSYNCED
from billing.plans import Plan
from ocr.models import RateWindow

WINDOW_SECONDS = 60
DEMO_REQUESTS, DEMO_SECONDS = 10, 600
WRONG_KEYS, WRONG_KEY_SECONDS = 20, 3600
# What one IPv6 customer is given at least: who may choose among so many addresses is one caller.
IPV6_PREFIX = 64


@dataclass(frozen=True)
class Allowance:
    """What a key has left in this minute; `reset_seconds` until the next. None: without a limit."""

    limit: int | None
    remaining: int | None
    reset_seconds: int


class DemoLimitReached(RateLimited):
    """An address has used the demo key up for now."""

    limit, seconds = DEMO_REQUESTS, DEMO_SECONDS


class TooManyWrongKeys(RateLimited):
    """An address has tried too many keys that nobody has."""

    limit, seconds = WRONG_KEYS, WRONG_KEY_SECONDS


def take(key: ApiKey, plan: Plan) -> Allowance:
    """Count one request of `key` and of its organization.

    Raises:
        RateLimited: One of both is over its limit in this minute; details: limit.
    """
    limits = {
        f"key:{key.id}": plan.requests_a_minute_for_one_key,
        f"organization:{key.organization_id}": plan.requests_a_minute,
    }
    now = time.time()
    reset = WINDOW_SECONDS - int(now) % WINDOW_SECONDS
    if all(limit is None for limit in limits.values()):
        return Allowance(None, None, reset)
    hits = _count(list(limits), int(now // WINDOW_SECONDS))
    for holder, limit in limits.items():
        if limit is not None and hits[holder] > limit:
            raise RateLimited(
                f"More than {limit} requests in a minute. Wait {reset} seconds and try again.",
                retry_after_seconds=reset,
                limit=limit,
            )
    key_limit = plan.requests_a_minute_for_one_key
    left = None if key_limit is None else key_limit - hits[f"key:{key.id}"]
    return Allowance(key_limit, left, reset)


def take_demo(address: str) -> None:
    """Count one request of an address with the demo key.

    Raises:
        DemoLimitReached
    """
    hits, wait = _count_address("demo", address, DEMO_SECONDS)
    if hits > DEMO_REQUESTS:
        raise DemoLimitReached(
            f"More than {DEMO_REQUESTS} requests in {DEMO_SECONDS} seconds with the demo key. Wait {wait} seconds.",
            retry_after_seconds=wait,
        )


def take_wrong_key(address: str) -> None:
    """Count one key that nobody has. Right keys from the same address go on: others may share it.

    Raises:
        TooManyWrongKeys
    """
    hits, wait = _count_address("wrong", _network(address), WRONG_KEY_SECONDS)
    if hits > WRONG_KEYS:
        raise TooManyWrongKeys(
            f"More than {WRONG_KEYS} unknown API keys came from your address within an hour. Copy your key again "
            f"from the dashboard's page of keys: a right one works at once. Others are looked at in {wait} seconds.",
            retry_after_seconds=wait,
            limit=WRONG_KEYS,
        )


def _network(address: str) -> str:
    """The address; of IPv6, the network that one customer is given at least."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 4 or parsed.ipv4_mapped:
        return address
    return str(ipaddress.ip_network((parsed.packed, IPV6_PREFIX), strict=False))


def _count_address(kind: str, address: str, seconds: int) -> tuple[int, int]:
    """Count one request of an address; how many there were in this window, and the seconds until the next."""
    now, holder = int(time.time()), f"{kind}:{address}"
    first_minute = now // seconds * (seconds // WINDOW_SECONDS)
    return _count([holder], first_minute)[holder], seconds - now % seconds


def _count(holders: list[str], minute: int) -> dict[str, int]:
    # Rows in one order for everybody, so that two requests cannot wait for each other.
    table = connection.ops.quote_name(RateWindow._meta.db_table)
    values = ", ".join(["(%s, %s)"] * len(holders))
    parameters = [value for holder in sorted(holders) for value in (holder, minute)]
    with tenancy.everyone():  # a window belongs to no organization
        counted = unsynced.run(
            f"INSERT INTO {table} (holder, minute, hits) "  # noqa: S608 - our own table's name
            f"SELECT counted.column1, counted.column2, 1 FROM (VALUES {values}) AS counted WHERE {UNSYNCED} "
            f"ON CONFLICT (holder, minute) DO UPDATE SET hits = {table}.hits + 1 RETURNING holder, hits",
            parameters,
        )
    return dict(counted)
