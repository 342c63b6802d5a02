"""Sheets, uploads and jobs for tests: the real acts, called the short way."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from accounts.models import Organization
from billing.usage import Payer
from ocr import sheets, uploads, work
from ocr.models import Item, Job
from ocr.sheets import Wanted
from ocr.uploads import Upload

COLUMNS = [
    {"name": "total", "type": "money", "description": "what is to pay", "children": []},
    {"name": "date", "type": "date", "description": "", "children": []},
]


def a_sheet(organization: Organization, name: str = "Receipts") -> Item:
    return sheets.create(organization, "/", Wanted("sheet", name, columns=COLUMNS))


def send(api_key: str, files: dict[str, bytes], headers: dict[str, str] | None = None, **fields: Any) -> HttpResponse:
    """POST /upload."""
    sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
    return Client(raise_request_exception=False).post(
        "/upload", {"files": sent, **fields}, headers={"Authorization": f"Bearer {api_key}", **(headers or {})}
    )


def get(api_key: str, path: str) -> HttpResponse:
    return Client(raise_request_exception=False).get(path, headers={"Authorization": f"Bearer {api_key}"})


def accepted(sheet: Item, *contents: bytes, **options: Any) -> list[Job]:
    """Jobs for these files, without HTTP."""
    files = [Upload(f"{number}.png", io.BytesIO(content)) for number, content in enumerate(contents, 1)]
    payer = Payer(sheet.organization, "203.0.113.9")
    return [job for each in uploads.accept(payer, sheet, files, **options) for job in each.jobs]


def drained() -> int:
    """Run every job that may start now; how many ran."""
    count = 0
    while work.run_next():
        count += 1
    return count


@contextmanager
def worked_on() -> Iterator[None]:
    """Within it, jobs are worked on beside the test."""
    stopping = threading.Event()

    def loop() -> None:
        while not stopping.is_set():
            if not work.run_next():
                stopping.wait(0.1)
        connections.close_all()

    thread = threading.Thread(target=loop)
    thread.start()
    yield
    stopping.set()
    thread.join()


def pdf_of(*pages: bytes) -> bytes:
    """A PDF with one picture a page."""
    pictures = [Image.open(io.BytesIO(page)).convert("RGB") for page in pages]
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=96)
    return out.getvalue()


def png_of(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
