"""Limits of a plan: a smaller one deletes nothing and makes what is past it read-only."""

import pytest

from billing import limits
from billing.limits import PlanLimit

GIGABYTE = 1024**3


def test_a_plan_holds_so_many_sheets(organization):
    limits.demand_sheet_room(organization, sheets=2)

    with pytest.raises(PlanLimit, match="holds 3 sheets") as refusal:
        limits.demand_sheet_room(organization, sheets=3)
    assert refusal.value.details == {"limit": 3, "used": 3}


def test_after_a_change_to_a_smaller_plan_the_oldest_sheets_stay_writable(organization):
    organization.plan = "pro"
    limits.demand_writable_sheet(organization, older_sheets=500)

    organization.plan = "free"
    limits.demand_writable_sheet(organization, older_sheets=2)
    with pytest.raises(PlanLimit, match="read and exported, not changed"):
        limits.demand_writable_sheet(organization, older_sheets=3)


def test_storage_is_exact_to_the_byte(organization):
    limits.demand_storage_room(organization, used_bytes=GIGABYTE - 5, further_bytes=5)

    with pytest.raises(PlanLimit, match="stores 1 GB"):
        limits.demand_storage_room(organization, used_bytes=GIGABYTE - 5, further_bytes=6)


def test_the_self_hosted_edition_has_no_limits(organization, settings):
    settings.EDITION = "self_hosted"

    limits.demand_sheet_room(organization, sheets=10_000)
    limits.demand_storage_room(organization, used_bytes=10**15, further_bytes=1)
