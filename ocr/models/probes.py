"""How the service did when it was tried: a real page read each minute."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Probe(models.Model):
    """One reading of our own sample. The site's own; dies after two days."""

    at = models.DateTimeField(default=timezone.now)
    is_well = models.BooleanField()
    milliseconds = models.PositiveIntegerField(help_text="Until it was read or had failed.")

    class Meta:
        indexes: ClassVar = [
            # The last day on the status page, and the sweep.
            models.Index(fields=["at"], name="probe_at")
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T}: {'well' if self.is_well else 'failed'} after {self.milliseconds} ms"


class ProbeDay(models.Model):
    """The probes of one day (UTC), summed up. The site's own; dies after 90 days."""

    day = models.DateField(unique=True)
    well = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    p50_milliseconds = models.PositiveIntegerField(help_text="Of those that went well.")
    p95_milliseconds = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.day}: {self.well} well, {self.failed} failed"
