"""The engine host alone, for a container of its own: without network, beside the portal and the worker."""

import os
from typing import Any

from django.core.management.base import BaseCommand

from ocr import pool, reading


class Command(BaseCommand):
    """Become the engine host of this installation's socket, until SIGTERM."""

    help = "Run the engines that the portal and the worker share by the socket SPOCR_ENGINE_SOCKET."

    def handle(self, *args: Any, **options: Any) -> None:
        command = pool.command(reading.engine_host())
        os.execv(command[0], command)  # noqa: S606 - our own module, no shell
