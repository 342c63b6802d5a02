"""One claimed job, from its stored image to its end. Called by `manage.py worker` and by Celery alike."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, cast

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from accounts.errors import SpocrError
from billing.usage import Payer
from ocr import extractor, jobs, queue, reading, trace
from ocr.api.workspace import outputs
from ocr.events import Found
from ocr.extractor import Wanted
from ocr.languages import hinted
from ocr.leases import Claim
from ocr.models import Job
from ocr.reading import BATCH, Options
from ocr.storage import StorageAway
from ocr.templates import field_of

log = logging.getLogger("spocr.work")

ENGINE = 2  # as /ocr/fields
RENEWALS_A_LEASE = 3
# What was read is worth waiting for a database that restarts.
STORE_AGAIN_SECONDS = 1.0
CLOSE_SECONDS = 5.0


class FileMissing(OSError):
    """The row's file is no longer in the storage."""


def run_next() -> bool:
    """Claim the next job and bring it to its end, well or badly. False: there was none, or this process ends."""
    job = _HELD.claimed(jobs.claim)
    if job is None:
        return False
    watched = trace.begin()
    try:
        known = trace.present()
        known.name, known.subject, known.organization = "job", job.public_id, job.organization.public_id
        _run(job)
    finally:
        trace.end(watched)
        _HELD.let_go(job)
    return True


def read(job: Job) -> Found:
    """What stands on the job's page, as `/ocr/fields` prints it.

    Raises:
        NoText, UnreadableDocument, FileTooLarge, NoSuchPage: The page's fault.
        Unavailable, OSError: Ours.
    """
    row, sheet = job.row, job.row.sheet
    options = Options(
        engine=ENGINE,
        language=hinted([], ENGINE),
        page=row.page,
        previews=extractor.wants_picture(),
        needs_text=True,
        priority=BATCH,
    )
    with _opened(job) as content:
        document = reading.read_reserved(Payer(job.organization, "").plan, content, options)
    page = document.read_pages[0]
    wanted = Wanted(tuple(field_of(column) for column in sheet.columns), sheet.template_id, sheet.prompt)
    extraction = extractor.extract(page, wanted, picture=document.pages[0].preview)
    printed = outputs.fields(page, extraction, remaining=None)
    return Found(printed["data"], image=printed["image"], warnings=printed["warnings"])


def begin() -> None:
    """Claims may be made, also where a worker of this process has ended before."""
    _HELD.open()


def put_back_all() -> int:
    """Claim nothing more and give up every claim at once: this process is told to end. Returns how many."""
    count = jobs.put_back(_HELD.close())
    queue.ring(count)
    return count


def _run(job: Job) -> None:
    try:
        found = read(job)
    except Exception as error:
        trace.present().error = jobs.reason_of(error)[0]
        if trace.present().error == "ocr_engine_error":
            ours = isinstance(error, SpocrError | StorageAway)  # these say all in a sentence
            level, stack = (logging.WARNING, None) if ours else (logging.ERROR, error)
            log.log(level, "Job %s, attempt %s: %s", job.public_id, job.attempts, error, exc_info=stack)
        _stored(job, lambda problem=error: jobs.fail(job, problem))  # type: ignore[misc]
    else:
        _stored(job, lambda: jobs.finish(job, found))


@contextmanager
def _opened(job: Job) -> Iterator[IO[bytes]]:
    if job.row.file is None:
        raise FileMissing(f"The row of {job.public_id} has no file")
    with default_storage.open(job.row.file.storage_name) as stored:
        yield cast(IO[bytes], stored.file)


def _stored(job: Job, act: Callable[[], bool]) -> None:
    """End the job; where the database is away, again until the lease would be over."""
    deadline = time.monotonic() + settings.JOB_LEASE_SECONDS
    while True:
        try:
            if not act():
                log.info("Job %s was no longer ours; its outcome is discarded", job.public_id)
            return
        except (OperationalError, InterfaceError):
            if time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(STORE_AGAIN_SECONDS)


class _Held:
    """The claims of this process; one thread renews them while there are any."""

    def __init__(self) -> None:
        self._claims: dict[int, Claim] = {}
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._claiming = 0
        self._is_closed = False

    def claimed(self, claim: Callable[[], Job | None]) -> Job | None:
        """A job to work on, noted before anybody could ask what is held."""
        with self._change:
            if self._is_closed:
                return None
            self._claiming += 1
        job = None
        try:
            job = claim()
        finally:
            with self._change:
                self._claiming -= 1
                if job is not None:
                    self._hold(Claim(job.id, job.worker))
                self._change.notify_all()
        return job

    def let_go(self, job: Job) -> None:
        with self._change:
            self._claims.pop(job.id, None)
            self._change.notify_all()

    def open(self) -> None:
        with self._change:
            self._is_closed = False

    def close(self) -> list[Claim]:
        """What is held when the last claim under way has come back; nothing is claimed any more."""
        with self._change:
            self._is_closed = True
            self._change.wait_for(lambda: self._claiming == 0, CLOSE_SECONDS)
            return list(self._claims.values())

    def _hold(self, held: Claim) -> None:
        self._claims[held.id] = held
        # In a child that was forked from a process with such a thread, the thread is not alive.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._renew, name="leases", daemon=True)
            self._thread.start()

    def _renew(self) -> None:
        while held := self._due():
            try:
                close_old_connections()
                jobs.renew(held)
            except Exception:
                log.exception("The leases of %s jobs could not be renewed; trying again", len(held))
                connection.close()
        connection.close()

    def _due(self) -> list[Claim]:
        """The claims when it is time to renew them; none, and the thread's end, when there are none left."""
        due = time.monotonic() + settings.JOB_LEASE_SECONDS / RENEWALS_A_LEASE
        with self._change:
            while self._claims and (left := due - time.monotonic()) > 0:
                self._change.wait(left)
            if not self._claims:
                self._thread = None
            return list(self._claims.values())


_HELD = _Held()
