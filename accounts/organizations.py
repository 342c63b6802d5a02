"""Organizations: made, found for a person, chosen, renamed, closed."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit, roles
from accounts.audit import Actor
from accounts.errors import Invalid, NotFound
from accounts.models import Membership, Organization, User

MAX_NAME_LENGTH = 100
MAX_REASON_LENGTH = 200
DELETION_GRACE = timedelta(days=14)
MAX_DAYS = 3650
MIN_LOG_DAYS = 30


def create(owner: User, *, name: str = "", plan: str = "free") -> Organization:
    """Make an organization with its first owner; without a name it is called after the owner."""
    with transaction.atomic():
        organization = Organization.objects.create(name=_checked_name(name or _name_after(owner)), plan=plan)
        organization.memberships.create(user=owner, role=Membership.Role.OWNER)
        audit.record(organization, "organization.created", by=Actor.of(owner), subject=organization.public_id)
    return organization


class NoOrganization(NotFound):
    """The person belongs to none: they have left, or were removed from, their last one."""

    code = "no_organization"
    message = "You do not belong to an organization. Create one, or ask an owner to invite you."


def of(user: User) -> Organization:
    """The organization that a person works in: the one last chosen, else the oldest membership.

    Raises:
        NoOrganization: The person belongs to none.
    """
    organization = memberships(user).first()
    if organization is None:
        raise NoOrganization
    return organization.organization


def memberships(user: User) -> "models.QuerySet[Membership]":
    """All organizations of a person with their role, the one they work in first."""
    latest_first = F("chosen_at").desc(nulls_last=True)
    return user.memberships.select_related("organization").order_by(latest_first, "created_at", "id")


def choose(user: User, public_id: str) -> Organization:
    """Work in another of one's organizations from now on.

    Raises:
        NotFound: No such organization, or the person does not belong to it.
    """
    chosen = user.memberships.filter(organization__public_id=public_id)
    if not chosen.update(chosen_at=timezone.now()):
        raise NotFound("There is no such organization among yours.")
    return chosen.select_related("organization").get().organization


def rename(organization: Organization, name: str, *, by: User, address: str) -> None:
    """Give the organization another name.

    Raises:
        Forbidden: The person may not.
        Invalid: The name is empty or too long.
    """
    roles.demand(organization, by, roles.Act.CHANGE_SETTINGS)
    name = _checked_name(name)
    with transaction.atomic():
        Organization.objects.filter(id=organization.id).update(name=name)
        details = {"before": organization.name, "after": name}
        audit.record(organization, "organization.renamed", by=Actor.of(by, address), details=details)


def keep(organization: Organization, days: Mapping[str, int | None], *, by: User, address: str) -> None:
    """Set how long images, results and logs are kept.

    Args:
        days: By `keep_images_days`, `keep_results_days`, `keep_logs_days`; None keeps until deleted.

    Raises:
        Forbidden: The person may not.
        Invalid: A number is out of range, or images would outlive the rows that show them.
    """
    roles.demand(organization, by, roles.Act.CHANGE_SETTINGS)
    for name, number in days.items():
        _check_days(name, number)
    with transaction.atomic():
        Organization.objects.filter(id=organization.id).update(**days)
        audit.record(organization, "organization.retention", by=Actor.of(by, address), details=dict(days))


def close(organization: Organization, *, typed_name: str, by: User, address: str) -> None:
    """Ask for deletion: keys rest at once; after 14 days every row and file is gone.

    Raises:
        Forbidden: The person is no owner.
        Invalid: The typed name is another one.
    """
    roles.demand(organization, by, roles.Act.DELETE)
    if typed_name.strip() != organization.name:
        raise Invalid("Type the name of the organization exactly as it stands above.", field="typed_name")
    due = timezone.now() + DELETION_GRACE
    with transaction.atomic():
        if Organization.objects.filter(id=organization.id, deletion_due_at=None).update(deletion_due_at=due):
            audit.record(
                organization, "organization.closed", by=Actor.of(by, address), details={"due": due.isoformat()}
            )


def reopen(organization: Organization, *, by: User, address: str) -> None:
    """Take the wish to delete back; keys work again.

    Raises:
        Forbidden: The person is no owner.
    """
    roles.demand(organization, by, roles.Act.DELETE)
    with transaction.atomic():
        closed = Organization.objects.filter(id=organization.id, deletion_due_at__gt=timezone.now())
        if closed.update(deletion_due_at=None):
            audit.record(organization, "organization.reopened", by=Actor.of(by, address))


def suspend(organization: Organization, reason: str, *, by: Actor) -> None:
    """Let keys rest and members only look, until `resume`: an act of the site's staff.

    Raises:
        Invalid: There is no reason.
    """
    reason = " ".join(reason.split())[:MAX_REASON_LENGTH]
    if not reason:
        raise Invalid("Write why. The organization reads it in its audit log.", field="reason")
    with transaction.atomic():
        if Organization.objects.filter(id=organization.id, suspended_at=None).update(suspended_at=timezone.now()):
            audit.record(organization, "organization.suspended", by=by, details={"reason": reason})


def resume(organization: Organization, *, by: Actor) -> None:
    """End a suspension: an act of the site's staff."""
    with transaction.atomic():
        suspended = Organization.objects.filter(id=organization.id).exclude(suspended_at=None)
        if suspended.update(suspended_at=None):
            audit.record(organization, "organization.resumed", by=by)


def _name_after(owner: User) -> str:
    return (owner.name or owner.email.split("@")[0])[:80]


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME_LENGTH:
        raise Invalid(f"An organization's name has 1 to {MAX_NAME_LENGTH} characters.", field="name")
    return name


def _check_days(name: str, number: int | None) -> None:
    if name == "keep_logs_days":
        if number is None or not MIN_LOG_DAYS <= number <= MAX_DAYS:
            raise Invalid(f"Logs are kept for {MIN_LOG_DAYS} to {MAX_DAYS} days.", field=name)
    elif number is not None and not 0 <= number <= MAX_DAYS:
        raise Invalid(f"Choose 0 to {MAX_DAYS} days, or leave it empty to keep until deleted.", field=name)
