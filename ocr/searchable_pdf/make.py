"""Makes the searchable PDF: takes the document and what was read on it, gives the bytes of a PDF.

A PDF keeps its pages as they are, each stream byte for byte; the layer of text goes in front
of a page's content (what is hidden may lie below the picture), what is to be seen goes behind
it. An image becomes a page that shows it. A page that cannot be worked on stays as it is.
"""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from mmap import mmap

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from ocr.geometry import polygon_of
from ocr.images import DamagedDocument, EncryptedDocument, ImageFile, PdfFile
from ocr.searchable_pdf import archive, pictures
from ocr.searchable_pdf.font import NAME, Alphabet
from ocr.searchable_pdf.layer import HIDDEN, VISIBLE, Run, operators, runs_of
from ocr.searchable_pdf.places import Sheet
from ocr.searchable_pdf.shapes import Shapes
from ocr.searchable_pdf.streams import packed
from ocr.types import TEXT_LAYER, Box, Line, Page, Word

log = logging.getLogger("spocr.pdf")
SHAPES, WATERMARK, PICTURE = "SpocrShapes", "SpocrMark", "SpocrPicture"
# Of the watermark: height as a share of the page's, least height in pixels, distance to the edges in heights.
MARK_SHARE, MARK_LEAST_PX, MARK_MARGIN = 0.011, 6.0, 1.5
MARK_LETTER_WIDTH = 0.58
A4_POINTS = (595.0, 842.0)


@dataclass(frozen=True, slots=True)
class Wish:
    """How the PDF is to be.

    Attributes:
        is_hidden: The text layer is there to be searched and copied, not to be seen.
        watermark: A line for the lower right corner of each page; "" for none.
        is_archival: PDF/A-2b.
    """

    is_hidden: bool = False
    watermark: str = ""
    is_archival: bool = False


def make(data: mmap, kind: str, pages: Sequence[Page | None], wish: Wish) -> bytes:
    """The searchable PDF of a document.

    Args:
        kind: "PDF" or a format of images.
        pages: What was read, from the first page on; None where a page could not be read.
            Further pages of the document are left out.

    Raises:
        UnreadableDocument: The document cannot be taken apart.
        NotArchivable: PDF/A is wished for and the document cannot become one.
    """
    maker = _Maker(_opened(data) if kind == "PDF" else Pdf.new(), wish)
    if kind == "PDF":
        maker.extend(pages)
    else:
        maker.show(ImageFile(data, kind), data, pages)
    return maker.saved()


