"""Read settings from the environment and refuse nonsense with a sentence that says what to set."""

import ipaddress
import os
import re
import secrets
import time
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

_FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
DATABASE_SCHEMES = ("postgres", "postgresql", "sqlite")
_ENGINES = {"postgres": "config.postgresql", "postgresql": "config.postgresql"}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """A switch: 1/0, true/false, yes/no, on/off."""
    given = text(name)
    if not given:
        return default
    if given.lower() not in _FLAGS:
        raise ImproperlyConfigured(f"{name} is {given!r}: set it to true or false.")
    return _FLAGS[given.lower()]


def integer(name: str, default: int, *, minimum: int = 0) -> int:
    given = text(name)
    if not given:
        return default
    try:
        number = int(given)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {given!r}: set it to a whole number.") from None
    if number < minimum:
        raise ImproperlyConfigured(f"{name} is {number}: set it to {minimum} or more.")
    return number


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of the words; the first is the default."""
    given = text(name, allowed[0]).lower()
    if given not in allowed:
        raise ImproperlyConfigured(f"{name} is {given!r}: set it to {' or '.join(allowed)}.")
    return given


def folder(name: str, default: str) -> str:
    """A part of an address, such as staff/."""
    given = text(name, default).strip("/")
    if not re.fullmatch(r"[\w-]+(/[\w-]+)*", given, re.ASCII):
        raise ImproperlyConfigured(f"{name} is {given!r}: set it to letters, digits and - such as {default}.")
    return given + "/"


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas."""
    given = text(name)
    return [part.strip() for part in given.split(",") if part.strip()] if given else list(default)


def networks(name: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Networks separated by commas, such as 10.0.0.0/8,192.168.1.5."""
    try:
        return tuple(ipaddress.ip_network(part) for part in words(name))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}. Write networks as 10.0.0.0/8.") from None


def database(name: str, default: str) -> dict[str, Any]:
    """Django's description of the database that an address names: PostgreSQL or SQLite."""
    given = text(name, default)
    try:
        if given.partition("://")[0] not in DATABASE_SCHEMES:
            raise ValueError(given)
        return dict(dj_database_url.parse(given, engine=_ENGINES.get(given.partition("://")[0])))
    except ValueError:  # of the library's own, too; none may quote the address, which holds a password
        raise ImproperlyConfigured(
            f"{name} is no address of a database: write postgres://user:password@host:5432/name, with %-codes for "
            "special characters of the password, or sqlite:////folder/file."
        ) from None


def kept_secret(name: str, file: Path) -> str:
    """The secret in the environment, else one made once and kept in `file`, readable by its owner only."""
    if given := text(name):
        return given
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of several processes that start at once, one writes and the others read.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_when_written(file)
    with os.fdopen(descriptor, "w") as out:
        made = secrets.token_urlsafe(50)
        out.write(made)
    return made


def shared_metrics(folder: Path) -> Path:
    """Where the processes of this machine put their counts; the metrics library looks for it in the environment."""
    folder = Path(os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder)))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _read_when_written(file: Path) -> str:
    for _ in range(100):
        if kept := file.read_text().strip():
            return kept
        time.sleep(0.02)
    raise ImproperlyConfigured(f"{file.name} in the data folder is empty: delete it and start again.")
