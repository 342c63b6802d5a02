"""Searchable PDFs that wait to be fetched."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import ALPHANUMERIC, Organization

NAME_LENGTH = 40  # of 62 letters and digits: 238 bits


def pdf_name() -> str:
    return get_random_string(NAME_LENGTH, ALPHANUMERIC)


class SearchablePdf(models.Model):
    """A PDF in the default storage, for whoever knows its name. Dies an hour after it was made.

    Owned by the organization that asked for it. Where that is gone, or a visitor asked, the row
    stays without one until then, because the sweep finds the file by it.
    """

    organization = models.ForeignKey(Organization, models.SET_NULL, null=True, related_name="searchable_pdfs")
    name = models.CharField(max_length=NAME_LENGTH, unique=True, default=pdf_name, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            # The sweep.
            models.Index(fields=["expires_at"], name="pdf_expiry")
        ]

    def __str__(self) -> str:
        return f"PDF until {self.expires_at:%H:%M}"

    @property
    def storage_name(self) -> str:
        """Where it lies in the default storage."""
        return f"pdf/{self.name}.pdf"
