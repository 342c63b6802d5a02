"""The visible text layer: letters drawn as outlines, in fonts of the machine, over a bright veil.

Outlines and not text, because the words themselves already lie in the text layer: so the
same text is copied out of a visible layer as out of a hidden one, in every script, however
its letters join.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import uharfbuzz as hb
from pikepdf import Dictionary, Object, Pdf

from ocr.searchable_pdf.font import clusters_of
from ocr.searchable_pdf.layer import DOWN, Place, Run, short
from ocr.searchable_pdf.streams import form
from ocr.types import Point

FONT_FOLDERS = (Path("/usr/share/fonts/truetype/noto"), Path("/usr/share/fonts/opentype/noto"))
# In order of trial, with the number of the face in its file.
FONTS = (
    *((f"NotoSans{script}-Regular.ttf", 0) for script in ("", "Arabic", "Hebrew", "Devanagari", "Thai", "Tamil")),
    *((f"NotoSans{script}-Regular.ttf", 0) for script in ("Kannada", "Telugu", "Symbols", "Symbols2", "Math")),
    ("NotoSansCJK-Regular.ttc", 0),
)
# Where Chinese and Korean write a character otherwise than Japanese: the face in the file of CJK.
CJK_FACES = {"kor": 1, "chs": 2, "cht": 3}
WHOLE_PAGE = 30_000  # twice the longest page that PDF knows
INK = "0.05 0.2 0.55 rg"
VEIL_OPACITY = 0.75
# Outlines lie on a grid of so many steps an em: at 12 points a step is a twentieth of a point, and numbers stay short.
GRID = 250
# Letters are stretched to their box, but not past recognition.
LEAST_STRETCH, MOST_STRETCH = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class _Glyph:
    """One letter of a shaped word: its number in the font, its origin in steps of the grid from the word's start."""

    number: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class _Shaped:
    """A word as a font draws it, in ems: the extent of its ink, y up from the base line."""

    face: "_Face"
    glyphs: tuple[_Glyph, ...]
    left: float
    right: float
    bottom: float
    top: float


