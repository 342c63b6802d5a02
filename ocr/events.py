"""What is told about things that happen: the bodies of webhooks, and of GET /jobs/{id}, which are the same."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ocr import files, sheets
from ocr.models import Job, Row

Json = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What was read on a page, as `/ocr/fields` prints it."""

    values: Json
    image: Json | None = None
    warnings: list[Json] = field(default_factory=list)


def job(job: Job) -> Json:
    """A job with its result or its error; every key is there at every time."""
    row = job.row
    is_done, is_failed = job.status == Job.Status.DONE, job.status == Job.Status.FAILED
    return {
        "jobId": job.public_id,
        "uniqueKey": row.row_key,
        "originalName": row.name,
        "page": row.page,
        "path": sheets.path_of(row.sheet),
        "sheetRef": row.sheet.unique_key,
        "status": job.status,
        "attempts": job.attempts,
        "duplicate": row.is_duplicate,
        "imageUrl": files.link(job.organization, row.file, page=row.page) if row.file else None,
        "createdAt": milliseconds(job.created_at),
        "finishedAt": milliseconds(job.finished_at),
        "result": {"data": row.values, "image": row.image, "warnings": row.warnings} if is_done else None,
        "error": {"code": job.error_code, "message": job.error_message} if is_failed else None,
    }


def item(row: Row) -> Json:
    """A row that was added or changed."""
    return {
        "uniqueKey": row.row_key,
        "name": row.name,
        "path": sheets.path_of(row.sheet),
        "sheetRef": row.sheet.unique_key,
        "ocrStatus": row.status,
        "values": row.values,
    }


def milliseconds(moment: datetime | None) -> int | None:
    """Since 1970; null where there is no moment."""
    return None if moment is None else int(moment.timestamp() * 1000)
