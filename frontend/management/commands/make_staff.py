"""Lets a person onto the pages of staff, or off them."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User


class Command(BaseCommand):
    """The first member of staff is made here; nobody can make one in the browser."""

    help = "Make a person staff of this site; they enter its staff pages with a second step."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="of an account that exists")
        parser.add_argument("--end", action="store_true", help="they are staff no longer")

    def handle(self, *args: Any, email: str, end: bool, **options: Any) -> None:
        if not User.objects.filter(email__iexact=email).update(is_staff=not end):
            raise CommandError(f"There is no account {email}. Sign up with that address first.")
        if end:
            self.stdout.write(f"{email} is staff no longer.")
            return
        self.stdout.write(f"{email} is staff: {settings.SITE_URL}/{settings.ADMIN_PATH}")
        self.stdout.write(f"A second step is asked for there; it is set up at {settings.SITE_URL}/accounts/2fa/")
