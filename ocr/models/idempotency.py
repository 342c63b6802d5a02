"""Answers that are kept, so that a repeated request does its work once."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Organization


class KeptAnswer(models.Model):
    """The answer to the first request with an `Idempotency-Key`. Owned by the organization; dies after 24 hours.

    `status_code` is null while the first request runs, until `lease_until` at most.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="kept_answers")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body, in hex.")
    token = models.CharField(max_length=32, unique=True, help_text="Random; names the request that does the work.")
    lease_until = models.DateTimeField(help_text="By the database's clock.")
    status_code = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(blank=True, help_text="JSON as text: a repeat gets the same order of keys, too.")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "key"], name="kept_answer_once"),
        ]
        indexes: ClassVar = [
            # The sweep of what is older than a day.
            models.Index(fields=["created_at"], name="kept_answer_created")
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.status_code or 'running'}"
