"""What an organization pays by, and what it was told about its usage."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from accounts.models import Organization


class BillingAccount(models.Model):
    """An organization's choices and what Stripe last said of its subscription. Dies with it.

    The fields from `subscription_id` on are a copy: written only by `subscriptions.apply` from what
    Stripe holds. Without a row an organization is on the plan that staff gave it.
    """

    class Status(models.TextChoices):
        NONE = "none"
        INCOMPLETE = "incomplete"
        INCOMPLETE_EXPIRED = "incomplete_expired"
        TRIALING = "trialing"
        ACTIVE = "active"
        PAST_DUE = "past_due"
        UNPAID = "unpaid"
        CANCELED = "canceled"
        PAUSED = "paused"

    organization = models.OneToOneField(Organization, models.CASCADE, related_name="billing_account")
    currency = models.CharField(max_length=3, blank=True, help_text="Fixed by the first checkout; empty: still free.")
    is_pay_per_image = models.BooleanField(default=False, help_text="Scans past the included ones are read and billed.")
    cap_amount = models.PositiveIntegerField(
        default=0, help_text="The most that further scans may cost in a cycle, in minor units of the currency."
    )
    customer_id = models.CharField(max_length=64, blank=True, help_text="At Stripe: cus_…")
    subscription_id = models.CharField(max_length=64, blank=True, help_text="At Stripe: sub_…")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NONE)
    plan = models.CharField(max_length=40, blank=True, help_text="What the subscription pays for from now on.")
    kept_plan = models.CharField(max_length=40, blank=True, help_text="Larger plan that is paid until `kept_until`.")
    kept_until = models.DateTimeField(null=True)
    anchor_at = models.DateTimeField(null=True, help_text="Cycles are counted from here; null: from sign-up.")
    period_end_at = models.DateTimeField(null=True)
    is_ending = models.BooleanField(default=False, help_text="Cancelled at the end of the period.")
    past_due_since = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0, help_text="Mails sent about the present failed payment.")
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer_id"], condition=~models.Q(customer_id=""), name="billing_customer_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.plan or 'no subscription'} {self.status}"


class Notice(models.Model):
    """A threshold that an organization has passed in a cycle, told once for each limit. Dies with the organization."""

    class Subject(models.TextChoices):
        INCLUDED = "included"
        CAP = "cap"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="usage_notices")
    period = models.CharField(max_length=20)
    subject = models.CharField(max_length=8, choices=Subject.choices)
    percent = models.PositiveSmallIntegerField()
    used = models.PositiveIntegerField(help_text="Scans when it was passed.")
    limit = models.PositiveIntegerField(help_text="Scans.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    mailed_at = models.DateTimeField(null=True)
    announced_at = models.DateTimeField(null=True, help_text="Handed to the webhooks as usage.threshold.")

    class Meta:
        constraints: ClassVar = [
            # After a larger plan or cap its percents are news again.
            models.UniqueConstraint(
                fields=["organization", "period", "subject", "percent", "limit"], name="notice_once_for_a_limit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.percent} % of {self.subject} in {self.period}"
