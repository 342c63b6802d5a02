"""What the request log costs an answer: `python -m bench requests`.

The cheapest call with a key (`GET /amount`), with and without the log, in turns, so that a busy machine
slows both alike; and the thread that writes, on its own.
"""

import statistics
import sys
import time

from bench.databases import on_each

ROUNDS, CALLS, ROWS = 20, 50, 20_000


def main() -> None:
    print("\nRequest log: median ms of an answer without and with it; CPU ms of a row that is written")
    on_each("bench.requests", ALLOWED_HOSTS="testserver")


def measure(name: str) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", interactive=False, verbosity=0)
    from accounts import api_keys, organizations
    from accounts.models import User
    from ocr import request_log
    from ocr.models import RequestRecord
    from ocr.request_log import Entry

    organization = organizations.create(User.objects.create_user("bench@example.org"))
    organization.plan = "enterprise"
    organization.save()
    headers = {"Authorization": "Bearer " + api_keys.create(organization, name="bench", created_by=None)[1]}
    client, spent = Client(), {False: [], True: []}
    for number in range(ROUNDS * 2):
        settings.REQUEST_LOG = is_on = number % 2 == 1
        for _ in range(CALLS):
            started = time.perf_counter()
            assert client.get("/amount", headers=headers).status_code == 200
            spent[is_on].append((time.perf_counter() - started) * 1000)
    request_log.flush()
    without, with_log = statistics.median(spent[False]), statistics.median(spent[True])
    assert RequestRecord.objects.count() == ROUNDS * CALLS
    rows = [
        Entry(
            organization.public_id, RequestRecord(request_id=f"req_{n}", endpoint="amount", status=200, milliseconds=1)
        )
        for n in range(ROWS)
    ]
    started = time.process_time()
    for first in range(0, ROWS, request_log.BATCH_ROWS):
        assert request_log.write(rows[first : first + request_log.BATCH_ROWS])
    each = (time.process_time() - started) * 1000 / ROWS
    print(f"{name:<12} without {without:.2f}  with {with_log:.2f}  ratio {with_log / without:.3f}  a row {each:.3f}")


if __name__ == "__main__":
    measure(sys.argv[1])
