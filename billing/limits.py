"""What a plan holds an organization to, beside its units: asked here and nowhere else.

A limit that a smaller plan lowers deletes nothing. What is past it becomes read-only: it can be looked
at and exported, and changed again once it fits or the plan is larger.
"""

from accounts.errors import Forbidden
from accounts.models import Organization
from billing import sizes, terms


class PlanLimit(Forbidden):
    """The plan does not hold more of this; details: limit, used."""

    code = "plan_limit"


def demand_sheet_room(organization: Organization, *, sheets: int) -> None:
    """Refuse a further sheet.

    Args:
        sheets: How many there are.

    Raises:
        PlanLimit
    """
    limit = terms.plan_of(organization).sheets
    if limit is not None and sheets >= limit:
        raise PlanLimit(
            f"Your plan holds {limit} sheets. Delete one, or choose a larger plan.", limit=limit, used=sheets
        )


def demand_storage_room(organization: Organization, *, used_bytes: int, further_bytes: int) -> None:
    """Refuse to keep a file.

    Raises:
        PlanLimit
    """
    limit = terms.plan_of(organization).storage_bytes
    if limit is not None and used_bytes + further_bytes > limit:
        raise PlanLimit(
            f"Your plan stores {sizes.shown(limit)}, and the file does not fit any more. Delete rows, or choose "
            "a larger plan.",
            limit=limit,
            used=used_bytes,
        )


def demand_writable_sheet(organization: Organization, *, older_sheets: int) -> None:
    """Refuse to change a sheet that a smaller plan no longer holds. The oldest sheets stay writable.

    Args:
        older_sheets: How many sheets of the organization were made before this one.

    Raises:
        PlanLimit
    """
    limit = terms.plan_of(organization).sheets
    if limit is not None and older_sheets >= limit:
        raise PlanLimit(
            f"Your plan holds {limit} sheets, and this one is past them: it can be read and exported, not changed. "
            "Delete an older sheet, or choose a larger plan.",
            limit=limit,
            used=older_sheets + 1,
        )
