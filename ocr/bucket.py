"""A bucket of S3: its silence has an end, and its faults are errors of the operating system, as those of a disk are."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

from ocr.storage import StorageAway

# Of one piece, and tried twice: nobody waits for more than half a minute.
CONNECT_SECONDS, ANSWER_SECONDS, TRIES = 5, 10, 2
# What is larger is fetched into a temporary file.
MEMORY_BYTES = 2 << 20


class Bucket(S3Storage):  # type: ignore[misc]
    """django-storages' S3, for which a file that does not exist is a FileNotFoundError, and the rest StorageAway."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"max_memory_size": MEMORY_BYTES, **settings})
        limits = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=ANSWER_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            tcp_keepalive=True,
        )
        self.client_config: Config = self.client_config.merge(limits)

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with _told():
            file: File[bytes] = super()._open(name, mode)
            if "r" in mode:
                file.open()  # what it holds comes now, and not when somebody reads it
            return file

    def _save(self, name: str, content: "File[bytes]") -> str:
        with _told():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with _told():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _told():
            return bool(super().exists(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _told():
            folders, files = super().listdir(name)
            return folders, files

    def size(self, name: str) -> int:
        with _told():
            return int(super().size(name))

    def get_modified_time(self, name: str) -> datetime:
        with _told():
            moment: datetime = super().get_modified_time(name)
            return moment


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, Boto3Error, ClientError) as error:
        away = StorageAway(f"The bucket does not answer: {error}")
        away.response = getattr(error, "response", None)
        raise away from error
