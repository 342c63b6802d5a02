"""Sizes, details of records and the chart of days, as people read them."""

import pytest
from django.utils.translation import override

from billing.reports import Amount
from frontend.templatetags import charts
from frontend.templatetags.plain import plain, size


@pytest.mark.parametrize(
    ("count", "shown"), [(5 * 2**20, "5\xa0MB"), (3 * 2**29, "1.5\xa0GB"), (10 * 2**30, "10\xa0GB"), (1, "1\xa0byte")]
)
def test_a_size_has_no_needless_digits(count, shown):
    assert size(count) == shown


def test_a_size_has_no_needless_digits_where_a_comma_parts_them():
    with override("de"):
        assert size(5 * 2**20) == "5\xa0MB"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(["parse", "usage"], "parse, usage"), (None, ""), ([], ""), (True, "yes"), ({"a": 1}, "a: 1"), (0, "0")],
)
def test_a_detail_is_written_without_brackets(value, shown):
    assert plain(value) == shown


@pytest.mark.parametrize(("highest", "top"), [(0, 2), (2, 2), (3, 4), (5, 6), (9, 10), (28, 30), (81, 100), (101, 200)])
def test_the_axis_ends_at_a_round_number_with_a_whole_middle(highest, top):
    assert charts.round_above(highest) == top


def test_the_highest_bar_stays_below_the_end_of_the_axis():
    days = [Amount("2026-05-01", 20, 0, 5), Amount("2026-05-02", 10, 4, 0)]

    chart = charts.day_chart(days, "Usage")

    assert [number for _, number in chart["lines"]] == ["0", "15", "30"]
    assert 'class="included" x="0.0" y="53.3" width="358.0" height="106.7"' in chart["bars"]
    assert (chart["first"], chart["last"]) == ("2026-05-01", "2026-05-02")
