"""Billing cycles: months counted from an anchor. Pure: no Django, no database."""

import calendar
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Cycle:
    """A stretch of time: from `start` up to, and without, `end`; both aware."""

    start: datetime
    end: datetime

    @property
    def period(self) -> str:
        """Its name in counters and records: the second it begins, in UTC."""
        return self.start.strftime("%Y-%m-%dT%H:%M:%S")

    @property
    def seconds(self) -> int:
        return int((self.end - self.start).total_seconds())


def at(anchor: datetime, now: datetime) -> Cycle:
    """The monthly cycle that holds `now`.

    Cycles begin on the day and time of the anchor; in a month without that day, on its last day,
    as Stripe does. January 31 is followed by February 28 and March 31.
    """
    anchor = anchor.replace(microsecond=0)
    months = (now.year - anchor.year) * 12 + now.month - anchor.month
    while shifted(anchor, months) > now:
        months -= 1
    while shifted(anchor, months + 1) <= now:
        months += 1
    return Cycle(shifted(anchor, months), shifted(anchor, months + 1))


def of_calendar(now: datetime) -> Cycle:
    """The calendar month that holds `now`."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Cycle(first, shifted(first, 1))


def shifted(anchor: datetime, months: int) -> datetime:
    """The anchor so many months later, on the month's last day where the day is missing."""
    years, month = divmod(anchor.month - 1 + months, 12)
    year = anchor.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return anchor.replace(year=year, month=month + 1, day=min(anchor.day, last))
