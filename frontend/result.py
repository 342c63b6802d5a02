"""What the result page shows of a document: text, fields and their boxes.

Elements of the picture and of the text beside it belong together when their ids are the same;
ids are unique within a page.
"""

import base64
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

from django.utils.translation import gettext as _

from frontend.comparison import Side
from frontend.sentences import field_label, named
from frontend.tables import Table as Grid
from frontend.tables import as_csv, tables_of
from ocr.extraction.extract import extract
from ocr.extraction.fields import Extraction, Field, Rows, Value
from ocr.extraction.propose import kind_of
from ocr.extraction.templates import TEMPLATES, Template
from ocr.types import TEXT_LAYER, Page, Polygon

CONFIDENT = 0.85
NUMBERS = ("money", "number")
ROOM, MAX_ROOM_PX = 0.2, 8.0  # Between letters and drawn edges.
EDGE = 0.0015  # Width of an edge: of the page's longer side, so that edges grow and shrink with its letters.


@dataclass(frozen=True, slots=True)
class Mark:
    """A text with its box.

    Attributes:
        points: Of its box in pixels of the page, as SVG writes them; "" when not located.
        confidence: 0.0 to 1.0.
        is_glued: No space stands before this word.
    """

    id: str
    text: str
    points: str
    confidence: float
    label: str = ""
    hint: str = ""
    is_number: bool = False
    is_glued: bool = False

    @property
    def percent(self) -> int:
        return int(self.confidence * 100)

    @property
    def is_unsure(self) -> bool:
        return bool(self.text) and self.confidence < CONFIDENT


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line of the text."""

    id: str
    points: str
    words: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column."""

    label: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Line items."""

    label: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Mark, ...], ...]


@dataclass(frozen=True)
class Reading:
    """One page as read, with its fields when its kind is known."""

    page: Page
    preview: bytes | None
    template: Template | None
    extraction: Extraction | None

    @classmethod
    def of(cls, page: Page, preview: bytes | None, template_id: str | None) -> "Reading":
        """Find the fields; `template_id` None: guess which, "": none."""
        chosen = kind_of(page) if template_id is None else template_id
        template = TEMPLATES.get(chosen)
        found = extract(page, template.fields, template.id) if template else None
        return cls(page, preview, template, found)

    @property
    def number(self) -> int:
        return self.page.number

    @property
    def width_px(self) -> int:
        return self.page.width_px

    @property
    def height_px(self) -> int:
        return self.page.height_px

    @property
    def edge_px(self) -> str:
        """Width of the drawn edges."""
        return f"{EDGE * max(self.width_px, self.height_px):.2f}"

    @cached_property
    def grids(self) -> list[Grid]:
        """What stands side by side on the page."""
        return tables_of(self.page)

    @cached_property
    def preview_link(self) -> str:
        return data_link("image/jpeg", self.preview) if self.preview else ""

    @property
    def kind(self) -> str:
        return self.template.title if self.template else ""

    @property
    def notices(self) -> list[str]:
        return [notice.message for notice in self.extraction.notices] if self.extraction else []

    @cached_property
    def lines(self) -> list[MarkedLine]:
        return [
            MarkedLine(
                f"line-{row}",
                points(line.polygon),
                tuple(
                    Mark(
                        f"word-{row}-{column}",
                        word.text,
                        points(word.polygon),
                        word.confidence,
                        is_glued=word.glued or column == 0,
                    )
                    for column, word in enumerate(line.words)
                ),
            )
            for row, line in enumerate(self.page.lines)
        ]

    @cached_property
    def fields(self) -> list[Mark]:
        """All fields that are no arrays, the empty ones too."""
        return [_mark(field.name, field, value) for field, value in self._values()]

    @cached_property
    def tables(self) -> list[Table]:
        return [_table(field, rows) for field, rows in self._arrays() if rows.rows]

    @cached_property
    def marks(self) -> list[Mark]:
        """Fields and cells that have a box."""
        cells = [cell for table in self.tables for row in table.rows for cell in row]
        return [mark for mark in self.fields + cells if mark.points]

    def _values(self) -> Iterator[tuple[Field, Value]]:
        if self.template and self.extraction:
            for field in self.template.fields:
                value = self.extraction.values.get(field.name)
                if isinstance(value, Value):
                    yield field, value

    def _arrays(self) -> Iterator[tuple[Field, Rows]]:
        if self.template and self.extraction:
            for field in self.template.fields:
                rows = self.extraction.values.get(field.name)
                if isinstance(rows, Rows):
                    yield field, rows


@dataclass(frozen=True)
class PageShown:
    """One page with its tabs. `id` tells it from the pages of all documents shown."""

    number: int
    id: str
    reading: Reading | None
    problem: str
    calls: tuple[tuple[str, str], ...] = ()

    @cached_property
    def panels(self) -> list[Mapping[str, str]]:
        found = self.reading
        panels = [
            ("fields", _("Fields"), found is not None and found.template is not None),
            ("text", _("Text"), True),
            ("table", _("Table"), found is not None and bool(found.grids)),
            ("json", "JSON", True),
            ("call", _("As a call"), True),
        ]
        return [
            {"id": name, "title": title, "template": f"front/_panel_{name}.html"}
            for name, title, is_there in panels
            if is_there
        ]


@dataclass(frozen=True)
class Result:
    """What the page shows of one document; a page that failed has a sentence instead.

    Attributes:
        sides: What each engine read, where several did; the pages are those of the last that could.
        pdf_link: Where its searchable PDF lies for an hour; "" where none was asked for.
    """

    file_name: str
    engine: str
    language: str
    pages: tuple[PageShown, ...]
    notices: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    pdf_link: str = ""

    @property
    def stem(self) -> str:
        return PurePath(self.file_name).stem or "document"

    @property
    def readings(self) -> list[Reading]:
        return [page.reading for page in self.pages if page.reading]

    @property
    def word_count(self) -> int:
        return sum(len(line.words) for reading in self.readings for line in reading.page.lines)

    @property
    def unsure_count(self) -> int:
        """Fields and cells that deserve a second look."""
        return sum(mark.is_unsure for reading in self.readings for mark in reading.marks)

    @property
    def is_own_text(self) -> bool:
        """All of it stands in the PDF itself; no picture was read."""
        return bool(self.readings) and all(found.page.source == TEXT_LAYER for found in self.readings)

    @property
    def text_link(self) -> str:
        return data_link("text/plain;charset=utf-8", text_of(self.readings).encode())

    @property
    def csv_link(self) -> str:
        content = as_csv((found.page, found.extraction) for found in self.readings)
        return data_link("text/csv;charset=utf-8", content)

    @property
    def json_link(self) -> str:
        pages = [
            json_of(page.reading) if page.reading else {"number": page.number, "error": page.problem}
            for page in self.pages
        ]
        whole = json.dumps({"file": self.file_name, "pages": pages}, ensure_ascii=False)
        return data_link("application/json", whole.encode())


def points(polygon: Polygon | None) -> str:
    """The corners as SVG writes them, a little way out, so that an edge hides no letter."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in _grown(polygon)) if polygon else ""


