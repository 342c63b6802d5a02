"""The documentation of the site: Markdown files of `docs/`, as pages, as Markdown, and as one text for language models.

The files are ours; raw HTML in them is shown as text all the same. `http://127.0.0.1:8000` becomes the address
of this site, `{{plans}}` the table of its plans, and links between files lead to their pages. What stands in a
folder such as `docs/site/ja` is the same page in that language; its headings keep the ids of the English ones.
"""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.html import escape
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from billing import money, plans

if TYPE_CHECKING:  # loaded with the first page, so that the service starts sooner
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererProtocol
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

LOCAL_SITE, PLANS = "http://127.0.0.1:8000", "{{plans}}"
LINK = re.compile(r"\]\((?P<file>[\w./-]+\.md)(?P<anchor>#[\w-]+)?\)")
LINKED_TEXT = re.compile(r"\[([^\]]+)\]\([^)]*\)")
EXCERPT_CHARACTERS = 200


@dataclass(frozen=True)
class Guide:
    """One page in one language; `file` below the project's folder."""

    slug: str
    file: str
    section: str
    language: str = "en"


GUIDE, DETAIL = gettext_noop("Guides"), gettext_noop("In detail")
GUIDES = (
    Guide("quick-start", "docs/site/quick-start.md", GUIDE),
    Guide("sheets", "docs/site/sheets.md", GUIDE),
    Guide("webhooks", "docs/site/webhooks.md", GUIDE),
    Guide("searchable-pdf", "docs/site/searchable-pdf.md", GUIDE),
    Guide("from-ocr-space", "docs/site/from-ocr-space.md", GUIDE),
    Guide("from-space-ocr", "docs/site/from-space-ocr.md", GUIDE),
    Guide("limits-and-plans", "docs/site/limits-and-plans.md", GUIDE),
    Guide("self-hosting", "docs/site/self-hosting.md", GUIDE),
    Guide("parse-api", "docs/api/parse.md", DETAIL),
    Guide("workspace-api", "docs/api/workspace.md", DETAIL),
    Guide("sheets-api", "docs/api/workspace-sheets.md", DETAIL),
    Guide("jobs-and-webhooks", "docs/api/jobs-and-webhooks.md", DETAIL),
    Guide("errors", "docs/api/errors.md", DETAIL),
    Guide("changelog", "CHANGELOG.md", DETAIL),
)


@dataclass(frozen=True)
class Found:
    """A page that holds what was searched for."""

    guide: Guide
    title: str
    excerpt: str


def find(slug: str) -> Guide | None:
    return next((guide for guide in GUIDES if guide.slug == slug), None)


@cache
def spoken(guide: Guide, language: str) -> Guide:
    """The page in a language; in English where it is not written in that."""
    folder, name = posixpath.split(guide.file)
    file = f"{folder}/{language}/{name}"
    is_written = (Path(settings.BASE_DIR) / file).is_file()
    return replace(guide, file=file, language=language) if is_written else guide


@cache
def source(guide: Guide) -> str:
    """The page's Markdown, links between files as they stand."""
    text = (Path(settings.BASE_DIR) / guide.file).read_text()
    with translation.override(guide.language):
        return text.replace(LOCAL_SITE, settings.SITE_URL).replace(PLANS, _plans_table())


def title(guide: Guide) -> str:
    return source(guide).partition("\n")[0].removeprefix("# ")


def summary(guide: Guide) -> str:
    """The first paragraph below the title, as plain text."""
    parts = source(guide).split("\n\n")[1:]
    first = next((part for part in parts if not part.startswith(("#", "|", "```", "-", "**"))), "What is new.")
    return re.sub(r"[*`]", "", LINKED_TEXT.sub(r"\1", " ".join(first.split())))


@cache
def html(guide: Guide) -> str:
    """The page, without its title."""
    body = _with_links(guide, "/docs/{}").partition("\n")[2]
    return str(_parser().render(body, {"ids": iter(_ids(guide))}))


def markdown(guide: Guide) -> str:
    """The page for programs: links lead to the other pages as Markdown."""
    return _with_links(guide, settings.SITE_URL + "/docs/{}.md")


