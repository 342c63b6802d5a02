"""Requests to the APIs, as their organization sees them afterwards."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Organization


class RequestRecord(models.Model):
    """One request to an API and how it was answered; of what it carried, nothing.

    Owned by the organization of its key. Dies when the organization keeps logs no longer (`keep_logs_days`).
    Written after the answer, many at once (`ocr/request_log.py`); the ledger does not depend on it.
    """

    organization = models.ForeignKey(
        # Its own index would repeat the beginning of the one below.
        Organization,
        models.CASCADE,
        related_name="requests",
        db_index=False,
    )
    request_id = models.CharField(max_length=32, unique=True, help_text="As in the header X-Request-Id.")
    created_at = models.DateTimeField(default=timezone.now, editable=False, help_text="When it came.")
    method = models.CharField(max_length=8)
    endpoint = models.CharField(max_length=40, help_text="Name of the route; the path may hold ids.")
    status = models.PositiveSmallIntegerField()
    error = models.CharField(max_length=40, blank=True, help_text="Code of the error; empty when all went well.")
    milliseconds = models.PositiveIntegerField(help_text="Until the answer was ready.")
    stages = models.JSONField(default=dict, help_text="Milliseconds of what is known of it.")
    engine = models.PositiveSmallIntegerField(null=True)
    pages = models.PositiveIntegerField(default=0, help_text="Pages read, or accepted for reading.")
    units = models.PositiveIntegerField(default=0, help_text="Charged.")
    usage_id = models.BigIntegerField(null=True, help_text="Of the ledger's record, if one pays for it.")
    key = models.CharField(max_length=24, help_text="Public id of the API key.")
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes: ClassVar = [
            # The log of an organization, newest first, or of some days; the sweep of what is old.
            models.Index(fields=["organization", "-created_at", "-id"], name="request_of_organization"),
            # The same, only what failed.
            models.Index(
                fields=["organization", "-created_at", "-id"],
                condition=~models.Q(error=""),
                name="request_that_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.method} {self.endpoint} {self.status}"
