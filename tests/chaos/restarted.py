"""PostgreSQL stops at once in the middle of the work and comes back: run in a process of its own.

`python -m tests.chaos.restarted FOLDER` prints what was wrong afterwards, and the seconds until a worker
claimed again, as JSON. The workers are never restarted.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.chaos import alone
from tests.servers import postgres

JOBS = 60


def main(folder: Path) -> None:
    with postgres(folder) as address:
        alone.tell(scenario(folder, address, alone.installed(folder, address)))


def scenario(folder: Path, address: str, organization) -> dict[str, object]:
    from django.conf import settings
    from django.db import connection

    from tests.chaos.invariants import violations
    from tests.chaos.test_workers import ended, uploaded
    from tests.chaos.workers import Workers, wait_until
    from tests.fakes import engine_host

    sheet = organization.items.get(kind="sheet")
    with engine_host.running(folder / "e.sock", seconds=0.2) as engine:
        changes = {"ENGINE_SOCKET": str(engine.path), "JOB_LEASE_SECONDS": 2, "WORKER_THREADS": 2}
        for name, value in changes.items():
            setattr(settings, name, value)
        ids = uploaded(sheet, JOBS)
        workers = Workers(2, changes)
        wait_until(lambda: organization.jobs.filter(status="done").count() > 5, seconds=60)
        connection.close()
        start_again = stopped(folder / "postgres")
        time.sleep(2)
        server = start_again(int(address.rsplit(":", 1)[1].split("/")[0]))
        back, read = time.monotonic(), len(engine.documents)
        try:
            wait_until(lambda: len(engine.documents) > read, seconds=60)
            resumed = time.monotonic() - back
            wait_until(lambda: ended(organization), seconds=120)
            wrong = violations(organization, ids)
            done = organization.jobs.filter(status="done").count()
        finally:
            workers.stop()
            connection.close()
            server.send_signal(signal.SIGINT)
            server.wait(20)
    return {"wrong": wrong, "seconds": resumed, "done": done}


def stopped(data: Path):
    """Stop the server of this data folder as if its machine had lost power; what starts it again."""
    pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
    owner = data.stat()
    os.kill(pid, signal.SIGQUIT)
    while (data / "postmaster.pid").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        time.sleep(0.05)

    def start(port: int) -> subprocess.Popen[bytes]:
        import socket

        (data / "postmaster.pid").unlink(missing_ok=True)
        as_owner = {"user": owner.st_uid, "group": owner.st_gid} if os.getuid() == 0 else {}
        server = subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_owner)
        while socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.05)
        return server

    return start


if __name__ == "__main__":
    main(Path(sys.argv[1]))
