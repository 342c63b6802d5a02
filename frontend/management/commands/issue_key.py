"""Make an API key for a person, with account and organization where they are missing."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from accounts import api_keys, organizations
from accounts.errors import NotFound
from accounts.models import Organization, User
from billing import plans


class Command(BaseCommand):
    """Print a new API key as the last line of standard output."""

    help = "Make an API key for a person; account and organization are made where they are missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--plan", help="put the organization on this plan (default: leave it; new: free)")
        parser.add_argument("--name", default="issued by command", help="name of the key")

    @transaction.atomic
    def handle(self, *args: Any, email: str, plan: str | None, name: str, **options: Any) -> None:
        email = _checked(email)
        user = User.objects.filter(email__iexact=email).first() or _new_person(email)
        organization = _organization_of(user)
        if plan:
            _put_on(organization, plan)
        key, secret = api_keys.create(organization, name=name, created_by=user)
        self.stderr.write(f"A key of {organization} ({organization.plan}) for {user}: {key.hint}")
        self.stdout.write(secret)


def _checked(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"{email!r} is not an e-mail address.") from None
    return email.lower()


def _new_person(email: str) -> User:
    """An account whose password is set by the reset page; the operator vouches for the address."""
    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _organization_of(user: User) -> Organization:
    try:
        return organizations.of(user)
    except NotFound:
        return organizations.create(user)


def _put_on(organization: Organization, plan: str) -> None:
    try:
        organization.plan = plans.get(settings.PLANS_FILE, plan).id
    except NotFound as error:
        raise CommandError(str(error)) from None
    organization.save(update_fields=["plan"])
