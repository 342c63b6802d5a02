"""The service's settings with the test's storage, and what a test changes that nobody else may."""

import os
from contextlib import nullcontext

from accounts import unsynced
from config.settings import *  # noqa: F403

# No test collects the files of the pages.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
MEDIA_ROOT = os.environ["TEST_MEDIA_ROOT"]
if "TEST_STATEMENT_SECONDS" in os.environ:
    STATEMENT_SECONDS = LONG_STATEMENT_SECONDS = int(os.environ["TEST_STATEMENT_SECONDS"])
if os.environ.get("TEST_SYNCHRONOUS"):
    unsynced.unsynced = nullcontext  # it would go back to what the service does
    DATABASES["default"]["OPTIONS"]["init_command"] += f"PRAGMA synchronous={os.environ['TEST_SYNCHRONOUS']};"  # noqa: F405
