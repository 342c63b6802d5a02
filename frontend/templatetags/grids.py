"""The cells of a grid as markup. In Python, because a page holds hundreds of them."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from frontend.sentences import said
from frontend.sheets.shown import Cell, RowShown

register = template.Library()


@register.filter
def row_head(shown: RowShown, sheet_link: str) -> SafeString:
    """The first cell of a row: its name, and what is the matter with it."""
    badges = []
    if shown.row.is_duplicate:
        badges.append(("", _("Duplicate")))
    if shown.notices:
        badges.append((" ".join(map(said, shown.notices)), _("Check")))
    return format_html(
        '<th scope="row"><a href="{}/rows/{}">{}</a>{}</th>',
        sheet_link,
        shown.row.row_key,
        shown.row.name,
        format_html_join("", ' <span class="badge badge-warn" title="{}">{}</span>', badges),
    )


@register.filter
def grid_cells(shown: RowShown) -> SafeString:
    """The cells of one row; of line items their number."""
    return format_html_join(
        "",
        '<td class="{}"{}>{}{}</td>',
        (_cell(cell) if cell else ("muted", "", _number_of_lines(lines), "") for cell, lines in shown.grid_cells),
    )


def _cell(cell: Cell) -> tuple[str, str, str, str]:
    """Class, title, text, and the mark of a value that was corrected."""
    kind = "number" if cell.is_number else ""
    if cell.is_unsure:
        title = _("To check: %(percent)s %% sure") % {"percent": cell.percent}
        return f"{kind} is-unsure", format_html(' title="{}"', title), cell.text, ""
    if cell.is_changed:
        title = _("Read as: %(read)s") % {"read": cell.read}
        mark = format_html(' <span class="changed" role="img" aria-label="{}">✎</span>', _("corrected"))
        return kind, format_html(' title="{}"', title), cell.text, mark
    return kind, "", cell.text, ""


def _number_of_lines(lines: int) -> str:
    return ngettext("%(count)s line", "%(count)s lines", lines) % {"count": lines} if lines else ""
