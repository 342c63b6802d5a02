"""Back up this installation while it runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import SpocrError
from frontend.operation import backup


class Command(BaseCommand):
    """Write database and files into one tar file."""

    help = "Write a backup of database and files into a new tar file, while the service runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="such as /backups/2026-11-20.tar")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        if file.exists():
            raise CommandError(f"{file} is there already. Choose another name.")
        if not file.parent.is_dir():
            raise CommandError(f"The folder {file.parent} is not there. Make it first.")
        try:
            manifest = backup.save(file)
        except SpocrError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{file}: the database and {len(manifest.files)} files, {file.stat().st_size} bytes")
