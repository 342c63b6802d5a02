"""Rows of usage and money, by subject."""

from billing.models.accounts import BillingAccount, Notice
from billing.models.payments import BillableUnit, MeterBatch, Reconciliation, StripeEvent
from billing.models.usage import Kind, UsageCounter, UsageDay, UsageRecord

__all__ = [
    "BillableUnit",
    "BillingAccount",
    "Kind",
    "MeterBatch",
    "Notice",
    "Reconciliation",
    "StripeEvent",
    "UsageCounter",
    "UsageDay",
    "UsageRecord",
]
