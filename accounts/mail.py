"""Mails that no request asks for, each in the language of the person who gets it."""

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation

from accounts.models import Membership, Organization, User


def to_owners(organization: Organization, template: str, **words: object) -> None:
    """Tell the people who may decide about money.

    Raises:
        OSError: The mail server cannot be reached.
    """
    to(owners_of(organization), template, organization=organization, **words)


def owners_of(organization: Organization) -> list[User]:
    owners = organization.memberships.filter(role=Membership.Role.OWNER, user__is_active=True)
    return [membership.user for membership in owners.select_related("user").order_by("id")]


def to(people: Iterable[User], template: str, **words: object) -> None:
    """Send a template, whose first line is the subject, to each of them.

    Raises:
        OSError: The mail server cannot be reached.
    """
    shown = {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, **words}
    for person in people:
        with translation.override(person.language or settings.LANGUAGE_CODE):
            subject, _, body = render_to_string(template, shown).strip().partition("\n")
        send_mail(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject, body.strip() + "\n", None, [person.email])
