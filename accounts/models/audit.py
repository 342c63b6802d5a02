"""Who did what, and what remains of an organization that is gone."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.people import Organization


class AuditEvent(models.Model):
    """One act: never changed, which a trigger of the database holds (`accounts/walls.py`).

    Names people by text, not by reference, so that it outlives them. Owned by the organization; dies
    with it, or when older than its `keep_logs_days`.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="audit_events")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    actor = models.CharField(max_length=254, help_text="A person's address, a key's hint, or who else acted.")
    action = models.CharField(max_length=40, help_text="Subject and verb such as key.revoked.")
    subject = models.CharField(max_length=254, blank=True, help_text="Public id or address of what it was done to.")
    address = models.GenericIPAddressField(null=True, help_text="Where the request came from.")
    details = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [
            # The log of an organization, newest first, whole or of one action.
            models.Index(fields=["organization", "-id"], name="audit_of_organization"),
            models.Index(fields=["organization", "action", "-id"], name="audit_of_action"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}"


class DeletionReceipt(models.Model):
    """That an organization was deleted, when, and how much: kept as proof, without any of its contents."""

    public_id = models.CharField(max_length=24, unique=True, help_text="Of the organization that is gone.")
    deleted_at = models.DateTimeField(default=timezone.now)
    rows = models.JSONField(help_text="Number of rows deleted, by table.")
    files = models.PositiveIntegerField(help_text="Number of files deleted.")

    def __str__(self) -> str:
        return f"{self.public_id} on {self.deleted_at:%Y-%m-%d}"
