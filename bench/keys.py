"""What checking an API key costs beside a request's own work: `python -m bench keys`.

"find the key" is the one indexed query; "all" is what the door does for each request: checksum and hash, the
query, networks and scopes, and the count of the month, which is a write.

On SQLite and on a private PostgreSQL, each in a process of its own, with 1,000 and 100,000 keys.
"""

import statistics
import sys
import time
from collections.abc import Callable

from bench.databases import on_each

ROUNDS, WARM_UP = 2_000, 200
SIZES = 1_000, 100_000


def main() -> None:
    print("\nKey check: p50 and p95 in ms of wall time, p50 of this process's CPU time; asked p50 <= 0.5 ms")
    on_each("bench.keys")


def measure(name: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from django.test import RequestFactory
    from django.urls import resolve

    from accounts import api_keys, key_format, organizations
    from accounts.models import ApiKey, User
    from ocr.api.authentication import key_of

    organization = organizations.create(User.objects.create_user("bench@example.org"))
    _, secret = api_keys.create(organization, name="bench", created_by=None)
    request = RequestFactory().get("/ocr/fields")
    request.resolver_match = resolve("/ocr/fields")
    for size in SIZES:
        missing = size - ApiKey.objects.count()
        digests = (key_format.digest(f"{size}-{number}") for number in range(missing))
        made = (ApiKey(organization=organization, name="other", digest=digest, hint="x") for digest in digests)
        ApiKey.objects.bulk_create(made, batch_size=5_000)

        _print(f"{name}, {size:,} keys: find the key", lambda: api_keys.find(secret))
        _print(f"{name}, {size:,} keys: all, and count the request", lambda: key_of(secret, request))


def _print(name: str, act: Callable[[], object]) -> None:
    from accounts import tenancy

    walls, processor = [], []
    for _ in range(WARM_UP + ROUNDS):
        tenancy.leave()  # as between two requests
        started, busy = time.perf_counter(), time.process_time()
        act()
        walls.append((time.perf_counter() - started) * 1000)
        processor.append((time.process_time() - busy) * 1000)
    tenancy.leave()
    walls, processor = sorted(walls[WARM_UP:]), sorted(processor[WARM_UP:])
    p95 = walls[ROUNDS * 95 // 100]
    print(
        f"{name:<52} p50 {statistics.median(walls):.3f}  p95 {p95:.3f}  "
        f"CPU p50 {statistics.median(processor):.3f}  queries {_queries(act)}"
    )


def _queries(act: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


if __name__ == "__main__":
    measure(sys.argv[1])
