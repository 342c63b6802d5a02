"""API keys and how much each was used."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models.ids import key_id
from accounts.models.people import Organization, User


class Scope(models.TextChoices):
    """What a key may do. `query` lets it stand in a URL, where proxies and browsers keep it."""

    PARSE = "parse"
    FIELDS = "fields"
    SHEETS_READ = "sheets:read"
    SHEETS_WRITE = "sheets:write"
    WEBHOOKS = "webhooks"
    USAGE = "usage"
    QUERY = "query"


def all_scopes() -> list[str]:
    return list(Scope.values)


class ApiKey(models.Model):
    """A secret that speaks for an organization. Only its hash is kept. Dies with the organization."""

    public_id = models.CharField(max_length=24, unique=True, default=key_id, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="keys")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key, in hex.")
    hint = models.CharField(max_length=20, help_text="First and last characters, to tell keys apart.")
    scopes = models.JSONField(default=all_scopes, help_text="Values of Scope.")
    sheet_key = models.CharField(max_length=24, blank=True, help_text="The one sheet it is good for; empty: all.")
    networks = models.JSONField(default=list, help_text="Callers' networks such as 10.0.0.0/8; empty: any.")
    monthly_cap = models.PositiveIntegerField(null=True, help_text="Requests a month; null: none but the plan's.")
    expires_at = models.DateTimeField(null=True, help_text="Refused from this moment on.")
    replaces = models.ForeignKey("self", models.SET_NULL, null=True, related_name="successors")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, help_text="Exact to the minute.")
    last_used_address = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            # The dashboard's list of an organization's keys, newest first.
            models.Index(fields=["organization", "-created_at"], name="key_of_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"


class KeyMonth(models.Model):
    """Requests of one key in one month. Owned by the key's organization; dies with the key."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="months")
    month = models.CharField(max_length=7, help_text="2026-11, in UTC.")
    requests = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "month"], name="key_month_once")]

    def __str__(self) -> str:
        return f"{self.key_id} in {self.month}: {self.requests}"
