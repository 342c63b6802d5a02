"""Accept files for a sheet: each page becomes a row and a job, all of them or none.

The order makes it safe: pages are counted and bytes stored before the transaction; rows, jobs and
their reservations are one commit; only then is anybody told.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts.errors import Invalid
from accounts.models import Organization
from billing import usage
from billing.models import Kind
from billing.usage import Payer
from ocr import events, files, jobs, queue, reading, rows, sheets, trace, webhooks
from ocr.files import Written
from ocr.images import UnreadableDocument, sniff
from ocr.models import Item, Job, Row, StoredFile
from ocr.models.jobs import job_id
from ocr.reading import FileTooLarge, Options

MAX_FILES = 20
# Other kinds have one page; counting it would be a question to an engine.
WITH_PAGES = frozenset({"PDF", "TIFF"})
HEAD_BYTES = 1024


class TooManyFiles(Invalid):
    """More files than one upload takes; details: limit."""


@dataclass(frozen=True)
class Upload:
    """One file of a request: its name as sent, and its bytes."""

    name: str
    content: IO[bytes]


@dataclass
class Accepted:
    """What became of one file.

    Attributes:
        jobs: One for each page; of the first file with these bytes where it is a repetition.
        is_repeated: An earlier file of this upload has the same bytes: read once, charged once.
        has_more_pages: The document has more pages than the plan reads.
    """

    name: str
    jobs: list[Job] = field(default_factory=list)
    is_repeated: bool = False
    has_more_pages: bool = False


@dataclass(frozen=True)
class _Counted:
    upload: Upload
    sha256: str
    pages: int
    has_more_pages: bool


def accept(
    payer: Payer,
    sheet: Item,
    uploads: Sequence[Upload],
    *,
    webhook_url: str = "",
    on_accepted: Callable[[list[Accepted]], None] = lambda _: None,
) -> list[Accepted]:
    """Store the files and queue their pages.

    Args:
        on_accepted: Called inside the transaction, so that what it writes is there exactly when the jobs are.

    Raises:
        Invalid, TooManyFiles, FileTooLarge, WrongValue: The caller's to mend; nothing is stored.
        SheetReadOnly, StorageFull, CapReached: The plan; nothing is stored or charged.
        EngineBusy: The pages of a PDF could not be counted.
    """
    _demand_plausible(payer, uploads)
    sheets.demand_writable(sheet)
    if webhook_url:
        webhooks.demand_address(webhook_url, field="webhookUrl")
    organization = sheet.organization
    counted = _counted(payer, uploads)
    written: dict[str, Written] = {}
    with files.discarded_on_failure(_values(written)):
        for one in counted:
            if one.sha256 not in written:
                written[one.sha256] = files.write(organization, one.upload.content)
        files.keep(written.values())
        with transaction.atomic():
            accepted = _Acceptance(payer, sheet, webhook_url).of(counted, written)
            on_accepted(accepted)
            pages = sum(len(each.jobs) for each in accepted if not each.is_repeated)
            trace.present().pages = pages
            transaction.on_commit(lambda: queue.ring(pages))
    return accepted


class _Acceptance:
    """The rows and jobs of one upload; lives inside its transaction."""

    def __init__(self, payer: Payer, sheet: Item, webhook_url: str) -> None:
        self.payer, self.sheet, self.webhook_url = payer, sheet, webhook_url
        self.organization: Organization = sheet.organization
        self.waiting = jobs.waiting_of(self.organization)

    def of(self, counted: Sequence[_Counted], written: dict[str, Written]) -> list[Accepted]:
        first: dict[str, Accepted] = {}
        accepted = []
        names = [job_id() for _ in range(_pages_to_read(counted))]
        # Before anything else is locked: who must wait for the counters waits without holding more.
        self.records = dict(zip(names, usage.reserve_each(self.payer, Kind.SCAN, subjects=names), strict=True))
        self.names = iter(names)
        self.known = self._pages_in_sheet(counted)
        stored = files.register_all(self.organization, written.values())
        for one in counted:
            if same := first.get(one.sha256):
                accepted.append(Accepted(one.upload.name, same.jobs, True, same.has_more_pages))
                continue
            mine = Accepted(one.upload.name, has_more_pages=one.has_more_pages)
            mine.jobs = self._jobs(one, stored[one.sha256])
            first[one.sha256] = mine
            accepted.append(mine)
        made = [job for each in first.values() for job in each.jobs]
        Row.objects.bulk_create(job.row for job in made)
        Job.objects.bulk_create(made)
        if webhooks.is_wanted(self.organization, "item.created"):
            for job in made:
                webhooks.emit(self.organization, "item.created", lambda row=job.row: events.item(row))  # type: ignore[misc]
        return accepted

    def _pages_in_sheet(self, counted: Sequence[_Counted]) -> set[tuple[str, int]]:
        """Digest and page of what of these files stands in the sheet already."""
        digests = {one.sha256 for one in counted}
        return set(self.sheet.rows.filter(file__sha256__in=digests).values_list("file__sha256", "page"))

    def _jobs(self, one: _Counted, file: StoredFile) -> list[Job]:
        """A row and a job for each page, not yet stored."""
        made = []
        for page in range(1, one.pages + 1):
            name = one.upload.name if one.pages == 1 else f"{one.upload.name} ({page})"
            is_duplicate = (one.sha256, page) in self.known
            row = rows.waiting(self.sheet, name=name, file=file, page=page, is_duplicate=is_duplicate)
            made.append(self._job(row))
        return made

    def _job(self, row: Row) -> Job:
        public_id = next(self.names)
        priority, self.waiting = jobs.priority_behind(self.waiting), self.waiting + 1
        return Job(
            organization=self.organization,
            public_id=public_id,
            row=row,
            usage=self.records[public_id],
            priority=priority,
            deadline_at=Now() + timedelta(seconds=settings.JOB_DEADLINE_SECONDS),
            webhook_url=self.webhook_url,
        )


def _demand_plausible(payer: Payer, uploads: Sequence[Upload]) -> None:
    if not uploads:
        raise Invalid("files is required: the images or PDFs, as multipart form data.", field="files")
    if len(uploads) > MAX_FILES:
        raise TooManyFiles(
            f"The upload has {len(uploads)} files; at most {MAX_FILES} are taken at once. Send the others in another.",
            limit=MAX_FILES,
        )
    limit = payer.plan.file_bytes
    for upload in uploads:
        if upload.content.seek(0, 2) > limit:
            raise FileTooLarge(limit)


def _counted(payer: Payer, uploads: Sequence[Upload]) -> list[_Counted]:
    found: dict[str, _Counted] = {}
    counted = []
    for upload in uploads:
        upload.content.seek(0)
        sha256 = hashlib.file_digest(upload.content, "sha256").hexdigest()  # type: ignore[arg-type]
        if sha256 not in found:
            pages = _pages(payer, upload.content)
            most = payer.plan.pdf_pages
            found[sha256] = _Counted(upload, sha256, min(pages, most), pages > most)
        same = found[sha256]
        counted.append(_Counted(upload, sha256, same.pages, same.has_more_pages))
    return counted


def _pages(payer: Payer, content: IO[bytes]) -> int:
    content.seek(0)
    if sniff(content.read(HEAD_BYTES)) not in WITH_PAGES:
        return 1
    try:
        return reading.count_pages(payer.plan, content, Options(engine=2, language="auto"))
    except UnreadableDocument:
        return 1  # its job will say why


def _pages_to_read(counted: Iterable[_Counted]) -> int:
    return sum({one.sha256: one.pages for one in counted}.values())


def _values(written: dict[str, Written]) -> Iterable[Written]:
    """The values at the time of asking, not of calling."""
    return written.values()
