"""Texts of other packages in the reader's language.

`{{ problem|said }}`, `{{ role|word }}`, `{{ template.title|named:"kind" }}`.
"""

from django import template

from frontend import sentences

register = template.Library()
register.filter("said", sentences.said)
register.filter("word", sentences.word)


@register.filter
def named(text: str, context: str) -> str:
    """A kind, field, hint or language by its name here."""
    return sentences.named(context, str(text))
