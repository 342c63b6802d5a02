"""What leaves this installation for the operator's own watching, when they ask for it: faults and spans.

Both are off without their setting, and neither ever holds content: see `sentry.py` and `spans.py`, which alone
import the libraries of `requirements-extras.txt`, and only here.
"""

from django.conf import settings

FLUSH_SECONDS = 2.0


def begin(role: str) -> None:
    """Watch this process and those that are forked from it. `role`: portal or worker."""
    if settings.SENTRY_DSN:
        from frontend.operation import sentry  # an extra: only where it is asked for

        sentry.begin(role)
    if settings.OTEL_ENDPOINT:
        from frontend.operation import spans  # an extra: only where it is asked for

        spans.begin(role)


def flush() -> None:
    """Send what still waits: this process ends without Python's own end."""
    if settings.SENTRY_DSN:
        from frontend.operation import sentry  # an extra: only where it is asked for

        sentry.flush(FLUSH_SECONDS)
    if settings.OTEL_ENDPOINT:
        from frontend.operation import spans  # an extra: only where it is asked for

        spans.flush(FLUSH_SECONDS)
