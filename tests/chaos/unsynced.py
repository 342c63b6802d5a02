"""PostgreSQL's disk refuses to keep what a COMMIT has written: run in a process of its own.

`python -m tests.chaos.unsynced FOLDER on|off` prints, as JSON, the statuses that uploads were answered with, how often
the disk refused, and what was wrong afterwards. `off`: the server does not wait for its disk.
"""

import os
import sys
import time
import uuid
from datetime import timedelta
from pathlib import Path

from tests.chaos import alone
from tests.chaos.disks import Disk
from tests.servers import postgres

UPLOADS, TRIES = 6, 100


def main(folder: Path, fsync: str) -> None:
    disk = Disk(folder / "disk")
    os.environ |= disk.settings()  # of the server alone: this process has long been started
    with postgres(folder, fsync=fsync == "on") as address:
        alone.tell(scenario(folder, disk, alone.installed(folder, address)))


def scenario(folder: Path, disk: Disk, organization) -> dict[str, object]:
    from django.conf import settings
    from django.db import connection

    from accounts import api_keys
    from ocr import files
    from tests.chaos.invariants import violations
    from tests.fakes import engine_host
    from tests.jobs import drained

    key = api_keys.create(organization, name="tests", created_by=None)[1]
    with engine_host.running(folder / "e.sock") as engine:
        settings.ENGINE_SOCKET = str(engine.path)
        settings.ALLOWED_HOSTS = ["testserver"]
        statuses, ids, refused = [], [], 0
        for number in range(UPLOADS):
            disk.refuse(after=number % 3)
            answers = uploaded(key, b"page %d" % number)
            statuses += [answer.status_code for answer in answers]
            ids += [entry["jobId"] for entry in answers[-1].json()["jobs"]]
            refused += disk.has_refused
            disk.relent()
        files.sweep_orphans(timedelta(0))  # of uploads of which nobody knew whether they were accepted
        drained()
        wrong = violations(organization, ids)
    connection.close()
    return {"statuses": statuses, "refused": refused, "wrong": wrong}


def uploaded(key: str, content: bytes) -> list:
    """As a careful customer does: the same request until it is accepted; every answer."""
    from django.db import close_old_connections

    from tests.jobs import send

    once, answers = {"Idempotency-Key": str(uuid.uuid4())}, []
    for _ in range(TRIES):
        answers.append(send(key, {"a.png": content}, once, path="/Receipts"))
        if answers[-1].status_code == 202:
            break
        time.sleep(0.1)
        close_old_connections()  # as the server does between two requests
    return answers


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
