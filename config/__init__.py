"""Settings, routes, checks."""

# So that every process that sends a task uses our queues, not Celery's default application.
from config.celery import app as celery_app

__all__ = ["celery_app"]
