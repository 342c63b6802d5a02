"""The doorbell: tells Celery's workers that rows wait for them. Losing or doubling a ring is harmless.

The database is the queue. A message names no row: whoever hears it takes the row that is next, so
that the order and fairness of the table hold with Celery, too. Without a broker,
`manage.py worker` looks into the table by itself.
"""

import logging

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

log = logging.getLogger("spocr.queue")
# The sweep rings again every few seconds; what nobody heard by then is forgotten, or a day without
# workers would fill the broker.
MOST_AGAIN = 50
AGAIN_EXPIRES_SECONDS = 10


def is_in_use() -> bool:
    """Celery's workers do the work."""
    return bool(settings.CELERY_BROKER_URL)


def ring(count: int, *, is_again: bool = False) -> None:
    """Tell that so many jobs wait. Never an error, and never long: a dead broker is given up at once."""
    _send("ocr.tasks.run_job", "ocr", count, is_again=is_again)


def ring_for_deliveries(count: int, *, is_again: bool = False) -> None:
    """Tell that so many webhooks are due."""
    _send("ocr.tasks.send_webhook", "webhooks", count, is_again=is_again)


def _send(task: str, queue: str, count: int, *, is_again: bool) -> None:
    if not is_in_use() or not count:
        return
    expires = AGAIN_EXPIRES_SECONDS if is_again else None
    try:
        with current_app.producer_or_acquire() as producer:
            for _ in range(count):
                current_app.send_task(task, queue=queue, producer=producer, retry=False, expires=expires)
    except (OperationalError, OSError) as error:
        log.warning("The broker does not answer (%s); the sweep will ring again", type(error).__name__)
