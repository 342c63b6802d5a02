"""Who looks at a page: a visitor, or a signed-in person with their organization."""

from django.http import HttpRequest

from accounts import organizations
from accounts.errors import Forbidden
from accounts.models import User
from billing.usage import Payer
from ocr.api.requests import client_address


def person(request: HttpRequest) -> User:
    """The signed-in person; for views behind `login_required`."""
    if not isinstance(request.user, User):
        raise Forbidden("Sign in first.")
    return request.user


def payer(request: HttpRequest) -> Payer:
    """Who pays for what is read here: the person's organization, else the visitor's address."""
    signed_in = request.user.is_authenticated
    organization = organizations.of(person(request)) if signed_in else None
    return Payer(organization, client_address(request))