def data_link(content_type: str, content: bytes) -> str:
    """A link that holds its content, so that nothing has to be kept for a download."""
    return f"data:{content_type};base64,{base64.b64encode(content).decode()}"


def text_of(readings: Iterable[Reading]) -> str:
    """The text of a document, pages apart by an empty line."""
    return "\n\n".join(reading.page.text for reading in readings) + "\n"


def json_of(reading: Reading) -> dict[str, Any]:
    """All that was read on one page. Corners are pixels of the page, as the text sees them."""
    page = reading.page
    return {
        "number": page.number,
        "width_px": page.width_px,
        "height_px": page.height_px,
        "rotation": page.rotation,
        "language": page.language,
        "source": page.source,
        "text": page.text,
        "template": reading.template.id if reading.template else None,
        "fields": {
            name: _json_of_value(value)
            for name, value in (reading.extraction.values if reading.extraction else {}).items()
        },
        "warnings": reading.notices,
        "lines": [
            {
                "text": line.text,
                "confidence": round(line.confidence, 4),
                "vertices": _corners(line.polygon),
                "words": [
                    {
                        "text": word.text,
                        "confidence": round(word.confidence, 4),
                        "vertices": _corners(word.polygon),
                    }
                    for word in line.words
                ],
            }
            for line in page.lines
        ],
    }


def _grown(polygon: Polygon) -> Iterator[tuple[float, float]]:
    """The corners, each moved away from its two neighbours by a share of the text's height."""
    top_left, top_right, _, bottom_left = polygon
    width, height = math.dist(top_left, top_right), math.dist(top_left, bottom_left)
    room = min(ROOM * height, MAX_ROOM_PX)
    along = [(b - a) * room / (width or 1) for a, b in zip(top_left, top_right, strict=True)]
    down = [(b - a) * room / (height or 1) for a, b in zip(top_left, bottom_left, strict=True)]
    for (x, y), u, v in zip(polygon, (-1, 1, 1, -1), (-1, -1, 1, 1), strict=True):
        yield x + u * along[0] + v * down[0], y + u * along[1] + v * down[1]


def _json_of_value(value: Value | Rows) -> Any:
    if isinstance(value, Rows):
        return [{name: _json_of_value(cell) for name, cell in row.items()} for row in value.rows]
    return {
        "value": value.text,
        "normalized": value.normalized,
        "vertices": _corners(value.polygon),
        "match_ratio": round(value.match_ratio, 4),
        "confidence": round(value.confidence, 4),
    }


def _corners(polygon: Polygon | None) -> list[list[float]] | None:
    return [[round(x, 1), round(y, 1)] for x, y in polygon] if polygon else None


def _mark(mark_id: str, field: Field, value: Value) -> Mark:
    return Mark(
        f"field-{mark_id}",
        value.text,
        points(value.polygon),
        value.confidence,
        label=field_label(field.name),
        hint=named("hint", field.description),
        is_number=field.type in NUMBERS,
    )


def _table(field: Field, rows: Rows) -> Table:
    return Table(
        field_label(field.name),
        tuple(Column(field_label(child.name), child.type in NUMBERS) for child in field.children),
        tuple(
            tuple(
                _mark(f"{field.name}-{number}-{child.name}", child, row.get(child.name, Value.empty()))
                for child in field.children
            )
            for number, row in enumerate(rows.rows)
        ),
    )
