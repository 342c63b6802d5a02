"""What must be there before any command runs."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the system checks; `manage.py` collects them before it reads the routes."""

    name = "config"

    def ready(self) -> None:
        from config import billing_checks, checks, operation_checks  # noqa: F401 - registered by being imported