class _Face:
    """One font, ready to shape and to draw."""

    def __init__(self, path: Path, index: int) -> None:
        self.key = f"{path.stem}{index}"
        face = hb.Face(hb.Blob.from_file_path(str(path)), index)
        self._font, self.em = hb.Font(face), face.upem

    def covers(self, text: str) -> int:
        """How many of the characters the font has."""
        return sum(bool(self._font.get_nominal_glyph(ord(char))) for char in text)

    def shape(self, text: str) -> _Shaped | None:
        """The word as drawn; None where nothing of it leaves ink."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(self._font, buffer)
        glyphs, boxes, pen = [], [], 0
        for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            extents = self._font.get_glyph_extents(info.codepoint)
            x, y = pen + position.x_offset, position.y_offset
            pen += position.x_advance
            if info.codepoint == 0 or extents is None or not extents.width:
                continue
            glyphs.append(_Glyph(info.codepoint, round(x * GRID / self.em), round(y * GRID / self.em)))
            left, top = x + extents.x_bearing, y + extents.y_bearing
            boxes.append((left, left + extents.width, top + extents.height, top))
        if not boxes:
            return None
        lefts, rights, bottoms, tops = zip(*boxes, strict=True)
        left, right, bottom, top = min(lefts), max(rights), min(bottoms), max(tops)
        return _Shaped(self, tuple(glyphs), left / self.em, right / self.em, bottom / self.em, top / self.em)

    def outline(self, number: int) -> bytes:
        """The path of a letter as PDF operators, in steps of the grid."""
        path: list[tuple[str, tuple[float, ...]]] = []
        self._font.draw_glyph(number, _pens(), path)
        steps = (" ".join(str(round(v * GRID / self.em)) for v in values) + operator for operator, values in path)
        return "\n".join(steps).encode("ascii") + b" f"


class Shapes:
    """Draws lines of a document; each letter of a font is stored in the PDF once."""

    def __init__(self, pdf: Pdf) -> None:
        self._pdf = pdf
        self._forms: dict[tuple[str, int], tuple[str, Object]] = {}  # a name and the drawing of each letter

    def draw(self, lines: list[list[Run]], place: Place, *, language: str = "", has_veil: bool = True) -> Object | None:
        """A form with the letters of some lines, to be placed on the page; None where no font has any of them."""
        used: dict[str, Object] = {}
        parts = [part for runs in lines for part in self._line(_upright(runs), place, language, used)]
        if not parts:
            return None
        resources = Dictionary(
            XObject=Dictionary({f"/{name}": form for name, form in used.items()}),
            ExtGState=Dictionary(Veil=Dictionary(ca=VEIL_OPACITY)),
        )
        veil = "".join(_veil(runs, place) for runs in lines) if has_veil else ""
        content = (f"q /Veil gs 1 g\n{veil}f Q\n" if veil else "") + INK + "\n" + "\n".join(parts) + "\n"
        drawing = form(self._pdf, content, WHOLE_PAGE)
        drawing.Resources = resources
        return drawing

    def _line(self, runs: list[Run], place: Place, language: str, used: dict[str, Object]) -> list[str]:
        shaped = [(run, word) for run in runs if (word := _shaped(run.text, language))]
        if not shaped:
            return []
        bottom = median(word.bottom for _, word in shaped)
        ink = max(median(word.top for _, word in shaped) - bottom, 0.2)
        parts = []
        for run, word in shaped:
            em_px = run.height_px / ink
            across = run.width_px / max(word.right - word.left, 0.05)
            across = min(max(across, LEAST_STRETCH * em_px), MOST_STRETCH * em_px)
            matrix = _matrix(run, place, (across, em_px), (-word.left, -bottom))
            parts.append(f"q {matrix} cm\n{self._letters(word, used)}Q")
        return parts

    def _letters(self, word: _Shaped, used: dict[str, Object]) -> str:
        """The letters of a word, each placed by its step from the one before it."""
        text, x, y = "", 0, 0
        for glyph in word.glyphs:
            if (glyph.x, glyph.y) != (x, y):
                text += f"1 0 0 1 {glyph.x - x} {glyph.y - y} cm\n"
                x, y = glyph.x, glyph.y
            text += f"/{self._form(word.face, glyph.number, used)} Do\n"
        return text

    def _form(self, face: _Face, number: int, used: dict[str, Object]) -> str:
        key = (face.key, number)
        if key not in self._forms:
            letter = form(self._pdf, face.outline(number), 6 * GRID)
            self._forms[key] = f"{len(self._forms):x}", self._pdf.make_indirect(letter)
        name, used_form = self._forms[key]
        used[name] = used_form
        return name


def _shaped(text: str, language: str) -> _Shaped | None:
    if not text.strip():
        return None
    faces = _faces(language)
    best = max(faces, key=lambda face: face.covers(text), default=None)  # the first of equals
    return best.shape(text) if best else None


@cache
def _faces(language: str) -> tuple[_Face, ...]:
    """The fonts of this machine, in order of trial."""
    cjk = next((face for code, face in CJK_FACES.items() if code in language), 0)
    found = []
    for name, index in FONTS:
        path = next((folder / name for folder in FONT_FOLDERS if (folder / name).exists()), None)
        if path is not None:
            found.append(_Face(path, cjk if path.suffix == ".ttc" else index))
    return tuple(found)


@cache
def _pens() -> Any:
    """What writes an outline down: operators with their numbers; a quadratic curve is the cubic one with its ends."""
    pens = hb.DrawFuncs()
    at = [0.0, 0.0]

    def to(path: list[tuple[str, tuple[float, ...]]], operator: str, *values: float) -> None:
        at[:] = values[-2:] or at
        path.append((f" {operator}", values))

    def quadratic(cx: float, cy: float, x: float, y: float, path: list[tuple[str, tuple[float, ...]]]) -> None:
        x0, y0 = at
        first = (x0 + 2 / 3 * (cx - x0), y0 + 2 / 3 * (cy - y0))
        to(path, "c", *first, x + 2 / 3 * (cx - x), y + 2 / 3 * (cy - y), x, y)

    pens.set_move_to_func(lambda x, y, path: to(path, "m", x, y))
    pens.set_line_to_func(lambda x, y, path: to(path, "l", x, y))
    pens.set_cubic_to_func(lambda a, b, c, d, x, y, path: to(path, "c", a, b, c, d, x, y))
    pens.set_quadratic_to_func(quadratic)
    pens.set_close_path_func(lambda path: path.append(("h", ())))
    return pens


def _upright(runs: list[Run]) -> list[Run]:
    """Vertical text as one run for each character, upright in its cell; other text as it is."""
    cells: list[Run] = []
    for run in runs:
        if run.along != DOWN:
            cells.append(run)
            continue
        clusters = clusters_of(run.text)
        side = run.width_px / len(clusters)
        for index, cluster in enumerate(clusters):
            foot = Point(run.start.x, run.start.y + side * (index + 1))
            cells.append(replace(run, text=cluster, start=foot, along=Point(1.0, 0.0), width_px=run.height_px,
                                 height_px=side))  # fmt: skip
    return cells


def _matrix(run: Run, place: Place, scale_px: tuple[float, float], shift_em: tuple[float, float]) -> str:
    """From steps of the grid, counted from a word's start, to the page."""
    across, up = scale_px
    origin = place(run.at(shift_em[0] * across, shift_em[1] * up))
    base = place(run.start)
    right, above = place(run.at(across, 0)), place(run.at(0, up))
    values = (right.x - base.x, right.y - base.y, above.x - base.x, above.y - base.y)
    turn = " ".join(short(value / GRID, 5) for value in values)
    return f"{turn} {short(origin.x)} {short(origin.y)}"


def _veil(runs: list[Run], place: Place) -> str:
    """A bright patch behind each word of a line, as a path."""
    patches = ""
    for run in runs:
        margin = run.height_px * 0.1
        corners = (
            place(run.at(x, y))
            for x, y in ((0, -margin), (run.width_px, -margin), (run.width_px, run.height_px + margin),
                         (0, run.height_px + margin))
        )  # fmt: skip
        first, *others = (f"{short(corner.x)} {short(corner.y)}" for corner in corners)
        patches += f"{first} m " + "".join(f"{other} l " for other in others) + "h\n"
    return patches
