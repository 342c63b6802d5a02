"""Speed of the queue: jobs claimed, finished and charged a second; time to accept an upload.

`python -m bench queue` runs it on SQLite and on a private PostgreSQL, each in a process of its own.
Nothing is read: what is left is the queue's own price for a job.
"""

import os
import resource
import statistics
import sys
import time
from multiprocessing import get_context

from bench.databases import on_each

JOBS, UPLOADS = 3_000, 10
FILES, FILE_BYTES = 20, 200_000


def main() -> None:
    on_each("bench.queue")


def measure(name: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    print(f"\nQueue on {name}", flush=True)
    sheet, key = _site()
    _accepting(key)
    for processes in (1, 2, 4):
        _finishing(sheet, processes)


def _site():
    from accounts import api_keys, organizations
    from accounts.models import User
    from ocr import sheets
    from ocr.sheets import Wanted

    owner = User.objects.create_user("bench@example.org")
    organization = organizations.create(owner, plan="self_hosted")
    columns = [{"name": "total", "type": "money", "description": "", "children": []}]
    sheet = sheets.create(organization, "/", Wanted("sheet", "Receipts", columns=columns))
    return sheet, api_keys.create(organization, name="bench", created_by=owner)[1]


def _accepting(key: str) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {key}"})
    took = []
    for _ in range(UPLOADS):
        files = [SimpleUploadedFile(f"{n}.png", os.urandom(FILE_BYTES)) for n in range(FILES)]
        started = time.perf_counter()
        answer = client.post("/upload", {"path": "/Receipts", "files": files})
        took.append((time.perf_counter() - started) * 1000)
        assert answer.status_code == 202, answer.content
    print(f"  accept {FILES} files of {FILE_BYTES // 1000} kB: p50 {statistics.median(took):.0f} ms (goal: 300)")


def _finishing(sheet: object, processes: int) -> None:
    import io

    from django.db import connection, connections

    from billing.usage import Payer
    from ocr import uploads
    from ocr.models import Job
    from ocr.uploads import Upload

    Job.objects.filter(status="pending").delete()
    for _ in range(JOBS // FILES):
        files = [Upload(f"{n}.png", io.BytesIO(os.urandom(64))) for n in range(FILES)]
        uploads.accept(Payer(sheet.organization, "203.0.113.9"), sheet, files)
    connections.close_all()
    workers = [get_context("fork").Process(target=_finish_all) for _ in range(processes)]
    started, before = time.perf_counter(), sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - started
    spent = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before
    assert Job.objects.filter(status="done").count() % JOBS == 0
    goal = 100 if connection.vendor == "sqlite" else 500
    print(
        f"  {processes} process(es): {JOBS / seconds:.0f} jobs/s claimed, finished and charged (goal: {goal}); "
        f"{spent * 1000 / JOBS:.2f} ms of processor time a job, the database server's own apart",
        flush=True,
    )


def _finish_all() -> None:
    from ocr import jobs
    from ocr.events import Found

    found = Found({"total": {"value": "84,263"}}, image={"width": 1, "height": 1, "rotation": 0, "language": "eng"})
    while (job := jobs.claim()) is not None:
        assert jobs.finish(job, found)


if __name__ == "__main__":
    measure(sys.argv[1])
