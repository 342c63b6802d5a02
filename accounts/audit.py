"""The audit log: who did what, from where. Written by the acts themselves, in their transaction."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import ApiKey, AuditEvent, Organization, User

COLUMNS = ("time", "actor", "action", "subject", "address", "details")
# What a spreadsheet would take for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CHUNK_ROWS = 500


@dataclass(frozen=True)
class Actor:
    """Who acts: a person or a key, and the address of the request."""

    name: str
    address: str | None = None

    @classmethod
    def of(cls, user: User | None, address: str | None = None) -> "Actor":
        return cls(user.email, address) if user else SYSTEM

    @classmethod
    def of_staff(cls, user: User, address: str | None) -> "Actor":
        return cls(f"{user.email} (staff)", address)

    @classmethod
    def of_key(cls, key: ApiKey, address: str | None) -> "Actor":
        return cls(str(key), address)


SYSTEM = Actor("the service")


def record(
    organization: Organization, action: str, *, by: Actor, subject: str = "", details: dict[str, Any] | None = None
) -> None:
    """Write one event; text of strangers is cut and kept on one line."""
    AuditEvent.objects.create(
        organization=organization,
        actor=_one_line(by.name),
        action=action,
        subject=_one_line(subject),
        address=by.address or None,
        details=details or {},
    )


def events(organization: Organization, *, action: str = "", actor: str = "") -> "QuerySet[AuditEvent]":
    """The organization's events, newest first: all, or of one action or actor."""
    found = organization.audit_events.order_by("-id")
    if action:
        found = found.filter(action=action)
    return found.filter(actor__icontains=actor) if actor else found


def actions(organization: Organization) -> list[str]:
    """The actions that occur in the log."""
    return list(organization.audit_events.order_by("action").values_list("action", flat=True).distinct())


def as_csv(found: "QuerySet[AuditEvent]") -> Iterator[str]:
    """The events as CSV, line by line; a cell never begins a formula."""
    yield _line(COLUMNS)
    for event in found.iterator(chunk_size=CHUNK_ROWS):
        details = "; ".join(f"{name}={value}" for name, value in event.details.items())
        time = event.created_at.isoformat()
        yield _line((time, event.actor, event.action, event.subject, event.address or "", details))


def forget_old() -> int:
    """Delete events older than their organization keeps them; returns how many."""
    deleted = 0
    for days in Organization.objects.order_by().values_list("keep_logs_days", flat=True).distinct():
        old = AuditEvent.objects.filter(
            organization__keep_logs_days=days, created_at__lt=timezone.now() - timedelta(days=days)
        )
        deleted += old.delete()[0]
    return deleted


def _line(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow("'" + cell if cell.startswith(FORMULA_STARTS) else cell for cell in cells)
    return out.getvalue()


def _one_line(text: str) -> str:
    return " ".join(text.split())[:254]
