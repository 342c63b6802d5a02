"""How an organization stands in its present cycle: what is used, what is left, what it costs so far."""

from dataclasses import dataclass

from django.utils import timezone

from accounts.models import Organization
from billing import caps, terms
from billing.caps import Holder
from billing.models import Kind
from billing.terms import Terms


@dataclass(frozen=True, slots=True)
class Standing:
    """Scans of the cycle that is running.

    Attributes:
        included: None without a limit.
        used: Settled and reserved scans, the included ones first.
        further: Scans billed beyond the plan, for sure.
        further_limit: What the spend cap pays for; 0 without pay-per-image.
        spent: What the further scans cost so far, in minor units.
        left: Scans that still pass; None without a limit.
    """

    terms: Terms
    included: int | None
    used: int
    further: int
    further_limit: int
    spent: int
    left: int | None

    @property
    def included_used(self) -> int:
        """Of the included scans."""
        return self.used if self.included is None else min(self.used - self.further, self.included)


def of(organization: Organization) -> Standing:
    """The organization's scans now."""
    now = timezone.now()
    agreed = terms.of(organization, now)
    cap = caps.caps_of(Holder(organization, ""), Kind.SCAN, now)[0]
    counted = caps.counter(cap)
    return Standing(
        terms=agreed,
        included=cap.limit,
        used=counted.used,
        further=counted.overage,
        further_limit=cap.further_units,
        spent=counted.overage * agreed.unit_price,
        left=cap.room(counted),
    )
