"""Scenarios on a PostgreSQL of their own, each in a process of its own: what it found comes back as JSON."""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300


def outcome_of(module: str, *arguments: str) -> dict[str, Any]:
    """What `python -m module FOLDER ARGUMENTS` prints last, as JSON, in a new folder."""
    with TemporaryDirectory(prefix="spocr-") as folder:
        Path(folder).chmod(0o755)  # the server runs as its own user
        command = [sys.executable, "-m", module, folder, *arguments]
        ran = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=SECONDS)
    assert ran.returncode == 0, ran.stderr[-3000:]
    return json.loads(ran.stdout.splitlines()[-1])


def tell(outcome: dict[str, Any]) -> None:
    """Print for `outcome_of`."""
    sys.stdout.write(json.dumps(outcome) + "\n")


def installed(folder: Path, address: str) -> Any:
    """Django on the empty database at this address; an organization with a sheet, and with no limits."""
    os.environ |= {"DATABASE_URL": address, "SPOCR_DATA_DIR": str(folder / "data"), "CELERY_BROKER_URL": ""}
    os.environ |= {"CACHE_URL": "", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    from accounts import organizations
    from accounts.models import User
    from tests.jobs import a_sheet

    call_command("migrate", interactive=False, verbosity=0)
    organization = organizations.create(User.objects.create_user("alice@example.org"), plan="self_hosted")
    a_sheet(organization)
    return organization
