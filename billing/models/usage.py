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

    Owned by the organization, or, for a visitor of the front page, by an address alone. Dies with the
    organization, whose bills it explains; a visitor's, and every address, after a few days
    (`billing/addresses.py`). A row is final once it is settled or released: a trigger of the database
    refuses later changes (migration 0003).
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
    period = models.CharField(max_length=20, blank=True, help_text="Of the organization's counter it was taken from.")
    units = models.PositiveIntegerField(default=1)
    included_units = models.PositiveIntegerField(
        null=True, help_text="What the plan included when it was reserved; null: no limit."
    )
    overage_units = models.PositiveIntegerField(
        default=0, help_text="The part past the included ones; set on settling."
    )
    engine = models.PositiveSmallIntegerField(default=1)
    key = models.CharField(max_length=24, blank=True, help_text="Public id of the API key; empty: the pages.")
    endpoint = models.CharField(max_length=24, blank=True, help_text="Which door: parse, fields, text, upload, web.")
    sheet = models.CharField(max_length=24, blank=True, help_text="Unique key of the sheet it was read into.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.RESERVED)
    outcome = models.CharField(max_length=40, blank=True, help_text="read, or the code of the error that made it free.")
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
            models.CheckConstraint(
                condition=models.Q(overage_units__lte=models.F("units")), name="usage_overage_is_a_part"
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
            # The sweep for addresses that count for nothing any more.
            models.Index(
                fields=["created_at"],
                condition=models.Q(address__isnull=False),
                name="usage_with_address",
            ),
            # "What was not charged and why", newest first.
            models.Index(
                fields=["organization", "-id"],
                condition=models.Q(status="released"),
                name="usage_not_charged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} {self.kind} for {self.organization or self.address}: {self.status}"


class UsageCounter(models.Model):
    """How much of one cap is taken: reserved and settled units of a holder in a period.

    Belongs to the organization or address named in `holder`. Dies with the organization; that of an
    address a few days after its day.
    Of scans of an organization, `used` = still reserved + `included_used` + `overage`.
    """

    holder = models.CharField(max_length=80, help_text="organization:<id> or address:<address>")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    period = models.CharField(
        max_length=20, help_text="2026-11 a month, 2026-11-20 a day, else a cycle's first second."
    )
    used = models.PositiveIntegerField(default=0)
    included_used = models.PositiveIntegerField(default=0, help_text="Settled within the included ones.")
    overage = models.PositiveIntegerField(default=0, help_text="Settled past the included ones.")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["holder", "kind", "period"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.holder} {self.kind} {self.period}: {self.used}"


class UsageDay(models.Model):
    """The sum of an organization's finished records of one day (UTC) that look alike: what the pages show.

    Written in the transaction that finishes a record, so that it always equals the ledger.
    Dies with the organization.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="usage_days")
    day = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=24, blank=True)
    endpoint = models.CharField(max_length=24, blank=True)
    sheet = models.CharField(max_length=24, blank=True)
    outcome = models.CharField(max_length=40)
    charged_units = models.PositiveIntegerField(default=0)
    overage_units = models.PositiveIntegerField(default=0)
    free_units = models.PositiveIntegerField(default=0, help_text="Released: asked for and not charged.")

    class Meta:
        constraints: ClassVar = [
            # Also finds the days of an organization in a stretch of time.
            models.UniqueConstraint(
                fields=["organization", "day", "kind", "key", "endpoint", "sheet", "outcome"], name="usage_day_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} {self.day} {self.kind} {self.outcome}: {self.charged_units}"
