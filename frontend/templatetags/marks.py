"""Words and their boxes as markup. In Python, because a page may hold thousands of them."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from frontend.comparison import Word
from frontend.result import Mark, MarkedLine

register = template.Library()


@register.filter
def boxes(lines: Iterable[MarkedLine]) -> SafeString:
    """The boxes of lines and words, as SVG."""
    return format_html_join(
        "",
        '<g class="line" data-mark="{}"><polygon class="edge" points="{}"/>{}</g>',
        ((line.id, line.points, _boxes_of_words(line.words)) for line in lines),
    )


@register.filter
def text(lines: Iterable[MarkedLine]) -> SafeString:
    """The lines, each ended by a line break, with nothing between them that was not read."""
    return format_html_join(
        "",
        '<span class="line" dir="auto" data-mark="{}">{}\n</span>',
        ((line.id, _text_of_words(line.words)) for line in lines),
    )


@register.filter
def compared(pages: Iterable[Iterable[Iterable[Word]]]) -> SafeString:
    """The words of one engine, those marked that another engine read otherwise; pages apart by an empty line."""
    return format_html_join("\n", "{}", ((_compared_lines(lines),) for lines in pages))


def _compared_lines(lines: Iterable[Iterable[Word]]) -> SafeString:
    return format_html_join(
        "", '<span class="line" dir="auto">{}\n</span>', ((_compared_words(words),) for words in lines)
    )


def _compared_words(words: Iterable[Word]) -> SafeString:
    return format_html_join(
        "",
        "{}{}",
        (
            ("" if word.is_glued else " ", format_html("<mark>{}</mark>", word.text) if word.is_alone else word.text)
            for word in words
        ),
    )


def _boxes_of_words(words: Iterable[Mark]) -> SafeString:
    return format_html_join(
        "",
        '<polygon class="{}" data-mark="{}" points="{}"><title>{} ({} %)</title></polygon>',
        ((_class(word), word.id, word.points, word.text, word.percent) for word in words),
    )


def _text_of_words(words: Iterable[Mark]) -> SafeString:
    return format_html_join(
        "",
        '{}<span class="{}" data-mark="{}">{}</span>',
        (("" if word.is_glued else " ", _class(word), word.id, word.text) for word in words),
    )


def _class(word: Mark) -> str:
    return "word is-unsure" if word.is_unsure else "word"
