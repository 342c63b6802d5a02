"""What is measured on each database runs in a process of its own, which reads its settings from the environment."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.documents import ROOT
from tests.servers import postgres


def on_each(module: str, *arguments: str, **settings: str) -> None:
    """Run `python -m module` on SQLite, then on a private PostgreSQL, each in a new data folder.

    Args:
        arguments: What it is given after the database's name.
        settings: Further environment.
    """
    with tempfile.TemporaryDirectory(prefix="spocr-bench-") as folder:
        run(module, "SQLite", *arguments, DATABASE_URL=f"sqlite:///{folder}/bench.sqlite3", **settings)
        with postgres(Path(folder), fsync=True) as address:
            run(module, "PostgreSQL", *arguments, DATABASE_URL=address, **settings)


def run(module: str, *arguments: str, **settings: str) -> None:
    """Run a module that measures; its data folder is a new one unless SPOCR_DATA_DIR is among the settings."""
    with tempfile.TemporaryDirectory(prefix="spocr-bench-") as folder:
        ours = {"SPOCR_DATA_DIR": folder, "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "-m", module, *arguments]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **ours, **settings}, check=True)
