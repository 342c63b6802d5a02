"""Charts as SVG made here: no script, the same in print, and a table beside each says the numbers."""

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing.reports import Amount

register = template.Library()
WIDTH, HEIGHT, GAP = 720, 160, 2
STEPS = (1, 2, 3, 4, 5, 6, 8, 10)
LINES = (0.0, 0.5, 1.0)


@register.inclusion_tag("billing/_day_chart.html")
def day_chart(days: Sequence[Amount], label: str) -> dict[str, object]:
    """Stacked bars, one for each day: included, further, not charged; its axis ends at a round number."""
    highest = max((day.charged + day.free for day in days), default=0)
    top = round_above(highest)
    step = WIDTH / max(len(days), 1)
    bars = format_html_join("", "{}", ((_bar(day, number * step, step - GAP, top),) for number, day in enumerate(days)))
    return {
        "label": label,
        "width": WIDTH,
        "height": HEIGHT,
        "bars": bars,
        "lines": [(round(HEIGHT * (1 - share), 1), f"{top * share:,.0f}") for share in LINES],
        "first": days[0].name if days else "",
        "last": days[-1].name if days else "",
    }


def round_above(highest: int) -> int:
    """The next number with one digit before its zeros; even, so that the middle line has a whole number."""
    power = int("1" + "0" * (len(str(highest)) - 1))
    return next(step * power for step in STEPS if step * power >= highest and step * power % 2 == 0)


def _bar(day: Amount, left: float, width: float, highest: int) -> SafeString:
    """A day's bar: parts stand on each other, from below."""
    parts, below = [], 0.0
    for name, units in (("included", day.charged - day.further), ("further", day.further), ("free", day.free)):
        height = units * HEIGHT / highest
        below += height
        if units:
            parts.append((name, f"{left:.1f}", f"{HEIGHT - below:.1f}", f"{max(width, 1):.1f}", f"{height:.1f}"))
    rects = format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', parts)
    return format_html("<g><title>{}: {}</title>{}</g>", day.name, day.charged, rects)