class _Maker:
    """One PDF in the making."""

    def __init__(self, pdf: Pdf, wish: Wish) -> None:
        self._pdf, self._wish = pdf, wish
        self._alphabet, self._shapes = Alphabet(), Shapes(pdf)
        self._font = pdf.make_indirect(Dictionary())  # filled in at the end, when all characters are known

    def extend(self, pages: Sequence[Page | None]) -> None:
        """Lay the words over the PDF's own pages."""
        if self._wish.is_archival:
            archive.demand_scan(self._pdf)
        if len(self._pdf.pages) > len(pages):
            del self._pdf.pages[len(pages) :]
        for target, page in zip(self._pdf.pages, pages, strict=False):
            try:
                self._lay_over(target, page)
            except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError, MemoryError) as error:
                # A stranger's PDF may hold anything where a box or a dictionary should be.
                log.warning("A page of a PDF stays without a text layer: %s", type(error).__name__)

    def show(self, image: ImageFile, data: mmap, pages: Sequence[Page | None]) -> None:
        """Make a page of each frame of the image."""
        for index, page in enumerate(pages):
            target = self._pdf.add_blank_page(page_size=A4_POINTS)
            try:
                self._place_picture(target, image, index, data, page.rotation if page else 0)
            except Exception as error:  # noqa: BLE001 - a broken frame makes Pillow raise anything; its page stays blank
                log.warning("A frame of an image became a blank page: %s", type(error).__name__)
            self._lay_over(target, page, is_ours=True)

    def saved(self) -> bytes:
        for name, value in self._alphabet.font(self._pdf).items():
            self._font[name] = value
        if self._wish.is_archival:
            archive.mark(self._pdf)
        out = io.BytesIO()
        # Nothing is packed anew: the streams that the document brought along stay byte for byte.
        self._pdf.save(
            out, min_version="1.7", compress_streams=False, deterministic_id=True,
            stream_decode_level=pikepdf.StreamDecodeLevel.none, object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )  # fmt: skip
        return out.getvalue()

    def _place_picture(self, target: pikepdf.Page, image: ImageFile, index: int, data: mmap, rotation: int) -> None:
        frame = image.frame(index)
        orientation = int(frame.getexif().get(pictures.ORIENTATION, 1))
        picture = pictures.embed(self._pdf, frame, data, in_rgb=self._wish.is_archival)
        width, height = pictures.page_size(*frame.size, image.dpi)
        if (orientation >= 5) != (rotation in (90, 270)):
            width, height = height, width
        target.mediabox = Array([0, 0, round(width, 3), round(height, 3)])
        a, b, c, d, e, f = pictures.placement(orientation, rotation)
        matrix = (a * width, b * height, c * width, d * height, e * width, f * height)
        _resources(target, "XObject")["/" + PICTURE] = picture
        numbers = " ".join(f"{value:.3f}" for value in matrix)
        target.contents_add(packed(self._pdf, f"q {numbers} cm /{PICTURE} Do Q\n"))

    def _lay_over(self, target: pikepdf.Page, page: Page | None, *, is_ours: bool = False) -> None:
        if page and page.rotation and not is_ours:
            target.rotate(page.rotation, relative=True)
        sheet = Sheet.of(target, page)
        has_layer = page is not None and page.source != TEXT_LAYER
        lines = [runs_of(line) for line in page.lines] if page and has_layer else []
        below = operators(lines, self._alphabet, sheet.place, mode=HIDDEN if self._wish.is_hidden else VISIBLE)
        above = ""
        if lines and not self._wish.is_hidden:
            above += self._drawn(target, SHAPES, lines, sheet, page.language if page else "")
        if self._wish.watermark:
            mark = [_mark(self._wish.watermark, sheet)]
            above += operators(mark, self._alphabet, sheet.place, mode=VISIBLE)
            above += self._drawn(target, WATERMARK, mark, sheet)
        self._add(target, below, above, is_ours=is_ours)

    def _drawn(self, target: pikepdf.Page, name: str, lines: list[list[Run]], sheet: Sheet, language: str = "") -> str:
        form = self._shapes.draw(lines, sheet.place, language=language)
        if form is None:
            return ""
        _resources(target, "XObject")["/" + name] = self._pdf.make_indirect(form)
        return f"q /{name} Do Q\n"

    def _add(self, target: pikepdf.Page, below: str, above: str, *, is_ours: bool) -> None:
        if not below and not above:
            return
        _resources(target, "Font")["/" + NAME] = self._font
        if above:
            opening, closing = ("", "") if is_ours else _brackets(target)
            below, above = below + opening, closing + above
        if below:
            target.contents_add(packed(self._pdf, below), prepend=True)
        if above:
            target.contents_add(packed(self._pdf, "\n" + above))


def _opened(data: mmap) -> Pdf:
    PdfFile(data)  # what cannot be read is refused in the same words
    try:
        return pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError:
        raise EncryptedDocument from None
    except pikepdf.PdfError:
        raise DamagedDocument(
            "The PDF is damaged, so that no text can be laid over it. Export it again from its source."
        ) from None


def _resources(target: pikepdf.Page, kind: str) -> Object:
    """A sub-dictionary of the page's resources, made where it is missing."""
    if Name.Resources not in target.obj:
        # Inherited from a node of the page tree, which other pages share.
        target.obj.Resources = Dictionary(dict(target.resources.items())) if _inherits(target) else Dictionary()
    resources = target.obj.Resources
    if "/" + kind not in resources:
        resources["/" + kind] = Dictionary()
    return resources["/" + kind]


def _inherits(target: pikepdf.Page) -> bool:
    node, depth = target.obj.get("/Parent"), 0
    while node is not None and depth < MAX_TREE_DEPTH:
        if Name.Resources in node:
            return True
        node, depth = node.get("/Parent"), depth + 1
    return False


MAX_TREE_DEPTH = 50


def _brackets(target: pikepdf.Page) -> tuple[str, str]:
    """What to write around a page's content so that what follows stands on the bare page again.

    Programs leave states open, and close more than they opened.
    """
    depth = lowest = 0
    for instruction in pikepdf.parse_content_stream(target, "q Q"):
        depth += 1 if str(instruction.operator) == "q" else -1
        lowest = min(lowest, depth)
    return "q\n" * (1 - lowest), "\n" + "Q\n" * (depth - lowest + 1)


def _mark(text: str, sheet: Sheet) -> list[Run]:
    """The watermark, in the lower right corner of the page as it is seen."""
    width, height = sheet.width_px, sheet.height_px
    tall = max(MARK_SHARE * height, MARK_LEAST_PX)
    long = min(MARK_LETTER_WIDTH * tall * len(text), width * 0.9)
    right, foot = width - min(MARK_MARGIN * tall, width * 0.05), height - MARK_MARGIN * tall
    box = polygon_of(Box(right - long, foot - tall, right, foot))
    return runs_of(Line((Word(text, box, 1.0),), box))
