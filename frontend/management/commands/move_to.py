"""Move an embedded installation to a bigger database and storage."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from accounts.errors import SpocrError
from frontend.operation import moving


class Command(BaseCommand):
    """Copy rows and files, compare both sides, leave the source untouched."""

    help = "Copy this installation to another database and storage. Stop the service first; run again to go on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", help="such as postgres://user:password@host/name")
        parser.add_argument("--storage", help="such as s3://KEY:SECRET@bucket/prefix?endpoint=https://…")

    def handle(self, *args: Any, database: str, storage: str, **options: Any) -> None:
        if not database and not storage:
            raise CommandError("Nothing to do: give --database, --storage, or both.")
        try:
            if database:
                self._move_rows(database)
            if storage:
                self._print(moving.copy_files(storage))
        except (SpocrError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The target database does not answer: {str(error).splitlines()[0]}") from error
        self.stdout.write("Both sides are equal. Set DATABASE_URL and SPOCR_STORAGE_URL and start the service.")

    def _move_rows(self, database: str) -> None:
        moving.open_target(database)
        for model in moving.tables():
            self._print(moving.copy_table(model))

    def _print(self, copied: moving.Copied) -> None:
        self.stdout.write(f"{copied.name:<40} {copied.total:>10}   {copied.new:>10} new")
