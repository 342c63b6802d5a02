"""Private servers on free ports, for the tests and the bench: each ends with its block."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

START_SECONDS = 30


def settings_of_all(stack: ExitStack, folder: Path) -> dict[str, str]:
    """Settings of a private PostgreSQL and Redis, which end with the stack."""
    redis = stack.enter_context(redis_server(folder))
    database = stack.enter_context(postgres(folder))
    return {"DATABASE_URL": database, "CACHE_URL": redis, "CELERY_BROKER_URL": redis.replace("/0", "/1")}


@contextmanager
def postgres(folder: Path, *, fsync: bool = False) -> Iterator[str]:
    """A private PostgreSQL in a new folder; its URL. It refuses to run as root, so it then runs as its own user.

    Args:
        fsync: It waits for its disk, as in service.
    """
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    data, port = folder / "postgres", free_port()
    data.mkdir()
    user = []
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        folder.chmod(0o755)
        os.chown(data, account.pw_uid, account.pw_gid)
        user = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    initdb = [*user, str(programs / "initdb"), "-D", str(data), "-U", "spocr", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*initdb, "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd="/")
    options = ["-p", str(port), "-h", "127.0.0.1", "-k", "", "-c", "max_connections=300"]
    options += ["-c", f"fsync={'on' if fsync else 'off'}"]
    server = subprocess.Popen(
        [*user, str(programs / "postgres"), "-D", str(data), *options], stderr=subprocess.DEVNULL, cwd="/"
    )
    try:
        wait_for(port)
        yield f"postgres://spocr@127.0.0.1:{port}/postgres"
    finally:
        stop(server, shutdown_signal=2)  # SIGINT: fast shutdown, without waiting for clients


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A private Redis; its URL. It keeps every key: an evicting broker loses jobs."""
    port = free_port()
    program = shutil.which("redis-server") or "/usr/bin/redis-server"
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([program, *options, "--maxmemory-policy", "noeviction"], stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        stop(server, shutdown_signal=15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"A test server did not start on port {port} within {START_SECONDS} seconds.")


def stop(server: subprocess.Popen[bytes], *, shutdown_signal: int) -> None:
    server.send_signal(shutdown_signal)
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
