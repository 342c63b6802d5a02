"""The way of billed scans to Stripe, and of Stripe's events to us."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Organization
from billing.models.usage import UsageRecord


class MeterBatch(models.Model):
    """Billed scans of one organization and hour, sent to the meter as one event.

    Owned by the organization; kept as long as its bills must be explained.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        UNKNOWN = "unknown"
        CONFIRMED = "confirmed"
        STUCK = "stuck"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="meter_batches")
    identifier = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="Stripe counts one identifier once in 24 h."
    )
    period = models.CharField(max_length=20, help_text="Cycle of the ledger.")
    units = models.PositiveIntegerField()
    occurred_at = models.DateTimeField(help_text="Of its last scan.")
    reported_as_at = models.DateTimeField(null=True, help_text="The time that Stripe was told.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    first_tried_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "unknown", "confirmed", "stuck"]), name="batch_status_known"
            ),
        ]
        indexes: ClassVar = [
            # What the sender has to do next.
            models.Index(
                fields=["next_at"], condition=models.Q(status__in=["pending", "unknown"]), name="batch_to_send"
            ),
            # Reconciliation: what an organization reported in a stretch of time.
            models.Index(fields=["organization", "reported_as_at"], name="batch_of_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.units} of {self.organization}: {self.status}"


class BillableUnit(models.Model):
    """The part of a usage record that is billed beyond the plan; written with it. The outbox.

    Owned by the organization; kept as long as its bills must be explained.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="billable_units")
    record = models.OneToOneField(UsageRecord, models.CASCADE, related_name="billable")
    period = models.CharField(max_length=20)
    units = models.PositiveIntegerField()
    unit_price = models.PositiveIntegerField(help_text="In minor units of the currency.")
    currency = models.CharField(max_length=3)
    occurred_at = models.DateTimeField()
    batch = models.ForeignKey(MeterBatch, models.SET_NULL, null=True, related_name="billable_units")

    class Meta:
        indexes: ClassVar = [
            # What is not yet in a batch.
            models.Index(fields=["occurred_at"], condition=models.Q(batch=None), name="billable_to_batch"),
            # The statement of a cycle.
            models.Index(fields=["organization", "period"], name="billable_of_period"),
        ]

    def __str__(self) -> str:
        return f"{self.units} at {self.unit_price} {self.currency} for {self.organization}"


class StripeEvent(models.Model):
    """An event that Stripe sent, stored before anything is done with it. Dies after ninety days."""

    event_id = models.CharField(max_length=80, unique=True)
    type = models.CharField(max_length=80)
    is_thin = models.BooleanField(default=False)
    customer_id = models.CharField(max_length=64, blank=True)
    object_id = models.CharField(max_length=80, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    problem = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [
            # What is still to be processed.
            models.Index(fields=["next_at"], condition=models.Q(processed_at=None), name="event_to_process"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class Reconciliation(models.Model):
    """The last nightly comparison of an organization's cycle: our ledger beside Stripe's meter.

    Owned by the organization; kept as long as its bills must be explained.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="reconciliations")
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    ledger_units = models.PositiveIntegerField(help_text="Billed beyond the plan, by our records.")
    reported_units = models.PositiveIntegerField(help_text="Of these, confirmed as sent.")
    meter_units = models.IntegerField(help_text="What Stripe's meter holds.")
    problem = models.TextField(blank=True)
    checked_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "start_at"], name="reconciliation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.organization} from {self.start_at:%Y-%m-%d}: {self.ledger_units} / {self.meter_units}"

    @property
    def difference(self) -> int:
        """Units that Stripe has too many; negative: too few."""
        return self.meter_units - self.ledger_units
