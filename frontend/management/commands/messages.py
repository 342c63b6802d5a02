"""Collect every text of the pages into the catalogs of `locale/`, and compile them."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.management.commands import makemessages

from frontend.sentences import collect

ASIDE = (".venv", "var", "build", "tests", "bench", "node_modules")


class Collecting(makemessages.Command):
    """Without guesses: what is new stays empty, and English on the page, until somebody translates it."""

    def __init__(self) -> None:
        super().__init__()
        self.msgmerge_options = [*self.msgmerge_options, "--no-fuzzy-matching"]


class Command(BaseCommand):
    help = "Collect texts and compile catalogs: run it after each change of a text (needs Debian's gettext)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        collect.write()
        languages = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
        call_command(
            Collecting(),
            locale=languages,
            extensions=["html", "txt", "py"],
            ignore_patterns=list(ASIDE),
            add_location="file",
            no_wrap=True,
            no_obsolete=True,
            verbosity=0,
        )
        call_command("compilemessages", locale=languages, ignore_patterns=[".venv", "var"], verbosity=0)
