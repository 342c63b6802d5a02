"""The request log: what an organization may know afterwards of its requests to the APIs.

An answer never waits for it: a request is put into this process's memory, and a thread writes what has
gathered, every second or every 200 rows. It is a convenience, unlike the ledger: while the database is
away, rows wait; more than `MOST_WAITING` of them, and those that a killed process held, are lost and counted.
"""

import atexit
import logging
import os
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, DataError, InterfaceError, connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.errors import NotFound
from accounts.models import Organization
from ocr import metrics
from ocr.models import RequestRecord

log = logging.getLogger("spocr.request_log")

EVERY_SECONDS, BATCH_ROWS, MOST_WAITING = 1.0, 200, 20_000
# How long a process that ends waits for the last rows.
LAST_SECONDS = 5.0
DELETED_AT_ONCE = 5_000


@dataclass(frozen=True)
class Entry:
    """A row to be written, and the public id of its organization."""

    organization: str
    record: RequestRecord


class Writer:
    """Writes entries in a thread of its own, which begins with the first one."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Entry] = queue.Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, entry: Entry) -> None:
        """Take an entry; never waits."""
        try:
            self._waiting.put_nowait(entry)
        except queue.Full:
            metrics.REQUEST_RECORDS_LOST.inc()
        if self._thread is None:
            self._start()

    def stop(self) -> None:
        """Write what is left and end the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(LAST_SECONDS)
            self._thread = None
        self._stopping.clear()

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="request-log", daemon=True)
                self._thread.start()

    def _write(self) -> None:
        batch: list[Entry] = []
        while True:
            is_last = self._stopping.is_set()
            self._gather(batch)
            if batch and write(batch):
                batch = []
            if is_last and self._waiting.empty():
                metrics.REQUEST_RECORDS_LOST.inc(len(batch))
                connection.close()
                return
            if batch:
                self._stopping.wait(EVERY_SECONDS)
            elif self._waiting.empty():
                # Nobody asks now: the database has a connection less to hold.
                connection.close()

    def _gather(self, batch: list[Entry]) -> None:
        """Fill the batch with what comes within a second."""
        deadline = time.monotonic() + EVERY_SECONDS
        while len(batch) < BATCH_ROWS:
            left = 0.0 if self._stopping.is_set() else deadline - time.monotonic()
            try:
                batch.append(self._waiting.get(timeout=left) if left > 0 else self._waiting.get_nowait())
            except queue.Empty:
                return


_writer = Writer()


def _begin_anew() -> None:
    # A thread does not live on in a forked process.
    global _writer
    _writer = Writer()


os.register_at_fork(after_in_child=_begin_anew)


def put(entry: Entry) -> None:
    """Have a request written down soon."""
    _writer.put(entry)


@atexit.register
def flush() -> None:
    """Write down what waits; returns when that is done, or could not be in time."""
    _writer.stop()


def write(batch: Sequence[Entry]) -> bool:
    """Write rows in one statement; False: not now. Rows whose organization is gone are left out."""
    try:
        ids = _organizations({entry.organization for entry in batch})
        for entry in batch:
            entry.record.organization_id = ids.get(entry.organization, 0)
        known = [entry.record for entry in batch if entry.record.organization_id]
        # Sent again after an answer that got lost, a row is there already.
        RequestRecord.objects.bulk_create(known, ignore_conflicts=True)
    except DataError as error:
        log.error("%s rows of the request log are not what the database takes: %s", len(batch), error)
        metrics.REQUEST_RECORDS_LOST.inc(len(batch))
    except (DatabaseError, InterfaceError) as error:
        log.warning("%s rows of the request log wait: %s", len(batch), error)
        connection.close()
        return False
    return True


def _organizations(public_ids: set[str]) -> dict[str, int]:
    return dict(Organization.objects.filter(public_id__in=public_ids).values_list("public_id", "id"))


@dataclass(frozen=True)
class Filter:
    """Which requests: empty fields are no condition.

    Attributes:
        outcome: ok or failed, or a status such as 429.
        after: Id of the last request of the page before.
    """

    outcome: str = ""
    key: str = ""
    endpoint: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: str = ""


@dataclass(frozen=True)
class Listed:
    """A page of the log; `next_after` asks for the one after it, "" when there is none."""

    records: list[RequestRecord]
    next_after: str


def get(organization: Organization, request_id: str) -> RequestRecord:
    """One request.

    Raises:
        NotFound
    """
    found = organization.requests.filter(request_id=request_id).first()
    if found is None:
        raise NotFound(
            "There is no such request in this organization. It may be older than logs are kept, "
            "or have come without a valid key; new ones appear after a second or two."
        )
    return found


def listed(organization: Organization, wanted: Filter, *, limit: int) -> Listed:
    """A page of the log, newest first.

    Raises:
        NotFound: `after` names no request of this organization.
    """
    found = _matching(organization.requests.all(), wanted).order_by("-created_at", "-id")
    if wanted.after:
        last = get(organization, wanted.after)
        found = found.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, id__lt=last.id))
        # The same again as a range of the index: an OR alone is no range.
        found = found.filter(created_at__lte=last.created_at)
    records = list(found[: limit + 1])
    return Listed(records[:limit], records[limit - 1].request_id if len(records) > limit else "")


def _matching(found: "QuerySet[RequestRecord]", wanted: Filter) -> "QuerySet[RequestRecord]":
    named = {"key": wanted.key, "endpoint": wanted.endpoint, "created_at__gte": wanted.since}
    found = found.filter(**{name: value for name, value in {**named, "created_at__lt": wanted.until}.items() if value})
    if wanted.outcome == "ok":
        return found.filter(error="")
    if wanted.outcome == "failed":
        return found.exclude(error="")
    return found.filter(status=int(wanted.outcome)) if wanted.outcome else found


def forget_old() -> int:
    """Delete requests older than their organization keeps logs; returns how many."""
    deleted = 0
    for days in Organization.objects.order_by().values_list("keep_logs_days", flat=True).distinct():
        old = RequestRecord.objects.filter(
            organization__keep_logs_days=days, created_at__lt=timezone.now() - timedelta(days=days)
        )
        while ids := list(old.values_list("id", flat=True)[:DELETED_AT_ONCE]):
            deleted += RequestRecord.objects.filter(id__in=ids).delete()[0]
    return deleted
