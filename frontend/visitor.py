"""Who looks at a page: a visitor, or a signed-in person with their organization."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import caller, organizations, roles, tenancy
from accounts.audit import Actor
from accounts.errors import Forbidden
from accounts.models import Organization, User
from accounts.roles import Act
from billing.usage import Payer


def person(request: HttpRequest) -> User:
    """The signed-in person; for views behind `login_required`."""
    if not isinstance(request.user, User):
        raise Forbidden(_("Sign in first."))
    return request.user


def actor(request: HttpRequest) -> Actor:
    """The signed-in person and their address, for the audit log."""
    return Actor.of(person(request), caller.address(request))


def organization(request: HttpRequest, act: Act) -> Organization:
    """The organization that the person works in, if their role allows the act.

    Raises:
        NotFound: The person belongs to none.
        Forbidden: The role is too low.
    """
    found = organizations.of(person(request))
    roles.demand(found, person(request), act)
    tenancy.enter(found)
    return found


def reader(request: HttpRequest) -> Payer:
    """As `payer`, for reading: a person whose role only looks may not spend the organization's units.

    Raises:
        Forbidden
    """
    if request.user.is_authenticated:
        roles.demand(organizations.of(person(request)), person(request), Act.READ_DOCUMENTS)
    return payer(request)


def payer(request: HttpRequest) -> Payer:
    """Who pays for what is read here: the person's organization, else the visitor's address."""
    signed_in = request.user.is_authenticated
    found = organizations.of(person(request)) if signed_in else None
    return Payer(found, caller.address(request), endpoint="web")
