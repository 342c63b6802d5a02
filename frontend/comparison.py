"""The same document read by several engines, side by side: every word that not all of them agree on is marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from ocr.reading import Document
from ocr.types import Page


@dataclass(frozen=True, slots=True)
class Word:
    """A word of one engine; `is_alone`: another engine read something else there."""

    text: str
    is_alone: bool
    is_glued: bool


@dataclass(frozen=True)
class Side:
    """What one engine read.

    Attributes:
        pages: Of each page its lines of words.
        confidence: The mean of its words, 0.0 to 1.0; 0.0 without any.
        problem: Why it read nothing; "" where it did.
    """

    engine: str
    seconds: float
    pages: tuple[tuple[tuple[Word, ...], ...], ...] = ()
    confidence: float = 0.0
    problem: str = ""

    @property
    def percent(self) -> int:
        return int(self.confidence * 100)

    @property
    def word_count(self) -> int:
        return sum(len(line) for page in self.pages for line in page)

    @property
    def alone_count(self) -> int:
        return sum(word.is_alone for page in self.pages for line in page for word in line)


@dataclass(frozen=True)
class Attempt:
    """One engine's reading of a document, or why there is none."""

    engine: str
    seconds: float
    document: Document | None = None
    problem: str = ""


def sides_of(attempts: Sequence[Attempt]) -> tuple[Side, ...]:
    """Every engine's words; with fewer than two that read anything, nothing is marked."""
    documents = [attempt.document for attempt in attempts if attempt.document]
    count = max((len(document.pages) for document in documents), default=0)
    texts = [[_texts(_page(document, at)) for document in documents] for at in range(count)]
    return tuple(_side(attempt, texts, documents) for attempt in attempts)


def _side(attempt: Attempt, texts: list[list[list[str]]], documents: list[Document]) -> Side:
    if attempt.document is None:
        return Side(attempt.engine, attempt.seconds, problem=attempt.problem)
    here = documents.index(attempt.document)
    pages = tuple(
        _lines(_page(attempt.document, at), _alone(of_page[here], of_page[:here] + of_page[here + 1 :]))
        for at, of_page in enumerate(texts)
    )
    scores = [word.confidence for page in attempt.document.read_pages for line in page.lines for word in line.words]
    return Side(attempt.engine, attempt.seconds, pages, sum(scores) / len(scores) if scores else 0.0)


def _page(document: Document, at: int) -> Page | None:
    return document.pages[at].page if at < len(document.pages) else None


def _texts(page: Page | None) -> list[str]:
    return [word.text for line in page.lines for word in line.words] if page else []


def _alone(mine: list[str], others: Sequence[list[str]]) -> set[int]:
    """Numbers of the words that some other reading does not have in their place."""
    alone: set[int] = set()
    for other in others:
        blocks = SequenceMatcher(None, mine, other, autojunk=False).get_matching_blocks()
        alone |= set(range(len(mine))) - {at for start, _, size in blocks for at in range(start, start + size)}
    return alone


def _lines(page: Page | None, alone: set[int]) -> tuple[tuple[Word, ...], ...]:
    lines, number = [], 0
    for line in page.lines if page else ():
        lines.append(
            tuple(Word(word.text, number + at in alone, word.glued or at == 0) for at, word in enumerate(line.words))
        )
        number += len(line.words)
    return tuple(lines)
