"""Backing up and restoring an installation on PostgreSQL, each on a private server of its own, by the commands."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.commands.installation import Installation
from tests.servers import postgres

OWE = """
from django.utils import timezone
from accounts.models import Organization
from billing.models import BillableUnit, BillingAccount, Notice
books = Organization.objects.get()
BillingAccount.objects.update_or_create(organization=books, defaults={"customer_id": "cus_1"})
record = books.usage_records.create(kind="scan", units=3, status="settled", period="2026-11")
BillableUnit.objects.create(
    organization=books, record=record, period="2026-11", units=3, unit_price=5, currency="usd",
    occurred_at=timezone.now(),
)
Notice.objects.create(organization=books, period="2026-11", subject="included", percent=50, used=1, limit=2)
"""
LOOK = """
from accounts import tenancy, walls
from accounts.models import ApiKey, Organization
from billing.models import MeterBatch, Notice
from billing import outbox
from django.db import connection
from ocr.models import Row
books = Organization.objects.get()
print("walls", walls.has_role(connection))
with tenancy.only(books):
    print("own rows", Row.objects.count())
print("meter", outbox.collect(), *MeterBatch.objects.values_list("status", "units"))
print("notices", Notice.objects.filter(mailed_at=None).count())
"""


@pytest.fixture
def servers():
    """Starts an empty PostgreSQL; its URL."""
    with ExitStack() as stack:

        def start() -> str:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="spocr-")))
            folder.chmod(0o755)  # the server runs as its own user
            return stack.enter_context(postgres(folder))

        yield start


def test_a_backup_restores_on_another_server_and_neither_tells_nor_bills_again(servers, tmp_path):
    office = Installation(tmp_path / "office", DATABASE_URL=servers())
    office.fill()
    office.run("shell", "-v0", "-c", OWE)
    copy = Installation(tmp_path / "copy", DATABASE_URL=servers())

    office.run("backup", str(tmp_path / "a.tar"))
    said = copy.run("restore", str(tmp_path / "a.tar"))

    assert "20 files; every row has its file." in said
    assert copy.show()[:-1] == office.show()[:-1]
    assert (office.show()[-1], copy.show()[-1]) == ("pending", "cancelled")
    looked = copy.run("shell", "-v0", "-c", LOOK).splitlines()
    assert looked == ["walls True", "own rows 20", "meter 0 ('stuck', 3)", "notices 0"]


def test_a_backup_of_sqlite_is_not_restored_into_postgresql(servers, tmp_path):
    office = Installation(tmp_path / "office")
    office.fill(1)
    office.run("backup", str(tmp_path / "a.tar"))

    said = Installation(tmp_path / "copy", DATABASE_URL=servers()).run("restore", str(tmp_path / "a.tar"), fails=True)

    assert "This backup was made of SQLite" in said
