"""The catalogs of `locale/` hold every text of the pages, well formed, and pages hold no text beside them.

A failing test is mended by `make messages` and a translation of what it then leaves empty: docs/translating.md.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.template import engines
from django.template.base import Node, Template
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from frontend.sentences import SENTENCES, collect, said

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(
    path for folder in ("accounts", "billing", "ocr", "frontend") for path in ROOT.glob(f"{folder}/**/templates/**/*.*")
)
PYTHON = sorted(
    path
    for folder in ("accounts", "billing", "ocr", "frontend")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
CODES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Python's calls, and where the context, the text and its plural stand.
CALLS = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%|</?(?:a|code|strong)\b[^>]*>")
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)
ASIDE = re.compile(
    r"\{% (comment|blocktranslate|verbatim)\b.*?\{% end\1 %\}|<(script|style)\b.*?</\2>|<!DOCTYPE[^>]*>", re.DOTALL
)
# Names and units, the same in every language.
NAMES = re.compile(
    r"\b(CSV|JSON Lines|JSON|OpenAPI|Postman|PDF|UTC|Markdown|HTTP|Swagger UI|spocr)\b"
    r"|\b(txt|json|csv|pdf|xlsx|ms|s|p50|p95)\b|\b[\w-]+\.(txt|png)\b|req_…"
)
# Names of templates and folders, where English is meant, each with its reason.
ENGLISH = {
    "legal/README": "for whoever replaces the file",
    "staff/": "the operator's own pages",
    "elements/button.html": "its tag itself is chosen, which no parser of HTML understands; it holds slots",
    "statement.css": "no text",
}
SAID_ATTRIBUTES = {"title", "alt", "aria-label", "placeholder", "data-label", "data-done", "content"}

Text = tuple[str | None, str]


@cache
def catalog(code: str) -> polib.POFile:
    return polib.pofile(ROOT / "locale" / code / "LC_MESSAGES" / "django.po")


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_translated(code):
    assert [entry.msgid for entry in catalog(code) if not entry.translated() or "fuzzy" in entry.flags] == []


@pytest.mark.parametrize("code", CODES)
def test_a_translation_keeps_what_is_filled_in(code):
    wrong = [
        entry.msgid
        for entry in catalog(code)
        for text in (entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr])
        if sorted(set(PLACEHOLDER.findall(text))) != sorted(set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)))
    ]

    assert wrong == []


@pytest.mark.parametrize("code", CODES)
def test_the_compiled_catalog_is_the_written_one(code):
    compiled = polib.mofile(ROOT / "locale" / code / "LC_MESSAGES" / "django.mo")

    assert _texts_of(compiled) == _texts_of(catalog(code))


@pytest.mark.parametrize("code", CODES)
def test_every_text_of_the_pages_is_in_the_catalog(code):
    held = {(entry.msgctxt, entry.msgid) for entry in catalog(code)}

    assert sorted(set(asked_for()) - held, key=str) == []


def test_sentences_of_other_packages_are_collected():
    assert (ROOT / "frontend/sentences/of_errors.py").read_text() == collect.module_of_errors()
    assert (ROOT / "frontend/sentences/of_documents.py").read_text() == collect.module_of_documents()


TRANSLATED = [path for path in TEMPLATES if not any(part in str(path) for part in ENGLISH)]


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.name)
def test_no_template_holds_text_of_its_own(path):
    source = TAG.sub(" ", ASIDE.sub(" ", path.read_text()))
    visible = [source] if path.suffix == ".txt" else list(_visible(source))

    assert [text.strip() for text in visible if re.search("[A-Za-z]{2}", NAMES.sub("", text))] == []


def test_a_sentence_is_found_with_what_was_filled_in(settings):
    from django.utils import translation

    with translation.override("ja"):
        assert said("The plan is Pro already.") == "すでにProプランです。"
        assert said("path: '/A' is a folder, not a sheet. Name a sheet.").startswith("path: 「/A」はフォルダーで")
        assert "「シートの編集」" in said("Your role may not edit sheets. Ask an owner or admin.")
        assert said("Nobody ever wrote this.") == "Nobody ever wrote this."
    with translation.override("en"):
        assert said("The plan is Pro already.") == "The plan is Pro already."


@pytest.mark.parametrize("code", CODES)
def test_every_sentence_is_found_again(code):
    from django.utils import translation

    filled = {sentence: re.sub(r"\{(\w+)\}", "7", sentence) for sentence in SENTENCES}
    with translation.override(code):
        unchanged = [sentence for sentence, text in filled.items() if said(text) == text]

    assert unchanged == []


def asked_for() -> Iterator[Text]:
    """Every text that the sources ask the catalogs for."""
    for path in TEMPLATES:
        template = engines["django"].from_string(path.read_text()).template
        yield from _of_template(template)
    for path in PYTHON:
        yield from _of_python(ast.parse(path.read_text()))


def _of_template(template: Template) -> Iterator[Text]:
    for node in _nodes(template.nodelist):
        if isinstance(node, TranslateNode) and isinstance(node.filter_expression.var.literal, str):
            context = str(node.message_context.var) if node.message_context else None
            yield context, node.filter_expression.var.literal
        elif isinstance(node, BlockTranslateNode):
            context = str(node.message_context.var) if node.message_context else None
            yield context, node.render_token_list(node.singular)[0]


def _nodes(nodelist: list[Node]) -> Iterator[Node]:
    for node in nodelist:
        yield node
        for name in node.child_nodelists if not hasattr(node, "conditions_nodelists") else ():
            yield from _nodes(getattr(node, name, None) or [])
        for _, part in getattr(node, "conditions_nodelists", ()):
            yield from _nodes(part)


def _of_python(tree: ast.Module) -> Iterator[Text]:
    imported = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in imported:
            place = CALLS.get(imported[node.func.id])
            if place and isinstance(node.args[place[1]], ast.Constant):
                context = node.args[place[0]].value if place[0] is not None else None
                yield context, node.args[place[1]].value


def _texts_of(held: polib.POFile | polib.MOFile) -> dict[Text, object]:
    return {(e.msgctxt, e.msgid): e.msgstr_plural or e.msgstr for e in held if e.msgid}


class _Visible(HTMLParser):
    """Gathers what a reader sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._is_code = 0

    def handle_starttag(self, tag, attrs):
        self._is_code += tag in ("code", "pre", "kbd")
        if tag != "meta" or dict(attrs).get("name") == "description":
            self.texts += [value for name, value in attrs if name in SAID_ATTRIBUTES or name.startswith("data-text")]

    def handle_endtag(self, tag):
        self._is_code -= tag in ("code", "pre", "kbd")

    def handle_data(self, data):
        if not self._is_code:
            self.texts.append(data)


def _visible(source: str) -> Iterator[str]:
    parser = _Visible()
    parser.feed(source)
    parser.close()
    yield from (text for text in parser.texts if text)
