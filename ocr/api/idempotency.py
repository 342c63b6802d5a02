"""`Idempotency-Key`: the first request with a key does the work, repeats get its answer.

One unique row decides who is first, whatever the number of processes. What must never happen twice
stores its answer with `Ticket.keep` in the transaction that does it: a process that dies right
after that commit has answered all the same.
"""

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.errors import Conflict, Invalid
from accounts.models import Organization
from ocr import leases
from ocr.models import KeptAnswer

Json = dict[str, Any]

HEADER, REPLAYED = "Idempotency-Key", "X-Idempotent-Replay"
MAX_KEY_LENGTH = 255
KEEP = timedelta(hours=24)
# Longer than any request runs; then its process has died and a repeat may do the work.
LEASE_SECONDS = 180
WAIT_SECONDS = 10.0
DROP_AGAIN_SECONDS = 0.5
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 0.02, 0.5


class OtherBody(Conflict):
    """The key was used for another request."""

    code = "idempotency_conflict"
    message = "This Idempotency-Key was used for another request. Use a new key for each new request."


class StillRunning(Conflict):
    """The first request with the key has not ended."""

    code = "idempotency_conflict"
    message = "The first request with this Idempotency-Key still runs. Repeat it in a few seconds."


class AnswerNotKept(Conflict):
    """The work was done; its answer went by the organization's own wish (`keep_results_days`)."""

    code = "idempotency_conflict"
    message = (
        "The first request with this Idempotency-Key was done, and your organization does not keep its answer. "
        "Nothing was done again. Use a new key for a new request."
    )


class BadKey(Invalid):
    """An empty, too long or unprintable key."""

    message = "The Idempotency-Key is not usable: give 1 to 255 printable ASCII characters, such as a UUID."


@dataclass(frozen=True)
class Answer:
    """What a request is answered. `is_replay`: by an earlier one with the same key."""

    status: int
    body: Json
    is_replay: bool = False


class Ticket:
    """The right to do a request's work; `keep` stores its answer for those who repeat it."""

    def __init__(self, token: str = "") -> None:
        # Without a key there is no row, and no work for the database.
        self._rows = KeptAnswer.objects.filter(token=token) if token else KeptAnswer.objects.none()

    def keep(self, status: int, body: Json) -> None:
        """Store the answer, or a fuller one; in the caller's transaction where it has one."""
        self._rows.update(status_code=status, body=json.dumps(body, separators=(",", ":")))

    def drop(self) -> None:
        """Forget the request, unless an answer is stored: a repeat shall do the work."""
        self._rows.filter(status_code=None).delete()


def once(
    organization: Organization, key: str | None, fingerprint: Callable[[], str], act: Callable[[Ticket], Answer]
) -> Answer:
    """Do the work of a request, or give the answer that the first one with its key got.

    Args:
        key: The header's value; None does the work without keeping anything.
        fingerprint: SHA-256 over everything that the request asks for.

    Raises:
        BadKey, OtherBody, AnswerNotKept, StillRunning: The last after waiting a while for the first.
        And whatever `act` raises. A refusal is not kept, since nothing was done: a repeat, after whatever
            was wrong is mended, does the work.
    """
    if key is None:
        return act(Ticket())
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise BadKey
    asked = fingerprint()
    deadline, pause = time.monotonic() + WAIT_SECONDS, FIRST_LOOK_SECONDS
    while (ticket := _surely_first(organization, key, asked)) is None:
        kept = KeptAnswer.objects.filter(organization=organization, key=key).first()
        if kept is None:
            continue
        if kept.fingerprint != asked:
            raise OtherBody
        if kept.status_code is not None and not kept.body:
            raise AnswerNotKept
        if kept.status_code is not None:
            return Answer(kept.status_code, json.loads(kept.body), is_replay=True)
        if time.monotonic() > deadline:
            raise StillRunning
        time.sleep(pause)
        pause = min(pause * 1.5, LAST_LOOK_SECONDS)
    return _done(ticket, act)


def fingerprint(request_line: str, parts: Iterable[bytes]) -> str:
    """SHA-256 over method, path and the parts of a body, each with its length."""
    digest = hashlib.sha256(request_line.encode())
    for part in parts:
        digest.update(b"%d:" % len(part) + part)
    return digest.hexdigest()


def canonical(data: Any) -> bytes:
    """JSON without the accidents of its spelling."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def forget_old_answers() -> None:
    """Delete answers older than a day; empty those of organizations that keep no results.

    Their rows stay, so that a repeat is still told from a first request.
    """
    KeptAnswer.objects.filter(created_at__lt=timezone.now() - KEEP).delete()
    given = KeptAnswer.objects.filter(organization__keep_results_days=0, status_code__isnull=False)
    given.exclude(body="").update(body="")


def _done(ticket: Ticket, act: Callable[[Ticket], Answer]) -> Answer:
    try:
        answer = act(ticket)
    except BaseException:
        try:
            ticket.drop()
        except DatabaseError:  # it is away, and would refuse repeats until the lease ends
            _LEFT.add(ticket)
        raise
    ticket.keep(answer.status, answer.body)
    return answer


class _Left:
    """Tickets that could not be dropped; one thread does it when the database is back."""

    def __init__(self) -> None:
        self._tickets: list[tuple[float, Ticket]] = []
        self._lock = threading.Lock()

    def add(self, ticket: Ticket) -> None:
        with self._lock:
            self._tickets.append((time.monotonic() + LEASE_SECONDS, ticket))
            if len(self._tickets) == 1:
                threading.Thread(target=self._drop_all, name="tickets", daemon=True).start()

    def _drop_all(self) -> None:
        while True:
            with self._lock:
                until, ticket = self._tickets[0]
            try:
                ticket.drop()
            except DatabaseError:
                connection.close()
                time.sleep(DROP_AGAIN_SECONDS)
                if time.monotonic() < until:
                    continue
            with self._lock:
                self._tickets.pop(0)
                if not self._tickets:
                    break
        connection.close()


_LEFT = _Left()


def _surely_first(organization: Organization, key: str, asked: str) -> Ticket | None:
    """As `_first`; where the database died over it, nobody knows whether there is a ticket, and it shall not stay."""
    token = secrets.token_hex(16)
    try:
        return _first(organization, key, asked, token)
    except DatabaseError:
        _LEFT.add(Ticket(token))
        raise


def _first(organization: Organization, key: str, asked: str, token: str) -> Ticket | None:
    """The ticket, if nobody has it: no such row, one that is a day old, or one whose process died."""
    mine: dict[str, Any] = {
        "fingerprint": asked,
        "token": token,
        "lease_until": Now() + timedelta(seconds=LEASE_SECONDS),
        "created_at": timezone.now(),
    }
    rows = KeptAnswer.objects.filter(organization=organization, key=key)
    if not rows.exists():
        try:
            with transaction.atomic():
                KeptAnswer.objects.create(organization=organization, key=key, **mine)
                return Ticket(mine["token"])
        except IntegrityError:
            return None
    old = rows.filter(created_at__lt=timezone.now() - KEEP)
    dead = rows.filter(leases.is_passed(), status_code=None, fingerprint=asked)
    if old.update(**mine, status_code=None, body="") or dead.update(**mine):
        return Ticket(mine["token"])
    return None
