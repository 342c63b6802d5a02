"""Charts as SVG made here: no script, the same in print, and a table beside each says the numbers."""

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from billing.reports import Amount

register = template.Library()
WIDTH, HEIGHT, GAP = 720, 160, 2


@register.simple_tag
def day_chart(days: Sequence[Amount], label: str) -> SafeString:
    """Stacked bars, one for each day: included, further, not charged."""
    highest = max((day.charged + day.free for day in days), default=0) or 1
    step = WIDTH / max(len(days), 1)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="none">{}</svg>',
        WIDTH,
        HEIGHT,
        label,
        format_html_join(
            "", "{}", ((_bar(day, number * step, step - GAP, highest),) for number, day in enumerate(days))
        ),
    )


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
