"""Support views: what staff open of an organization stands in that organization's audit log."""

from collections import Counter
from collections.abc import Iterable

from django.db import transaction
from django.http import HttpRequest

from accounts import audit, caller, tenancy
from accounts.audit import Actor
from accounts.models import Organization, User


def actor(request: HttpRequest) -> Actor:
    """The member of staff who asks."""
    assert isinstance(request.user, User)  # noqa: S101 - the door let them in
    return Actor.of_staff(request.user, caller.address(request))


def note_opened(request: HttpRequest, organizations: Iterable[Organization], what: str) -> None:
    """One page about one thing was opened; `what` names it, such as "job job_…"."""
    with transaction.atomic():
        for organization in organizations:
            audit.record(organization, "support.viewed", by=actor(request), subject=what)


def note_listed(request: HttpRequest, organizations: Iterable[Organization | None], what: str) -> None:
    """A list was shown with a row of each of these organizations; one event for each organization."""
    counted = Counter(organization for organization in organizations if organization)
    with transaction.atomic():
        for organization, rows in counted.items():
            audit.record(organization, "support.listed", by=actor(request), subject=what, details={"rows": rows})


def narrow(organizations: list[Organization]) -> None:
    """From here to the end of the request the database shows this one organization's rows, where it can."""
    if len(organizations) == 1:
        tenancy.enter(organizations[0])
