"""What is counted and claimed by the clock."""

from typing import ClassVar

from django.db import models


class RateWindow(models.Model):
    """Requests of one key or organization in one minute. Dies an hour later."""

    holder = models.CharField(max_length=80, help_text="key:<id> or organization:<id>")
    minute = models.BigIntegerField(help_text="Minutes since 1970.")
    hits = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["holder", "minute"], name="rate_window_once")]
        indexes: ClassVar = [
            # The sweep of windows that have passed.
            models.Index(fields=["minute"], name="rate_window_minute")
        ]

    def __str__(self) -> str:
        return f"{self.holder} at {self.minute}: {self.hits}"


class ScheduledRun(models.Model):
    """One run of a scheduled act; its uniqueness makes two schedulers do no harm. Dies after a week."""

    name = models.CharField(max_length=80)
    slot = models.BigIntegerField(help_text="Number of the period since 1970.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["name", "slot"], name="scheduled_run_once")]

    def __str__(self) -> str:
        return f"{self.name} #{self.slot}"
