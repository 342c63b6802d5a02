"""Events on their way: signed as Stripe signs them; doubled, reordered, late or lost on demand."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable

from tests.fakes.stripe.state import Json, State

SECRET, METER_SECRET = "whsec_local_snapshot", "whsec_local_meter"
Post = Callable[[str, bytes, str], int]


def signature(body: bytes, secret: str, *, at: float | None = None) -> str:
    """The Stripe-Signature header."""
    seconds = int(time.time() if at is None else at)
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


def path_and_secret(event: Json) -> tuple[str, str]:
    if event["object"] == "v2.core.event":
        return "/stripe/meter-events", METER_SECRET
    return "/stripe/events", SECRET


def deliver(
    state: State, post: Post, *, times: int = 1, is_reversed: bool = False, lost: tuple[str, ...] = ()
) -> list[int]:
    """Send every waiting event; returns the answers' statuses.

    Args:
        times: How often each is sent.
        is_reversed: The newest first.
        lost: Types that never arrive.
    """
    with state.lock:
        waiting, state.events = state.events, []
    if is_reversed:
        waiting.reverse()
    statuses = []
    for event in [each for each in waiting if each["type"] not in lost for _ in range(times)]:
        body = json.dumps(event).encode()
        path, secret = path_and_secret(event)
        statuses.append(post(path, body, signature(body, secret)))
    return statuses
