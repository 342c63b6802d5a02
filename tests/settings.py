"""The service's settings for tests: the same, in a data folder of their own."""

import os
import tempfile

# Before the settings are read: tests never touch a real data folder. Workers of pytest-xdist
# inherit the folder, and with it one engine host for all of them.
OWN_DATA_DIR = "" if "SPOCR_DATA_DIR" in os.environ else tempfile.mkdtemp(prefix="spocr-tests-")
os.environ.setdefault("SPOCR_DATA_DIR", OWN_DATA_DIR)
os.environ.setdefault("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")

# Workers of pytest-xdist each have a cache of their own: some tests empty it.
if "CACHE_URL" in os.environ and "PYTEST_XDIST_WORKER" in os.environ:
    _number = int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    os.environ["CACHE_URL"] = f"{os.environ['CACHE_URL'].rsplit('/', 1)[0]}/{2 + _number}"

from config.settings import *  # noqa: E402, F403

# A thread of its own writes it, which a test inside a transaction would hold up. Tests of it switch it on.
REQUEST_LOG = False
