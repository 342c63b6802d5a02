"""Speed of the ledger: reserve + settle, the usage page over a million records, an hour of 1,000 organizations.

`python -m bench ledger` runs it on SQLite and on a private PostgreSQL, each in a process of its own,
with the local Stripe as the meter.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from bench.databases import on_each

if TYPE_CHECKING:
    from accounts.models import Organization

ROUNDS, RECORDS, ORGANIZATIONS = 500, 1_000_000, 1_000


def main() -> None:
    on_each("bench.ledger", EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend")


def measure(name: str) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # nothing is collected here
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    print(f"\n{name}", flush=True)
    _reserve_and_settle()
    _usage_page()
    _outbox()


def _reserve_and_settle() -> None:
    from billing import usage
    from billing.models import Kind

    payer = _payer("hot@example.org", "pro")

    def charge() -> None:
        usage.settle(usage.reserve(payer, Kind.SCAN), units=1)

    before = time.process_time()
    _print("reserve + settle", [_seconds(charge) for _ in range(ROUNDS)])
    print(f"  of it processor time: {(time.process_time() - before) * 1000 / ROUNDS:.2f} ms")


def _usage_page() -> None:
    """A million records over 30 days, 20 keys and 4 doors; the page shows sums."""
    from django.conf import settings
    from django.test import Client
    from django.urls import get_resolver

    from accounts.models import User
    from billing.models import UsageRecord

    _million_records(_payer("large@example.org", "enterprise").organization)
    _ = get_resolver().url_patterns  # as the portal does before it takes its first request
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(email="large@example.org"), backend=settings.AUTHENTICATION_BACKENDS[0])
    print(f"  {UsageRecord.objects.count():,} records", flush=True)
    for path in ("/billing/usage", "/billing/invoices"):
        first = _seconds(lambda path=path: _get(client, path))  # the first of its process: templates are compiled
        _print(
            f"{path}: first {first * 1000:.0f} ms, then",
            [_seconds(lambda path=path: _get(client, path)) for _ in range(15)],
        )


def _million_records(organization: "Organization") -> None:
    from django.utils import timezone

    from billing.models import UsageCounter, UsageDay, UsageRecord

    now = timezone.now()
    per_row = RECORDS // (30 * 20 * 4)
    doors = [{"key": f"key_{key}", "endpoint": f"door{door}"} for key in range(20) for door in range(4)]
    common = {"organization": organization, "kind": "scan", "outcome": "read"}
    for day in range(30):
        at = now - timedelta(days=day)
        record = {**common, "status": "settled", "created_at": at, "settled_at": at}
        UsageRecord.objects.bulk_create(UsageRecord(**record, **door) for door in doors)
        sums = {**common, "day": at.date(), "charged_units": per_row}
        UsageDay.objects.bulk_create(UsageDay(**sums, **door) for door in doors)
    _multiply(organization.id, per_row)
    UsageCounter.objects.create(
        holder=f"organization:{organization.id}", kind="scan", period=f"{now:%Y-%m-%dT%H:%M:%S}", included_used=1
    )


def _multiply(organization_id: int, times: int) -> None:
    """Each record so many times, in one statement: a million objects would take minutes."""
    from django.db import connection

    from billing.models import UsageRecord

    columns = ", ".join(f'"{field.column}"' for field in UsageRecord._meta.concrete_fields if not field.primary_key)
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times - 1})"  # noqa: S608
    rows = f"SELECT {columns} FROM billing_usagerecord, n WHERE organization_id = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO billing_usagerecord ({columns}) {numbers} {rows}", [organization_id])


def _get(client: object, path: str) -> None:
    answer = client.get(path)  # type: ignore[attr-defined]
    assert answer.status_code == 200, answer.status_code


def _outbox() -> None:
    from django.conf import settings
    from django.utils import timezone

    from accounts.models import Organization
    from billing import catalog, outbox, plans
    from billing.models import BillableUnit, BillingAccount, UsageRecord
    from tests.fakes.stripe import server

    with server.running() as stripe:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_ADDRESS = "sk_test_local", stripe.address
        list(catalog.sync(plans.table(settings.PLANS_FILE)))
        at = timezone.now() - timedelta(hours=2)
        for number in range(ORGANIZATIONS):
            organization = Organization.objects.create(name=f"Customer {number}")
            customer = stripe.state.add("customer", "cus", {"currency": "usd"})["id"]
            BillingAccount.objects.create(
                organization=organization, customer_id=customer, anchor_at=at - timedelta(days=3)
            )
            record = UsageRecord.objects.create(
                organization=organization, kind="scan", status="settled", overage_units=1
            )
            BillableUnit.objects.create(
                organization=organization,
                record=record,
                period="x",
                units=1,
                unit_price=5,
                currency="usd",
                occurred_at=at,
            )
        seconds = _seconds(outbox.send_due)
        assert len(stripe.state.meter_events) == ORGANIZATIONS
    print(
        f"  outbox, an hour of {ORGANIZATIONS} organizations: {seconds:.1f} s, {ORGANIZATIONS / seconds:.0f} events/s"
    )


def _payer(email: str, plan: str) -> "object":
    from accounts import organizations
    from accounts.models import User
    from billing.usage import Payer

    owner = User.objects.create_user(email)
    return Payer(organizations.create(owner, plan=plan), "203.0.113.9", key="key_1", endpoint="fields")


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _print(name: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles(seconds, n=20)
    print(f"  {name}: p50 {statistics.median(seconds) * 1000:.2f} ms, p95 {cuts[-1] * 1000:.2f} ms", flush=True)


if __name__ == "__main__":
    measure(sys.argv[1])
