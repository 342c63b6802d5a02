"""Whether every row's file is there and whole."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from frontend.operation import backup


class Command(BaseCommand):
    """Read every stored file and compare its SHA-256 with its row."""

    help = "Read every stored file and compare its checksum with its row."

    def handle(self, *args: Any, **options: Any) -> None:
        missing = backup.missing_files()
        for name in missing:
            self.stderr.write(name)
        if missing:
            raise CommandError(f"{len(missing)} files are missing or damaged. Restore them from a backup.")
        self.stdout.write("Every row has its file.")
