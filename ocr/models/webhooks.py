"""Webhooks: where an organization wants to be told, what there is to tell, and each attempt to do so."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import ALPHANUMERIC, Organization


def event_id() -> str:
    return "evt_" + get_random_string(24, ALPHANUMERIC)


def delivery_id() -> str:
    return "dlv_" + get_random_string(24, ALPHANUMERIC)


class WebhookEndpoint(models.Model):
    """An organization's webhook: its address, and the secret that signs whatever is sent for it.

    Owned by the organization, one each. A row without `url` holds the secret alone: uploads that name
    an address of their own are signed with it. Dies with the organization.
    """

    organization = models.OneToOneField(Organization, models.CASCADE, related_name="webhook_endpoint")
    url = models.CharField(max_length=2000, blank=True, help_text="Empty: nothing is sent but for uploads.")
    events = models.JSONField(default=list, help_text="Types that are sent.")
    sealed_secret = models.TextField(help_text="Encrypted (accounts/sealing.py).")
    sealed_former_secret = models.TextField(blank=True, help_text="Signs as well until `former_until`.")
    former_until = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    mailed_at = models.DateTimeField(null=True, help_text="Of the last mail about failures: one a day at most.")

    def __str__(self) -> str:
        return self.url or "uploads only"


class WebhookEvent(models.Model):
    """Something that happened, as the bytes that are sent. Owned by the organization; dies after 30 days."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="webhook_events")
    public_id = models.CharField(max_length=32, unique=True, default=event_id, editable=False)
    type = models.CharField(max_length=40)
    body = models.TextField(help_text="JSON, sent byte for byte and signed; empty once it is kept no longer.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes: ClassVar = [
            # The sweep of what is old.
            models.Index(fields=["created_at"], name="event_created")
        ]

    def __str__(self) -> str:
        return f"{self.public_id}: {self.type}"


class WebhookDelivery(models.Model):
    """One event on its way to one address: up to ten attempts. Owned by the organization; dies with its event.

    Claimed like a job: by one UPDATE that writes a token and a lease, by the database's clock.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"
        CANCELLED = "cancelled"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="webhook_deliveries")
    public_id = models.CharField(max_length=32, unique=True, default=delivery_id, editable=False)
    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="deliveries")
    url = models.CharField(max_length=2000)
    is_for_upload = models.BooleanField(default=False, help_text="The address came with an upload.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(db_default=Now(), help_text="Of the next attempt.")
    lease_until = models.DateTimeField(null=True, help_text="Somebody is sending it until then.")
    worker = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "delivered", "failed", "cancelled"]),
                name="delivery_status_known",
            ),
        ]
        indexes: ClassVar = [
            # The claim: what is due.
            models.Index(fields=["next_at"], condition=models.Q(status="pending"), name="delivery_due"),
            # How many are being sent for one organization right now.
            models.Index(
                fields=["organization"],
                condition=models.Q(status="pending", lease_until__isnull=False),
                name="delivery_being_sent",
            ),
            # GET /webhooks/deliveries, newest first.
            models.Index(fields=["organization", "-id"], name="delivery_of_organization"),
        ]
        verbose_name_plural = "webhook deliveries"

    def __str__(self) -> str:
        return f"{self.public_id}: {self.status}"


class WebhookAttempt(models.Model):
    """One attempt as it went. Owned by the organization; dies with its delivery."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="webhook_attempts")
    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="log")
    number = models.PositiveSmallIntegerField(help_text="From 1.")
    status_code = models.PositiveSmallIntegerField(null=True, help_text="Null: there was no answer.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why it failed; empty when delivered.")
    excerpt = models.CharField(max_length=500, blank=True, help_text="How the receiver's answer began.")
    started_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [
            # The log of a delivery, in order.
            models.Index(fields=["delivery", "id"], name="attempt_of_delivery")
        ]

    def __str__(self) -> str:
        return f"attempt {self.number}: {self.status_code or self.reason}"
