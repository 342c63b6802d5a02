"""Notices at 50, 80, 90 and 100 % of the included scans and of the spend cap: noted once, told by mail.

The row is written with the scan that passes the threshold. Mail goes out by the clock. The layer above
turns rows into the webhook event `usage.threshold`: see `unannounced` and `mark_announced`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts import mail
from accounts.models import Organization
from billing.models import Notice

PERCENTS = (50, 80, 90, 100)
# Older ones are no news any more.
TOLD_WITHIN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Passed:
    """A threshold that was just passed; `used` and `limit` in scans."""

    subject: Notice.Subject
    percent: int
    used: int
    limit: int


def passed(limits: tuple[int, int], *, before: tuple[int, int], after: tuple[int, int]) -> list[Passed]:
    """The thresholds between two states of a counter, each (included scans, billed scans)."""
    subjects = (Notice.Subject.INCLUDED, Notice.Subject.CAP)
    return [
        Passed(subject, percent, now, limit)
        for subject, limit, was, now in zip(subjects, limits, before, after, strict=True)
        for percent in _percents(was, now, limit)
    ]


def thresholds(limit: int) -> list[int]:
    """How many scans pass each percent of a limit."""
    return [-(-percent * limit // 100) for percent in PERCENTS] if limit else []


def note(organization: Organization, period: str, thresholds: Iterable[Passed]) -> None:
    """Write a notice for each threshold, once in a cycle for each limit."""
    for threshold in thresholds:
        Notice.objects.get_or_create(
            organization=organization,
            period=period,
            subject=threshold.subject,
            percent=threshold.percent,
            limit=threshold.limit,
            defaults={"used": threshold.used},
        )


def unannounced() -> "QuerySet[Notice]":
    """Notices that are not yet handed to the customer's webhooks, oldest first."""
    fresh = Notice.objects.filter(announced_at=None, created_at__gt=timezone.now() - TOLD_WITHIN)
    return fresh.select_related("organization").order_by("id")


def mark_announced(notice: Notice) -> bool:
    """Claim a notice for its webhook event; False: another process has it."""
    return bool(Notice.objects.filter(id=notice.id, announced_at=None).update(announced_at=timezone.now()))


def send_mails() -> int:
    """Mail the owners what is new; returns how many notices."""
    waiting = Notice.objects.filter(mailed_at=None, created_at__gt=timezone.now() - TOLD_WITHIN)
    return sum(_mail(notice) for notice in waiting.select_related("organization").order_by("id"))


def _mail(notice: Notice) -> bool:
    claimed = Notice.objects.filter(id=notice.id, mailed_at=None).update(mailed_at=timezone.now())
    if not claimed:
        return False
    try:
        mail.to_owners(
            notice.organization,
            "billing/mail/usage_notice.txt",
            notice=notice,
            is_cap=notice.subject == Notice.Subject.CAP,
            address=f"{settings.SITE_URL}/billing",
        )
    except OSError:
        # The mail server is away: the next run tries again.
        Notice.objects.filter(id=notice.id).update(mailed_at=None)
        raise
    return True


def _percents(was: int, now: int, limit: int) -> Iterator[int]:
    """Percents of `limit` that lie past `was` and not past `now`, in whole scans."""
    if limit:
        yield from (percent for percent in PERCENTS if was * 100 < percent * limit <= now * 100)
