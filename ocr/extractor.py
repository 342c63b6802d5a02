"""Fields of a page that was read, by the extractor that this installation is set up for.

`/ocr/fields` and the jobs of sheets call `extract`; what they get differs only in how it was found.
"""

import logging
from dataclasses import dataclass, replace

from django.conf import settings

from ocr import trace
from ocr.extraction import llm
from ocr.extraction.chat import ModelFailed, Server
from ocr.extraction.extract import extract as extract_by_rules
from ocr.extraction.fields import Extraction, Field, Notice
from ocr.extraction.propose import propose
from ocr.images import UnreadableDocument
from ocr.types import Page

log = logging.getLogger("spocr.extractor")


class NoDocument(UnreadableDocument):
    """Fields were to be proposed, and the page holds none; details: reason."""

    code = "no_document"

    def __init__(self) -> None:
        super().__init__(
            "The page does not look like a document with fields. Name the fields to read, or use /ocr/text.",
            reason="no_document",
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for.

    Attributes:
        template_id: The built-in template that the fields belong to, or "".
        prompt: What the caller says beside them; only a language model reads it.
    """

    fields: tuple[Field, ...]
    template_id: str = ""
    prompt: str = ""


def proposed(page: Page, *, prompt: str = "") -> Wanted:
    """Fields that suit the page.

    Raises:
        NoDocument
    """
    proposal = propose(page)
    if proposal is None:
        raise NoDocument
    return Wanted(proposal.fields, proposal.template_id, prompt)


def extract(page: Page, wanted: Wanted, *, picture: bytes | None = None) -> Extraction:
    """Find the fields; where a language model is set up but gives no usable answer, without it.

    Args:
        picture: A JPEG of the page, when `wants_picture` says so.
    """
    with trace.present().stage("extraction"):
        return _extract(page, wanted, picture)


def _extract(page: Page, wanted: Wanted, picture: bytes | None) -> Extraction:
    server = language_model()
    if server is None:
        return extract_by_rules(page, wanted.fields, wanted.template_id)
    try:
        return llm.extract(page, wanted.fields, server, prompt=wanted.prompt, picture=picture)
    except ModelFailed as failed:
        log.warning("The language model %s; the fields are found without it", failed)
        found = extract_by_rules(page, wanted.fields, wanted.template_id)
        text = f"The language model {failed}; the fields were found without it."
        return replace(found, notices=(Notice("language_model_failed", (), text), *found.notices))


def wants_picture() -> bool:
    """A picture of the page is to go along."""
    server = language_model()
    return server is not None and server.with_picture


def language_model() -> Server | None:
    """The language model of the settings, or None."""
    if not (settings.LLM_BASE_URL and settings.LLM_MODEL):
        return None
    return Server(
        settings.LLM_BASE_URL,
        settings.LLM_MODEL,
        settings.LLM_API_KEY,
        settings.LLM_TIMEOUT_SECONDS,
        with_picture=settings.LLM_WITH_PICTURE,
    )
