"""From the pixels of a page as it was read to the units of a PDF page, whichever way it is turned."""

from collections.abc import Iterable
from dataclasses import dataclass

import pikepdf

from ocr.images import PDF_WIRE_DPI, POINTS_AN_INCH
from ocr.types import Box, Page, Point

LETTER = Box(0, 0, 612, 792)  # what a page without any box is


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a PDF as a reader holds it.

    Attributes:
        width_px, height_px: Its size in the pixels that words are placed by.
        box: Its visible part in the PDF's units, y up.
        turn: By which it is shown turned clockwise: 0, 90, 180 or 270.
    """

    width_px: float
    height_px: float
    box: Box
    turn: int

    @classmethod
    def of(cls, target: pikepdf.Page, page: Page | None) -> "Sheet":
        """The sheet of a page; what was read on it says how many pixels it has."""
        box, turn = _visible(target), _turn(target)
        across, down = (box.height, box.width) if turn in (90, 270) else (box.width, box.height)
        scale = PDF_WIRE_DPI / POINTS_AN_INCH
        size = (page.width_px, page.height_px) if page else (across * scale, down * scale)
        return cls(max(size[0], 1.0), max(size[1], 1.0), box, turn)

    def place(self, point: Point) -> Point:
        """Where a pixel of the page as it is seen lies in the PDF's units."""
        box = self.box
        x, y = point.x / self.width_px, point.y / self.height_px
        if self.turn == 90:
            return Point(box.left + y * box.width, box.top + x * box.height)
        if self.turn == 180:
            return Point(box.right - x * box.width, box.top + y * box.height)
        if self.turn == 270:
            return Point(box.right - y * box.width, box.bottom - x * box.height)
        return Point(box.left + x * box.width, box.bottom - y * box.height)


def _visible(target: pikepdf.Page) -> Box:
    """The crop box inside the media box, as PDFium sees it; `top` is the smaller y."""
    media = _box(_inherited(target, "/MediaBox")) or LETTER
    crop = _box(_inherited(target, "/CropBox")) or media
    left, top = max(media.left, crop.left), max(media.top, crop.top)
    right, bottom = min(media.right, crop.right), min(media.bottom, crop.bottom)
    return Box(left, top, right, bottom) if left < right and top < bottom else media


def _box(numbers: Iterable[object] | None) -> Box | None:
    if numbers is None:
        return None
    x0, y0, x1, y1 = (float(number) for number in numbers)  # type: ignore[arg-type]
    box = Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return box if box.width and box.height else None


def _turn(target: pikepdf.Page) -> int:
    turn = _inherited(target, "/Rotate")
    return int(turn) % 360 if turn is not None else 0


def _inherited(target: pikepdf.Page, name: str) -> pikepdf.Object | None:
    """An entry of the page or of the nodes above it."""
    node: pikepdf.Object | None = target.obj
    depth = 0
    while node is not None and depth < MAX_TREE_DEPTH:
        if name in node:
            return node[name]
        node, depth = node.get("/Parent"), depth + 1
    return None


MAX_TREE_DEPTH = 50