def overview() -> str:
    """`llms.txt`: what there is to read, a line each."""
    lines = [f"# {settings.SITE_NAME}", "", "> " + summary(GUIDES[0])]
    for section in dict.fromkeys(guide.section for guide in GUIDES):
        lines += ["", f"## {section}", ""]
        lines += [
            f"- [{title(guide)}]({settings.SITE_URL}/docs/{guide.slug}.md): {summary(guide)}"
            for guide in GUIDES
            if guide.section == section
        ]
    lines += ["", "## Machine readable", "", f"- [OpenAPI schema]({settings.SITE_URL}/reference/openapi.json)"]
    return "\n".join(lines) + "\n"


def everything() -> str:
    """`llms-full.txt`: every page in one text."""
    return "\n\n".join(markdown(guide).rstrip() for guide in GUIDES) + "\n"


def search(words: Sequence[str], language: str) -> list[Found]:
    """Pages that hold every word, those with one in their title first."""
    wanted = [word.lower() for word in words]
    pages = [spoken(guide, language) for guide in GUIDES]
    found = [guide for guide in pages if wanted and all(word in source(guide).lower() for word in wanted)]
    found.sort(key=lambda guide: not any(word in title(guide).lower() for word in wanted))
    return [Found(guide, title(guide), _excerpt(source(guide), wanted[0])) for guide in found]


def _excerpt(text: str, word: str) -> str:
    plain = " ".join(re.sub(r"[#*`|>]+", " ", LINKED_TEXT.sub(r"\1", text)).split())
    at = max(plain.lower().find(word), 0)
    start = max(at - EXCERPT_CHARACTERS // 2, 0)
    return ("… " if start else "") + plain[start : start + EXCERPT_CHARACTERS] + " …"


def _with_links(guide: Guide, address: str) -> str:
    folder = posixpath.dirname(guide.file)

    def link(found: re.Match[str]) -> str:
        target = _of_file(posixpath.normpath(posixpath.join(folder, found["file"])), guide.language)
        return f"]({address.format(target.slug)}{found['anchor'] or ''})" if target else "](/docs)"

    return LINK.sub(link, source(guide))


def _of_file(file: str, language: str) -> Guide | None:
    return next((guide for guide in GUIDES if file in (guide.file, spoken(guide, language).file)), None)


def _ids(guide: Guide) -> list[str]:
    """Those of its headings, in whatever language: links from outside stay right."""
    tokens = _parser().parse(source(find(guide.slug) or guide))
    return [slugify(tokens[at + 1].content) for at, token in enumerate(tokens) if token.type == "heading_open"][1:]


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("heading_open", _heading)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0" role="group"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


def _heading(
    renderer: "RendererProtocol", tokens: "Sequence[Token]", index: int, options: "OptionsDict", env: "EnvType"
) -> str:
    """With an id, so that others can link to it."""
    return f'<{tokens[index].tag} id="{next(env["ids"])}">'


def _fence(
    renderer: "RendererProtocol", tokens: "Sequence[Token]", index: int, options: "OptionsDict", env: "EnvType"
) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[index].content)}</code></pre>\n'


def _plans_table() -> str:
    sold = [plan for plan in plans.table(settings.PLANS_FILE).values() if plan.is_sold or plan.id == "free"]
    lines = [
        (_("price a month"), [money.shown(plan.price["usd"], "usd") for plan in sold]),
        (_("scans a month"), [_number(plan.scans_a_month) for plan in sold]),
        (
            _("each further scan, where switched on"),
            [money.shown(plan.further_scan_price["usd"], "usd") for plan in sold],
        ),
        (_("Parse API requests a month"), [_number(plan.parse_requests_a_month) for plan in sold]),
        (_("requests a minute, of one key"), [_number(plan.requests_a_minute_for_one_key) for plan in sold]),
        (_("requests a minute, of the organization"), [_number(plan.requests_a_minute) for plan in sold]),
        (_("size of a file"), [f"{plan.file_bytes // 2**20} MB" for plan in sold]),
        (_("pages of a PDF"), [_number(plan.pdf_pages) for plan in sold]),
        (_("sheets"), [_number(plan.sheets) for plan in sold]),
        (_("storage"), [_gigabytes(plan.storage_bytes) for plan in sold]),
    ]
    head = [f"| {_('Plan')} | " + " | ".join(plan.name for plan in sold) + " |", "| --- |" + " --- |" * len(sold)]
    return "\n".join([*head, *(f"| {name} | " + " | ".join(cells) + " |" for name, cells in lines)])


def _number(limit: int | None) -> str:
    return _("no limit") if limit is None else f"{limit:,}"


def _gigabytes(size: int | None) -> str:
    return _("no limit") if size is None else f"{size // 2**30} GB"
