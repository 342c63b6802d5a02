"""Imported once by the process that workers are forked from: each starts at once instead of after seconds."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from ocr import tasks, worker  # noqa: E402, F401
