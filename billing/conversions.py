"""How much a payer has read through the Parse API in a month, by engine."""

from collections.abc import Mapping
from datetime import date

from django.db.models import Sum

from billing.models import Kind, UsageRecord
from billing.usage import Payer


def by_engine(payer: Payer, month: date) -> Mapping[int, int]:
    """Settled requests of the calendar month (UTC) that begins at `month`, by number of the engine."""
    records = UsageRecord.objects.filter(
        organization=payer.organization,
        kind=Kind.PARSE,
        status=UsageRecord.Status.SETTLED,
        created_at__year=month.year,
        created_at__month=month.month,
    )
    if payer.organization is None:
        records = records.filter(address=payer.address)
    return dict(records.order_by().values_list("engine").annotate(Sum("units")))
