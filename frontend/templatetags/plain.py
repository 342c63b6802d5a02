"""Values as people write them: sizes without needless digits, lists without brackets."""

import re
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def size(count: int) -> str:
    """5 MB, not 5.0 MB; 1.5 GB stays."""
    return re.sub(r"[.,]0(?=\D)", "", filesizeformat(count))


@register.filter
def plain(value: Any) -> str:
    """A detail of a record: what a list holds, yes and no, and "" for what holds nothing."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(plain(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {plain(part)}" for name, part in value.items())
    return "" if value is None else str(value)
