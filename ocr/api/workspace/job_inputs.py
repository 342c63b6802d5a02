"""What requests about uploads, jobs and webhooks ask for. Every wrong value is named."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.errors import Invalid
from ocr.api.idempotency import canonical
from ocr.api.workspace.inputs import Errors
from ocr.uploads import Upload

MOST_LISTED, LISTED = 500, 50
TRUE, FALSE = ("true", "1"), ("false", "0", "")


@dataclass(frozen=True)
class UploadRequest:
    """A checked POST /upload."""

    path: str
    uploads: Sequence[Upload]
    wait: bool
    webhook_url: str

    def parts(self) -> list[bytes]:
        """Everything that it asks for, whatever the boundary between its parts was."""
        files = [part for upload in self.uploads for part in (upload.name.encode(), _digest(upload))]
        return [canonical([self.path, self.wait, self.webhook_url]), *files]


@dataclass(frozen=True)
class Listing:
    """Which part of a list is asked for."""

    limit: int
    cursor: str
    status: str


@dataclass(frozen=True)
class WebhookRequest:
    """A checked PUT /webhook."""

    url: str
    events: list[str]
    secret: str


def upload_request(fields: Mapping[str, list[str]], uploads: Sequence[Upload]) -> UploadRequest:
    """Check the fields of POST /upload.

    Raises:
        Invalid: No path.
        ValidationFailed
    """
    last = {name: values[-1] for name, values in fields.items() if values}
    if not last.get("path"):
        raise Invalid("path is required: the sheet that the files go into, such as /Receipts.")
    wait = last.get("wait", "").lower()
    errors = Errors()
    if wait not in (*TRUE, *FALSE):
        errors.add("wait", "Must be true or false.")
    errors.refuse()
    return UploadRequest(last["path"], uploads, wait in TRUE, last.get("webhookUrl", ""))


def listing(query: Mapping[str, str], *, statuses: Sequence[str]) -> Listing:
    """Check `limit`, `cursor` and `status` of a list.

    Raises:
        ValidationFailed
    """
    errors = Errors()
    limit, status = query.get("limit", str(LISTED)), query.get("status", "")
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= MOST_LISTED):
        errors.add("limit", f"Must be a whole number from 1 to {MOST_LISTED}.")
    if status and status not in statuses:
        errors.add("status", f"Must be one of: {', '.join(statuses)}.")
    errors.refuse()
    return Listing(int(limit), query.get("cursor", ""), status)


def webhook_request(data: Any) -> WebhookRequest:
    """Check the JSON body of PUT /webhook.

    Raises:
        Invalid: No object, or no url.
        ValidationFailed
    """
    if not isinstance(data, dict):
        raise Invalid("The body is not a JSON object.")
    if not data.get("url"):
        raise Invalid("url is required: the https address that events are sent to.")
    errors = Errors()
    events, secret = data.get("events"), data.get("secret") or ""
    if not isinstance(data["url"], str):
        errors.add("url", "Must be a string.")
    if not isinstance(events, list) or not events or not all(isinstance(event, str) for event in events):
        errors.add("events", 'Must be a list of event types such as ["ocr.completed", "ocr.failed"].')
    if not isinstance(secret, str):
        errors.add("secret", "Must be a string.")
    errors.refuse()
    return WebhookRequest(data["url"], list(events or []), secret)


def _digest(upload: Upload) -> bytes:
    upload.content.seek(0)
    return hashlib.file_digest(upload.content, "sha256").digest()  # type: ignore[arg-type]
