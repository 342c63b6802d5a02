"""Organizations: made, and found for a person."""

from django.db import transaction

from accounts.errors import Forbidden, NotFound
from accounts.models import Membership, Organization, User

MAY_MANAGE_KEYS = {Membership.Role.OWNER, Membership.Role.ADMIN, Membership.Role.MEMBER}


def create(owner: User, *, name: str = "", plan: str = "free") -> Organization:
    """Make an organization with its first owner; without a name it is called after the owner."""
    with transaction.atomic():
        organization = Organization.objects.create(name=name or _name_after(owner), plan=plan)
        organization.memberships.create(user=owner, role=Membership.Role.OWNER)
    return organization


def of(user: User) -> Organization:
    """The organization that a person works in: the oldest membership.

    Raises:
        NotFound: The person belongs to none.
    """
    organization = user.organizations.order_by("memberships__created_at").first()
    if organization is None:
        raise NotFound("You do not belong to an organization. Ask an owner to invite you.")
    return organization


def demand_key_management(organization: Organization, user: User) -> None:
    """Refuse a person who may not create or revoke keys.

    Raises:
        Forbidden: The person's role is viewer, or they are no member.
    """
    if not organization.memberships.filter(user=user, role__in=MAY_MANAGE_KEYS).exists():
        raise Forbidden("Your role may not manage API keys. Ask an owner or admin.")


def _name_after(owner: User) -> str:
    return (owner.name or owner.email.split("@")[0])[:80]
