"""Cycles: months from an anchor, without a gap and without an overlap."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import cycles

YEARS = st.integers(0, 7 * 365 * 86_400)
MOMENTS = YEARS.map(lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


@given(anchor=MOMENTS, now=MOMENTS)
def test_every_moment_lies_in_exactly_one_cycle(anchor, now):
    cycle = cycles.at(anchor, now)

    assert cycle.start <= now < cycle.end
    assert cycles.at(anchor, cycle.end).start == cycle.end
    assert cycles.at(anchor, cycle.start - timedelta(microseconds=1)).end == cycle.start
    assert timedelta(days=28) <= cycle.end - cycle.start <= timedelta(days=31)


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ((2026, 2, 27), (2026, 1, 31), (2026, 2, 28)),
        ((2026, 2, 28), (2026, 2, 28), (2026, 3, 31)),
        ((2026, 4, 30), (2026, 4, 30), (2026, 5, 31)),
        ((2028, 2, 29), (2028, 2, 29), (2028, 3, 31)),
    ],
)
def test_the_last_day_stands_in_for_a_day_that_the_month_lacks(now, start, end):
    cycle = cycles.at(datetime(2026, 1, 31, tzinfo=UTC), datetime(*now, tzinfo=UTC))

    assert (cycle.start, cycle.end) == (datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "America/Los_Angeles"])
def test_the_end_of_a_month_is_one_moment_in_every_time_zone(zone):
    """Signed up on the evening of the 31st there, which is another day in UTC."""
    anchor = datetime(2026, 1, 31, 23, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    ends = [cycles.shifted(anchor, months) for months in range(1, 13)]

    for end in ends:
        before, after = cycles.at(anchor, end - timedelta(seconds=1)), cycles.at(anchor, end)
        assert before.end == after.start == end
        local = end.astimezone(ZoneInfo(zone))
        assert cycles.at(anchor, local) == after
    assert len({cycles.at(anchor, end).period for end in ends}) == 12
