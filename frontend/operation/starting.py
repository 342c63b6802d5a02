"""What must be there before a node starts. Each refusal is a sentence that says what to set; the process ends with 1.

Better no node than one that loses what it is given: a wrong password, an older release on a newer database,
a Redis that forgets, a storage that takes nothing.
"""

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.errors import Unavailable
from frontend.operation import readiness

OURS = ("accounts", "billing", "ocr")
REDIS = ("redis:", "rediss:")
REDIS_PORT = 6379
SECONDS = 5
# Uploads and results need some room; what is less is full within minutes.
ROOM_BYTES = 64 << 20


class CannotStart(Unavailable):
    """This node would not work, or do harm."""

    code = "cannot_start"


def demand(*, migrates: bool = False) -> None:
    """Return when this node can work. `migrates`: it brings the tables up to date itself.

    Raises:
        CannotStart
    """
    _demand_room(settings.DATA_DIR)
    _demand_database()
    _demand_no_newer_release()
    if settings.CACHE_URL:
        _demand_redis("CACHE_URL", settings.CACHE_URL)
    if settings.CELERY_BROKER_URL.startswith(REDIS):
        _demand_redis("CELERY_BROKER_URL", settings.CELERY_BROKER_URL, keeps_all=True)
    elif settings.CELERY_BROKER_URL:
        _demand_broker()
    _demand_storage()
    if not migrates:
        _demand_tables()


def _demand_room(folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise CannotStart(f"{folder} cannot be written to. Give this user the folder, or set SPOCR_DATA_DIR.")
    free = shutil.disk_usage(folder).free
    if free < ROOM_BYTES:
        raise CannotStart(f"The disk of {folder} is full: {free >> 20} MB are free. Make room, or set SPOCR_DATA_DIR.")


def _demand_database() -> None:
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise CannotStart(f"The database cannot be used: {reason}. See DATABASE_URL.") from error


def _demand_no_newer_release() -> None:
    """Rows that a newer release wrote may mean what this one does not know."""
    known = {
        (label, path.stem)
        for label in OURS
        for path in (Path(apps.get_app_config(label).path) / "migrations").glob("*.py")
    }
    newer = sorted(
        name for name in MigrationRecorder(connection).applied_migrations() if name[0] in OURS and name not in known
    )
    if newer:
        raise CannotStart(
            f"The database was brought up to date by a newer release (it knows {'.'.join(newer[-1])}, this one does "
            "not). Start that release, or restore a backup of before."
        )


def _demand_redis(name: str, url: str, *, keeps_all: bool = False) -> None:
    where = f"{name} names {_host_of(name, url)}"
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS) as server:
            about = server.info("memory")
    except (redis.RedisError, socket.gaierror, ValueError) as error:
        raise CannotStart(f"{where}, which cannot be used: {str(error).rstrip('.')}.") from error
    policy = about.get("maxmemory_policy", "noeviction")
    if keeps_all and about.get("maxmemory") and policy != "noeviction":
        raise CannotStart(f"{where}, which forgets when it is full ({policy}). Set its maxmemory-policy to noeviction.")


def _demand_broker() -> None:
    where = f"CELERY_BROKER_URL names {_host_of('CELERY_BROKER_URL', settings.CELERY_BROKER_URL)}"
    finding = readiness.broker_finding()
    if not finding.is_well:
        raise CannotStart(f"{where}, which cannot be used: {finding.message}")


def _host_of(name: str, url: str) -> str:
    """Host and port that an address names, or its socket; never its password."""
    try:
        parts = urlsplit(url)
        host = parts.path if parts.scheme == "unix" else f"{parts.hostname or ''}:{parts.port or REDIS_PORT}"
    except ValueError:
        host = ""
    if not host or host.startswith(":"):
        raise CannotStart(f"{name} is no whole address. Write it as redis://:password@host:6379/0.")
    return host


def _demand_storage() -> None:
    finding = readiness.storage_finding()
    if not finding.is_well:
        raise CannotStart(f"The storage cannot be used: {finding.message} See SPOCR_STORAGE_URL.")


def _demand_tables() -> None:
    finding = readiness.migrations_finding()
    if not finding.is_well:
        raise CannotStart(f"The database is not up to date: {finding.message}")
