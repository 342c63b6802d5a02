"""Members of an organization: invited, let in, promoted, removed. The last owner stays."""

import hashlib
import secrets
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import transaction
from django.utils import timezone

from accounts import audit, roles
from accounts.audit import Actor
from accounts.errors import Conflict, Forbidden, Invalid, NotFound
from accounts.models import Invitation, Membership, Organization, User
from accounts.roles import Act

INVITATION_LIFE = timedelta(days=7)
MAX_OPEN_INVITATIONS = 100
MAX_EMAIL_LENGTH = 254


class LastOwner(Conflict):
    """An organization without an owner could not be managed any more."""

    code = "last_owner"
    message = "This is the last owner. Make somebody else an owner first, or delete the organization."


def invite(organization: Organization, email: str, role: str, *, by: User, address: str) -> tuple[Invitation, str]:
    """Offer a role to whoever owns an address; the second value is the token for the mail.

    An open invitation to the same address is replaced, its link dead from then on.

    Raises:
        Forbidden: The person may not invite, or not with this role.
        Invalid: The address or the role is wrong; details: field.
        Conflict: They are a member already, or too many invitations are open.
    """
    _demand_may_give(organization, by, role)
    email = _checked_email(email)
    if organization.memberships.filter(user__email__iexact=email).exists():
        raise Conflict(f"{email} is a member already.")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        _lock(organization)
        organization.invitations.filter(email=email, accepted_at=None).delete()
        if organization.invitations.filter(accepted_at=None).count() >= MAX_OPEN_INVITATIONS:
            raise Conflict(f"{MAX_OPEN_INVITATIONS} invitations are open already. Withdraw some first.")
        invitation = organization.invitations.create(
            email=email, role=role, digest=_digest(token), invited_by=by, expires_at=timezone.now() + INVITATION_LIFE
        )
        details = {"role": role, "invitation": invitation.public_id}
        audit.record(organization, "member.invited", by=Actor.of(by, address), subject=email, details=details)
    return invitation, token


def find_invitation(token: str, user: User) -> Invitation:
    """The open invitation of this token, for this person.

    Raises:
        NotFound: Unknown, used, withdrawn, expired, or its organization is about to be deleted.
        Forbidden: It is for another address, or the person has not confirmed theirs.
    """
    invitation = (
        Invitation.objects.select_related("organization")
        .filter(digest=_digest(token), accepted_at=None, expires_at__gt=timezone.now())
        .filter(organization__deletion_due_at=None)
        .first()
    )
    if invitation is None:
        raise NotFound("This invitation was used, withdrawn or has expired. Ask for a new one.")
    # Code point by code point: an address that only looks alike is another one.
    if invitation.email not in _confirmed_addresses(user):
        raise Forbidden("This invitation is for another e-mail address. Sign in with the address it was sent to.")
    return invitation


def accept(token: str, user: User, *, address: str) -> Organization:
    """Become a member by an invitation, which is used up by it.

    Raises:
        NotFound, Forbidden: As `find_invitation`.
    """
    invitation = find_invitation(token, user)
    organization = invitation.organization
    with transaction.atomic():
        if not organization.invitations.filter(id=invitation.id, accepted_at=None).update(accepted_at=timezone.now()):
            raise NotFound("This invitation was used, withdrawn or has expired. Ask for a new one.")
        _, is_new = organization.memberships.get_or_create(
            user=user, defaults={"role": invitation.role, "chosen_at": timezone.now()}
        )
        if is_new:
            details = {"role": invitation.role, "invitation": invitation.public_id}
            audit.record(organization, "member.joined", by=Actor.of(user, address), subject=user.email, details=details)
    return organization


def withdraw(organization: Organization, public_id: str, *, by: User, address: str) -> None:
    """Make an open invitation's link dead.

    Raises:
        Forbidden: The person may not.
        NotFound: No such open invitation.
    """
    roles.demand(organization, by, Act.MANAGE_MEMBERS)
    invitation = organization.invitations.filter(public_id=public_id, accepted_at=None).first()
    if invitation is None:
        raise NotFound("There is no such open invitation.")
    with transaction.atomic():
        organization.invitations.filter(id=invitation.id).delete()
        audit.record(organization, "member.uninvited", by=Actor.of(by, address), subject=invitation.email)


