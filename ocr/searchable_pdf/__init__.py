"""Searchable PDF: a document's own pages with the words that were read laid over them. Pure.

Runs in engine processes only, because it takes a stranger's file apart: `make.py` is the way
in; `pictures.py` embeds images, `layer.py` places words, `font.py` is the typeface without
shapes that carries them, `shapes.py` draws them where they are to be seen, `archive.py` adds
what PDF/A asks for.
"""

from accounts.errors import Invalid


class NotArchivable(Invalid):
    """The document cannot become PDF/A without being changed."""

    code = "not_archivable"
