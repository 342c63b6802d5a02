"""An installation of its own, worked by its commands in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FILL = """
import hashlib
from accounts import organizations
from accounts.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from ocr.models import Item, Row, StoredFile, WebhookDelivery, WebhookEvent

alice = User.objects.create_user("alice@example.org", "x")
books = organizations.create(alice, name="帳簿 장부")
folder = books.items.create(kind="folder", name="2026")
sheet = books.items.create(kind="sheet", name="receipts", parent=folder, columns=[{"name": "total", "type": "money"}])
for number in range(COUNT):
    content = f"picture {number}".encode()
    name = default_storage.save(f"images/{number}.png", ContentFile(content))
    file = books.files.create(
        sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), content_type="image/png", storage_name=name
    )
    books.rows.create(sheet=sheet, name=f"{number}.png", file=file, values={"total": {"value": f"¥{number:,}"}})
event = WebhookEvent.objects.create(organization=books, type="ocr.completed", body="{}")
WebhookDelivery.objects.create(organization=books, event=event, url="https://example.org/")
"""
SHOW = """
from ocr.models import Row, WebhookDelivery
for row in Row.objects.order_by("id"):
    print(row.organization.name, row.sheet.name, row.name, row.values["total"]["value"], row.file.sha256)
print(*WebhookDelivery.objects.values_list("status", flat=True))
"""


class Installation:
    """An installation of its own on SQLite in an empty folder, worked by `manage.py`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.folder = folder
        self.environment = {**kept, "SPOCR_DATA_DIR": str(folder), "LOG_LEVEL": "ERROR", **settings}

    def run(self, *command: str, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *command],
            env=self.environment, capture_output=True, text=True, timeout=180,
        )  # fmt: skip
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def fill(self, count: int = 20) -> None:
        self.run("migrate", "-v0")
        self.run("shell", "-v0", "-c", FILL.replace("COUNT", str(count)))

    def show(self) -> list[str]:
        return self.run("shell", "-v0", "-c", SHOW).splitlines()
