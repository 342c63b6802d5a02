"""Fill an empty installation from a backup."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import SpocrError
from frontend.operation import backup


class Command(BaseCommand):
    """Restore, then check that each row has its file; what was due to be sent then is not sent again."""

    help = "Fill this empty installation from a backup. Webhooks and meter events of that time are not sent again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a file that `manage.py backup` wrote")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            manifest = backup.restore(file)
        except SpocrError as error:
            raise CommandError(str(error)) from error
        if missing := backup.missing_files():
            raise CommandError(f"{len(missing)} files are missing or damaged, the first is {missing[0]}.")
        self.stdout.write(
            f"Restored the database of {manifest.made_at} and {len(manifest.files)} files; every row has its file."
        )
