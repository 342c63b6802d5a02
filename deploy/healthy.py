"""The image's health check: whether the portal of this container answers. Exit code 0 or 1."""

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen

address = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz"
try:
    with urlopen(address, timeout=2) as answer:
        sys.exit(answer.status != 200)
except (URLError, OSError):
    sys.exit(1)
