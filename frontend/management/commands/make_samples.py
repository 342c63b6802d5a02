"""Draws the sample documents of the front page again."""

from typing import Any

from django.core.management.base import BaseCommand

from frontend import samples
from frontend.forms import SAMPLES_DIR


class Command(BaseCommand):
    help = "Draw the sample documents into frontend/static/samples/."

    def handle(self, *args: Any, **options: Any) -> None:
        SAMPLES_DIR.mkdir(parents=True, exist_ok=True)
        for name in samples.SAMPLES:
            path = SAMPLES_DIR / f"{name}.png"
            samples.drawn(name).save(path, optimize=True)
            self.stdout.write(f"{path.name}: {path.stat().st_size} bytes")
