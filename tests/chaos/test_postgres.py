"""PostgreSQL stops at once in the middle of the work and comes back; no worker is restarted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = list(Path("/usr/lib/postgresql").glob("*/bin/postgres"))


@pytest.mark.skipif(not PROGRAMS, reason="PostgreSQL is not installed")
def test_workers_go_on_by_themselves_when_postgresql_is_back():
    with TemporaryDirectory(prefix="spocr-") as folder:
        Path(folder).chmod(0o755)  # the server runs as its own user
        command = [sys.executable, "-m", "tests.chaos.restarted", folder]
        ran = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=300)

    assert ran.returncode == 0, ran.stderr[-3000:]
    outcome = json.loads(ran.stdout.splitlines()[-1])
    assert outcome["wrong"] == []
    assert outcome["done"] == 60
    assert outcome["seconds"] < 10
