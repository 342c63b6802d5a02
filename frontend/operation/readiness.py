"""Whether this node can do its work now: each part is really used, not only looked at."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from kombu.connection import Connection

from accounts import patience
from frontend.operation import draining
from ocr import pool, reading
from ocr.models import ScheduledRun

BROKER_SECONDS = 2
# A frequent schedule: when its runs are missed, nobody runs any.
PULSE, MISSED_BEATS = "release_stale_usage", 2


@dataclass(frozen=True)
class Finding:
    """One part: whether it works, whether requests fail without it, and a sentence."""

    is_well: bool
    is_vital: bool
    message: str = "ok"


def findings() -> dict[str, Finding]:
    """Every part of this installation by name. Never raises; takes at most a few seconds."""
    with patience.for_a_moment():
        return _findings()


def _findings() -> dict[str, Finding]:
    database = _finding(_database, is_vital=True)

    def in_database(check: Callable[[], None], *, is_vital: bool) -> Finding:
        if database.is_well:
            return _finding(check, is_vital=is_vital)
        return Finding(is_well=False, is_vital=is_vital, message="Unknown while the database does not answer.")

    return {
        "database": database,
        "migrations": in_database(_migrations, is_vital=True),
        "storage": _finding(_storage, is_vital=True),
        "cache": _finding(_cache, is_vital=False),
        "engines": _finding(_engines, is_vital=True),
        "worker": in_database(_worker, is_vital=False),
        "broker": _finding(_broker, is_vital=False),
        "staying": _finding(_staying, is_vital=True),
    }


def storage_finding() -> Finding:
    """The storage alone."""
    return _finding(_storage, is_vital=True)


def migrations_finding() -> Finding:
    """Whether the tables are those of this release."""
    return _finding(_migrations, is_vital=True)


def broker_finding() -> Finding:
    """The broker alone."""
    return _finding(_broker, is_vital=False)


class _Unwell(Exception):
    """What is wrong, as a sentence without addresses or secrets."""


def _finding(check: Callable[[], None], *, is_vital: bool) -> Finding:
    try:
        check()
    except _Unwell as error:
        return Finding(is_well=False, is_vital=is_vital, message=str(error))
    except Exception as error:  # noqa: BLE001 - whatever a part raises, the others are still reported
        return Finding(is_well=False, is_vital=is_vital, message=f"It does not answer ({_reason(error)}).")
    return Finding(is_well=True, is_vital=is_vital)


def _reason(error: Exception) -> str:
    """The error's kind, and what a storage server answered; never its text, which may hold addresses."""
    answer = getattr(error, "response", None)
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(answer, dict) else None
    return f"{type(error).__name__} {status}" if status else type(error).__name__


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _migrations() -> None:
    executor = MigrationExecutor(connection)
    if waiting := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _Unwell(f"{len(waiting)} migrations are not applied. Run manage.py migrate.")


def _storage() -> None:
    name = default_storage.save(f"probe/{uuid.uuid4().hex}", ContentFile(b"ready"))
    try:
        with default_storage.open(name) as file:
            if file.read() != b"ready":
                raise _Unwell("A file came back with another content than was written.")
    finally:
        default_storage.delete(name)


def _cache() -> None:
    token = uuid.uuid4().hex
    cache.set(f"probe:{token}", token, 10)
    if cache.get(f"probe:{token}") != token:
        raise _Unwell("A value did not come back from the cache. See CACHE_URL.")
    cache.delete(f"probe:{token}")


def _engines() -> None:
    if not pool.status(reading.engine_host())["processes"]:
        raise _Unwell("The engine host has no engine processes.")


def _worker() -> None:
    seconds = settings.SCHEDULE_SECONDS[PULSE]
    slot = ScheduledRun.objects.filter(name=PULSE).aggregate(newest=Max("slot"))["newest"]
    if slot is None or slot < time.time() // seconds - MISSED_BEATS:
        raise _Unwell("No worker has run a schedule lately. Start manage.py worker, or Celery's worker and beat.")


def _broker() -> None:
    if not settings.CELERY_BROKER_URL:
        return
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=BROKER_SECONDS) as broker:  # type: ignore[no-untyped-call]
        broker.ensure_connection(max_retries=0, timeout=BROKER_SECONDS)


def _staying() -> None:
    if draining.is_leaving():
        raise _Unwell("This node is about to stop.")
