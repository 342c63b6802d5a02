"""Celery, for installations on many machines: `CELERY_BROKER_URL` names the broker.

The database stays the queue of record; a message is only a hint. Filesystem, SQLAlchemy and
memory brokers lose a running task when a worker is killed: use Redis (`noeviction`) or RabbitMQ.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("spocr")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["ocr"])
