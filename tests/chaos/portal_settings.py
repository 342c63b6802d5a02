"""The service's settings with the test's storage."""

import os

from config.settings import *  # noqa: F403

MEDIA_ROOT = os.environ["TEST_MEDIA_ROOT"]
