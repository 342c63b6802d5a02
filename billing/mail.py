"""Mails about usage and money, to the owners of an organization."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.models import Membership, Organization


def to_owners(organization: Organization, template: str, **words: object) -> None:
    """Send `billing/mail/<template>.txt`, whose first line is the subject, to each owner.

    Raises:
        OSError: The mail server cannot be reached.
    """
    text = render_to_string(
        f"billing/mail/{template}.txt", {"organization": organization, "site_name": settings.SITE_NAME, **words}
    )
    subject, _, body = text.strip().partition("\n")
    for address in owners_of(organization):
        send_mail(subject, body.strip() + "\n", None, [address])


def owners_of(organization: Organization) -> list[str]:
    """Addresses of the people who may decide about money."""
    owners = organization.memberships.filter(role=Membership.Role.OWNER, user__is_active=True)
    return list(owners.order_by("id").values_list("user__email", flat=True))
