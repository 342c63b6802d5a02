"""Server time of each page with a large sheet: `python -m bench portal` prints it, asked ≤ 100 ms.

On SQLite, whose work counts among the process's own.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 7
ASKED_MILLISECONDS = 100
FILTERED = "?where=total%3E50000&sort=invoice_date:desc"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def main(rows: int) -> None:
    """Measure in a process of its own, with a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="spocr-bench-") as folder:
        environment = {**os.environ, "SPOCR_DATA_DIR": folder, "LOG_LEVEL": "ERROR"}
        environment |= {"DATABASE_URL": "", "CACHE_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
        subprocess.run([sys.executable, "-m", "bench.portal", str(rows)], env=environment, check=True)


def measure(rows: int) -> None:
    """Every page that the URL table has, as the owner of the sheet sees it."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from accounts.models import User
    from bench.sheets import _filled

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.ALLOWED_HOSTS = ["testserver"]
    sheet = _filled(rows)
    owner = User.objects.create_user("bench@example.org")
    sheet.organization.memberships.create(user=owner, role="owner")
    client = Client()
    client.force_login(owner)
    ids = {"key": sheet.unique_key, "row_key": sheet.rows.order_by("-id")[rows // 2].row_key, "slug": "post-upload"}
    found = sorted((_time(client, address), address) for address in _pages(client, ids))
    for milliseconds, address in reversed(found):
        mark = "" if milliseconds <= ASKED_MILLISECONDS else f"   more than {ASKED_MILLISECONDS} ms"
        print(f"{milliseconds:8.1f} ms  {address}{mark}", flush=True)
    print(f"{len(found)} pages with {rows:,} rows, middle of {ROUNDS} rounds, processor time of server and database")


def _pages(client, ids: dict[str, str]) -> list[str]:
    from tests.test_isolation import routes

    addresses = [f"/sheets/{ids['key']}{FILTERED}", f"/sheets/{ids['key']}?page=1000"]
    for _, pattern in routes():
        names = PARAMETER.findall(pattern)
        if "(" in pattern or "logout" in pattern or "metrics" in pattern or not set(names) <= set(ids):
            continue
        address = "/" + PARAMETER.sub(lambda name: ids[name[1]], pattern)
        answer = client.get(address)
        if answer.status_code == 200 and "html" in answer.get("Content-Type", ""):
            addresses.append(address)
    return addresses


def _time(client, address: str) -> float:
    """Processor time of one request: on a busy machine the clock would tell of the neighbours."""
    client.get(address)
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        client.get(address)
        times.append((time.process_time() - started) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    measure(int(sys.argv[1]))
