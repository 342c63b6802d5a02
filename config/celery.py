"""Celery, for installations on many machines: `CELERY_BROKER_URL` names the broker.

The database stays the queue of record; a message is only a hint. Filesystem, SQLAlchemy and
memory brokers lose a running task when a worker is killed: use Redis (`noeviction`) or RabbitMQ.
"""

import os
import sys

from celery import Celery
from celery.signals import celeryd_after_setup, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("spocr")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["ocr"])


@celeryd_after_setup.connect  # type: ignore[untyped-decorator]
def _demand_what_it_needs(**_: object) -> None:
    """A worker that could not work ends with a sentence; one that can is watched.

    Told to end, it gives its jobs to others at once; they need not wait for its leases.
    """
    from accounts import patience
    from frontend.operation import ending, starting, telemetry  # only a worker needs them
    from ocr import work  # when this module is read no model is loaded

    patience.begin_serving()

    try:
        starting.demand()
    except starting.CannotStart as error:
        sys.exit(f"Error: {error}")
    telemetry.begin("worker")
    # Celery calls it in its handler of the signal.
    worker_shutting_down.connect(ending.aside(work.put_back_all), weak=False)
