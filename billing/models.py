"""The usage ledger: what was read, for whom, and the counters that hold the caps."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Organization


class Kind(models.TextChoices):
    """What is counted: a request to the Parse API, or a scan (an image or a page)."""

    PARSE = "parse"
    SCAN = "scan"


class UsageRecord(models.Model):
    """One act of reading and what it costs.

    Owned by the organization, or, for a visitor of the front page, by an address alone.
    Kept as long as the organization's bills must be explained.
    """

    class Status(models.TextChoices):
        RESERVED = "reserved"
        SETTLED = "settled"
        RELEASED = "released"

    organization = models.ForeignKey(Organization, models.CASCADE, null=True, related_name="usage_records")
    address = models.GenericIPAddressField(
        null=True, help_text="Set where a limit for one address applies: visitors, the free plan."
    )
    subject = models.CharField(
        max_length=40, blank=True, help_text="What it pays for, where that has an id: job_… is paid once."
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    units = models.PositiveIntegerField(default=1)
    engine = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RESERVED)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(organization__isnull=False) | models.Q(address__isnull=False),
                name="usage_has_a_payer",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["reserved", "settled", "released"]),
                name="usage_status_known",
            ),
            models.UniqueConstraint(fields=["subject"], condition=~models.Q(subject=""), name="usage_subject_once"),
        ]
        indexes: ClassVar = [
            # Usage of an organization in a month: its statement, GET /conversions.
            models.Index(fields=["organization", "kind", "created_at"], name="usage_of_organization"),
            # The sweep for reservations whose request died.
            models.Index(
                fields=["created_at"],
                condition=models.Q(status="reserved"),
                name="usage_still_reserved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} {self.kind} for {self.organization or self.address}: {self.status}"


class UsageCounter(models.Model):
    """How much of one cap is taken: reserved and settled units of a holder in a period.

    Belongs to the organization or address named in `holder`. Dies a year after its period.
    """

    holder = models.CharField(max_length=80, help_text="organization:<id> or address:<address>")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    period = models.CharField(max_length=10, help_text="2026-11 for a month, 2026-11-20 for a day.")
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["holder", "kind", "period"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.holder} {self.kind} {self.period}: {self.used}"
