"""Who may do what in an organization. This table decides; `docs/accounts.md` prints it, a test walks it."""

from collections.abc import Iterable
from enum import StrEnum

from accounts.errors import Forbidden
from accounts.models import Membership, Organization, Scope, User

OWNER, ADMIN, MEMBER, VIEWER = Membership.Role


class Act(StrEnum):
    """What a person may want to do; the value completes "Your role may not …"."""

    LOOK = "look at this organization"
    READ_DOCUMENTS = "read documents"
    EDIT_SHEETS = "edit sheets"
    MANAGE_KEYS = "manage API keys"
    MANAGE_WEBHOOKS = "manage webhooks"
    MANAGE_MEMBERS = "manage members"
    SEE_AUDIT_LOG = "see the audit log"
    CHANGE_SETTINGS = "change settings"
    MANAGE_BILLING = "manage plan and billing"
    MANAGE_OWNERS = "make or unmake owners"
    EXPORT = "export all data"
    DELETE = "delete the organization"


MAY: dict[Act, frozenset[Membership.Role]] = {
    Act.LOOK: frozenset({OWNER, ADMIN, MEMBER, VIEWER}),
    Act.READ_DOCUMENTS: frozenset({OWNER, ADMIN, MEMBER}),
    Act.EDIT_SHEETS: frozenset({OWNER, ADMIN, MEMBER}),
    Act.MANAGE_KEYS: frozenset({OWNER, ADMIN, MEMBER}),
    Act.MANAGE_WEBHOOKS: frozenset({OWNER, ADMIN}),
    Act.MANAGE_MEMBERS: frozenset({OWNER, ADMIN}),
    Act.SEE_AUDIT_LOG: frozenset({OWNER, ADMIN}),
    Act.CHANGE_SETTINGS: frozenset({OWNER, ADMIN}),
    Act.MANAGE_BILLING: frozenset({OWNER}),
    Act.MANAGE_OWNERS: frozenset({OWNER}),
    Act.EXPORT: frozenset({OWNER}),
    Act.DELETE: frozenset({OWNER}),
}


# What a key may do with a scope, whoever makes, changes or rolls such a key must be allowed to do.
BEYOND_KEYS = {Scope.WEBHOOKS: Act.MANAGE_WEBHOOKS}

# What members of a suspended organization may still do.
WHILE_SUSPENDED = {Act.LOOK, Act.SEE_AUDIT_LOG, Act.MANAGE_BILLING, Act.EXPORT, Act.DELETE}


class Suspended(Forbidden):
    """Staff of the site have suspended the organization."""

    code = "organization_suspended"
    message = "This organization is suspended. Ask the operator of this site why; what it has can be exported."


def of(organization: Organization, user: User) -> Membership.Role | None:
    """The person's role; None for a stranger."""
    role = organization.memberships.filter(user=user).values_list("role", flat=True).first()
    return Membership.Role(role) if role else None


def may(organization: Organization, user: User, act: Act) -> bool:
    return of(organization, user) in MAY[act]


def demand(organization: Organization, user: User, act: Act) -> None:
    """Refuse a person whose role does not allow the act.

    Raises:
        Forbidden: The role is too low, or they are no member.
        Suspended: Nobody may, for the time being.
    """
    if not may(organization, user, act):
        raise Forbidden(f"Your role may not {act.value}. Ask an owner or admin.")
    if organization.suspended_at and act not in WHILE_SUSPENDED:
        raise Suspended


def scopes_of(organization: Organization, user: User) -> list[Scope]:
    """What keys may do that this person makes: never more than the person."""
    role = of(organization, user)
    return [scope for scope in Scope if scope not in BEYOND_KEYS or role in MAY[BEYOND_KEYS[scope]]]


def demand_scopes(organization: Organization, user: User, scopes: Iterable[str]) -> None:
    """Refuse a person who would get more than their own rights by a key with these scopes.

    Raises:
        Forbidden, Suspended
    """
    for scope, act in BEYOND_KEYS.items():
        if scope in scopes:
            demand(organization, user, act)
