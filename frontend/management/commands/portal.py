"""The portal alone, for a node that serves pages and APIs and reads nothing in the background."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from frontend.operation import starting
from frontend.operation.portal import Portal


class Command(BaseCommand):
    """Serve pages and APIs until SIGTERM; requests that have begun are finished first."""

    help = "Run the portal without the background worker. The engine host is started beside it when it is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")

    def handle(self, *args: Any, host: str, **options: Any) -> None:
        try:
            starting.demand()
        except starting.CannotStart as error:
            raise CommandError(str(error)) from error
        connections.close_all()  # the processes that are forked open their own
        Portal(host, settings.PORT).run()
