"""What checking an API key costs beside a request's own work: `python -m bench keys`.

On SQLite and on a private PostgreSQL, each in a process of its own, with 1,000 and 100,000 keys.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.ledger import ROOT, _bin_test

ROUNDS, WARM_UP = 2_000, 200
SIZES = 1_000, 100_000


def main() -> None:
    print("\nKey check: p50 and p95 in ms of wall time, and of CPU time of this process; asked p50 <= 0.5 ms")
    with tempfile.TemporaryDirectory(prefix="spocr-bench-") as folder:
        _measure_in_process("SQLite", f"sqlite:///{folder}/bench.sqlite3", folder)
        with _bin_test().postgres(Path(folder)) as address:
            _measure_in_process("PostgreSQL", address, folder)


def _measure_in_process(name: str, address: str, folder: str) -> None:
    environment = {**os.environ, "DATABASE_URL": address, "SPOCR_DATA_DIR": folder, "LOG_LEVEL": "ERROR"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    subprocess.run([sys.executable, "-m", "bench.keys", name], cwd=ROOT, env=environment, check=True)


def measure(name: str) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from accounts import api_keys, key_format, key_limits, organizations
    from accounts.models import ApiKey, User

    organization = organizations.create(User.objects.create_user("bench@example.org"))
    key, secret = api_keys.create(organization, name="bench", created_by=None)
    for size in SIZES:
        missing = size - ApiKey.objects.count()
        digests = (key_format.digest(f"{size}-{number}") for number in range(missing))
        made = (ApiKey(organization=organization, name="other", digest=digest, hint="x") for digest in digests)
        ApiKey.objects.bulk_create(made, batch_size=5_000)

        def check() -> None:
            found = api_keys.find(secret)
            key_limits.demand_address(found, "192.0.2.1")
            key_limits.demand_scopes(found, "parse")

        _print(f"{name}, {size:,} keys: find and check", check)
    _print(f"{name}: count the request of the month", lambda: api_keys.count_use(key, "192.0.2.1"))


def _print(name: str, act: Callable[[], object]) -> None:
    for _ in range(WARM_UP):
        act()
    walls, cpu = [], time.process_time()
    for _ in range(ROUNDS):
        started = time.perf_counter()
        act()
        walls.append((time.perf_counter() - started) * 1000)
    cpu = (time.process_time() - cpu) / ROUNDS * 1000
    print(f"{name:<52} p50 {statistics.median(walls):.3f}  p95 {sorted(walls)[ROUNDS * 95 // 100]:.3f}  CPU {cpu:.3f}")


if __name__ == "__main__":
    measure(sys.argv[1])