def set_role(organization: Organization, member_id: int, role: str, *, by: User, address: str) -> None:
    """Give a member another role. Making and unmaking owners takes an owner.

    Raises:
        Forbidden: The person may not.
        Invalid: There is no such role.
        NotFound: No such member.
        LastOwner
    """
    _demand_may_give(organization, by, role)
    with transaction.atomic():
        member = _locked_member(organization, member_id)
        if member.role == Membership.Role.OWNER and role != Membership.Role.OWNER:
            roles.demand(organization, by, Act.MANAGE_OWNERS)
            _demand_another_owner(organization)
        organization.memberships.filter(id=member.id).update(role=role)
        details = {"before": member.role, "after": role}
        audit.record(organization, "member.role", by=Actor.of(by, address), subject=member.user.email, details=details)


def remove(organization: Organization, member_id: int, *, by: User, address: str) -> None:
    """Take a member out; whoever takes themselves out leaves. Keys they made stay the organization's.

    Raises:
        Forbidden: The person may not.
        NotFound: No such member.
        LastOwner
    """
    with transaction.atomic():
        member = _locked_member(organization, member_id)
        leaves = member.user_id == by.id
        if not leaves:
            roles.demand(organization, by, Act.MANAGE_MEMBERS)
        if member.role == Membership.Role.OWNER:
            if not leaves:
                roles.demand(organization, by, Act.MANAGE_OWNERS)
            _demand_another_owner(organization)
        organization.memberships.filter(id=member.id).delete()
        action = "member.left" if leaves else "member.removed"
        audit.record(organization, action, by=Actor.of(by, address), subject=member.user.email)


def transfer(organization: Organization, member_id: int, *, by: User, address: str) -> None:
    """Hand ownership over: the member becomes owner, the person who hands over an admin.

    Raises:
        Forbidden: The person is no owner.
        NotFound: No such member.
        Invalid: It is the person themselves.
    """
    roles.demand(organization, by, Act.MANAGE_OWNERS)
    with transaction.atomic():
        member = _locked_member(organization, member_id)
        if member.user_id == by.id:
            raise Invalid("Choose another member to hand the ownership to.", field="member")
        # Asked again under the lock: whoever hands over twice at once does it once.
        roles.demand(organization, by, Act.MANAGE_OWNERS)
        organization.memberships.filter(id=member.id).update(role=Membership.Role.OWNER)
        organization.memberships.filter(user=by).update(role=Membership.Role.ADMIN)
        audit.record(organization, "organization.transferred", by=Actor.of(by, address), subject=member.user.email)


def _demand_may_give(organization: Organization, by: User, role: str) -> None:
    if role not in Membership.Role.values:
        raise Invalid("Choose one of the roles owner, admin, member and viewer.", field="role")
    roles.demand(organization, by, Act.MANAGE_MEMBERS)
    if role == Membership.Role.OWNER:
        roles.demand(organization, by, Act.MANAGE_OWNERS)


def _demand_another_owner(organization: Organization) -> None:
    if organization.memberships.filter(role=Membership.Role.OWNER).count() < 2:
        raise LastOwner


def _locked_member(organization: Organization, member_id: int) -> Membership:
    _lock(organization)
    member = organization.memberships.select_related("user").filter(id=member_id).first()
    if member is None:
        raise NotFound("There is no such member.")
    return member


def _lock(organization: Organization) -> None:
    # One change of members after the other: two owners who leave at once do not both leave.
    Organization.objects.select_for_update().get(id=organization.id)


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
        MaxLengthValidator(MAX_EMAIL_LENGTH)(email)
    except ValidationError:
        raise Invalid(f"{email!r} is not an e-mail address.", field="email") from None
    return email


def _confirmed_addresses(user: User) -> set[str]:
    addresses = EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True)
    return {confirmed.lower() for confirmed in addresses}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
