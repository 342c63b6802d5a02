"""Jobs: the queue of record, in every mode."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import ALPHANUMERIC, Organization
from billing.models import UsageRecord
from ocr.models.sheets import Row


def job_id() -> str:
    return "job_" + get_random_string(20, ALPHANUMERIC)


class Job(models.Model):
    """One page to read into one row. Owned by the organization; dies with its row.

    A worker claims it by one conditional UPDATE that writes a random token; only the holder of the
    token may finish it. Where a lease has run out, the next worker may claim it. `next_at`,
    `lease_until` and `deadline_at` are the database's clock, never a worker's.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        PROCESSING = "processing"
        DONE = "done"
        FAILED = "failed"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="jobs")
    public_id = models.CharField(max_length=32, unique=True, default=job_id, editable=False)
    row = models.OneToOneField(Row, models.CASCADE, related_name="job")
    usage = models.ForeignKey(UsageRecord, models.SET_NULL, null=True, related_name="+", help_text="The reservation.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims since it was accepted or retried.")
    retries = models.PositiveSmallIntegerField(default=0, help_text="Times that somebody asked for it again.")
    priority = models.SmallIntegerField(default=10, help_text="Lower goes first.")
    next_at = models.DateTimeField(db_default=Now(), help_text="Not to be claimed before.")
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=32, blank=True, help_text="Random token of the present claim.")
    deadline_at = models.DateTimeField(help_text="By then it is done or failed.")
    webhook_url = models.CharField(max_length=2000, blank=True, help_text="Of this upload alone.")
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, help_text="Of the present or last claim.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "processing", "done", "failed"]), name="job_status_known"
            ),
        ]
        indexes: ClassVar = [
            # The claim: what may start now, first come first served within a priority.
            models.Index(
                fields=["priority", "next_at", "id"], condition=models.Q(status="pending"), name="job_to_claim"
            ),
            # The sweep for lost leases.
            models.Index(fields=["lease_until"], condition=models.Q(status="processing"), name="job_lease"),
            # The sweep for passed deadlines.
            models.Index(
                fields=["deadline_at"], condition=models.Q(status__in=["pending", "processing"]), name="job_deadline"
            ),
            # How many wait already, of the organization that uploads.
            models.Index(fields=["organization"], condition=models.Q(status="pending"), name="job_waiting_of"),
            # How long pages took of late.
            models.Index(fields=["-finished_at"], condition=models.Q(status="done"), name="job_done_lately"),
            # GET /jobs of an organization, newest first.
            models.Index(fields=["organization", "-id"], name="job_of_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id}: {self.status}"

    @property
    def is_finished(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.FAILED)
