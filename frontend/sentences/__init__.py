"""Texts of other packages in the reader's language.

Errors, warnings and names of fields are written in English where they arise, and the APIs, the log and stored rows
hold them so. Where a page shows one, it is looked up here among the patterns that `make messages` has collected.
A text that is not known stays as it is.
"""

import re
from functools import cache, lru_cache

from django.utils.translation import get_language, gettext, pgettext

from frontend.sentences.labels import label
from frontend.sentences.of_errors import SENTENCES
from frontend.sentences.words import WORDS

_PART = re.compile(r"\{(\w+)\}")


def said(text: object) -> str:
    """An error or notice, translated with what is filled into it."""
    return _said(str(text), get_language() or "en")


def word(text: str) -> str:
    """A role, state or kind that the packages below name."""
    return gettext(text) if text in WORDS else text


def named(context: str, text: str) -> str:
    """A kind of document, a field, its hint, or a language: `context` is kind, field, hint or language."""
    return pgettext(context, text) if text else text


def field_label(name: str) -> str:
    """What a field or column is called."""
    return named("field", label(name))


@lru_cache(maxsize=2048)
def _said(text: str, language: str) -> str:
    if language == "en" or not text:
        return text
    for sentence, pattern in _patterns():
        if match := pattern.fullmatch(text):
            return _filled(gettext(sentence), match.groupdict())
    field, colon, rest = text.partition(": ")  # as WrongValue writes it
    return f"{field}: {_said(rest, language)}" if colon and " " not in field else text


def _filled(translated: str, parts: dict[str, str]) -> str:
    return _PART.sub(lambda part: word(parts.get(part[1], part[0])), translated)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """What says most first, since a short pattern may fit a longer sentence, too."""
    longest_first = sorted(SENTENCES, key=lambda sentence: len(_PART.sub("", sentence)), reverse=True)
    return [(sentence, _compiled(sentence)) for sentence in longest_first]


def _compiled(sentence: str) -> re.Pattern[str]:
    texts = _PART.split(sentence)
    made = "".join(re.escape(text) if at % 2 == 0 else f"(?P<{text}>.*?)" for at, text in enumerate(texts))
    return re.compile(made.replace("'(", "['\"](").replace(")'", ")['\"]"), re.DOTALL)
