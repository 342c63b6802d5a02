"""What the tests of searchable PDFs share: pages as read, documents around them, and readers of PDF."""

import io
import subprocess
from collections.abc import Iterable, Sequence
from mmap import mmap

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Dictionary, Name
from PIL import Image

from ocr.geometry import hull, polygon_of
from ocr.searchable_pdf.make import Wish, make
from ocr.types import Box, Line, Page, Word

WIDTH, HEIGHT = 1_000, 600
LETTER_PX = 20
# Characters that only say which way text runs.
DIRECTIONS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u200e\u200f"))


def mapped(data: bytes) -> mmap:
    memory = mmap(-1, len(data))
    memory.write(data)
    return memory


def line(*words: str, left: float = 80, top: float = 100, height: float = 30, glued: bool = False) -> Line:
    """Words side by side, 12 pixels apart, or touching."""
    placed = []
    for index, word in enumerate(words):
        right = left + len(word) * LETTER_PX
        placed.append(Word(word, polygon_of(Box(left, top, right, top + height)), 0.9, glued and index > 0))
        left = right + (0 if glued else 12)
    return line_of(placed)


def line_of(words: Sequence[Word]) -> Line:
    return Line(tuple(words), polygon_of(hull(word.box for word in words)))


def page(*lines: Line, size: tuple[int, int] = (WIDTH, HEIGHT), **changes: object) -> Page:
    return Page(1, *size, lines, **changes)


def blank(size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    out = io.BytesIO()
    Image.new("L", size, 255).save(out, "PNG", dpi=(200, 200))
    return out.getvalue()


def pdf_of(*pages: Page, wish: Wish | None = None) -> bytes:
    """The searchable PDF of blank paper."""
    (only,) = pages
    size = (only.width_px, only.height_px)
    return make(mapped(blank(size)), "PNG", [only], wish or Wish(is_hidden=True))


def over(pdf: bytes, *pages: Page | None, wish: Wish | None = None) -> bytes:
    return make(mapped(pdf), "PDF", list(pages), wish or Wish(is_hidden=True))


def by_poppler(pdf: bytes, *options: str) -> str:
    program = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return program.stdout.decode().translate(DIRECTIONS)


def by_pdfium(pdf: bytes) -> str:
    document = pdfium.PdfDocument(pdf)
    return "\n".join(sheet.get_textpage().get_text_bounded() for sheet in document).replace("\r\n", "\n")


def drawn(pdf: bytes, *, scale: float = 1.0, index: int = 0) -> Image.Image:
    return pdfium.PdfDocument(pdf)[index].render(scale=scale).to_pil().convert("RGB")


def checked(pdf: bytes, tmp_path) -> str:
    """What qpdf complains about; "" for nothing."""
    file = tmp_path / "checked.pdf"
    file.write_bytes(pdf)
    program = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=False)
    return "" if program.returncode == 0 else program.stdout + program.stderr


def opened(pdf: bytes) -> pikepdf.Pdf:
    _opened.append(pikepdf.Pdf.open(io.BytesIO(pdf)))
    return _opened[-1]


_opened: list[pikepdf.Pdf] = []  # objects of a PDF die with it


def image_streams(pdf: pikepdf.Pdf) -> list[bytes]:
    """The compressed bytes of every image, in no order."""
    return sorted(
        item.read_raw_bytes()
        for item in pdf.objects
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Image"
    )


def words_of(pages: Iterable[Page]) -> list[str]:
    return [word.text for sheet in pages for word in sheet.words]


def written(*texts: str, extra: bytes = b"", **resources: object) -> bytes:
    """A page that a program wrote, in Helvetica of 14 points."""
    pdf = pikepdf.Pdf.new()
    page = pdf.add_blank_page(page_size=(400, 300))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    page.obj.Resources = Dictionary(Font=Dictionary(F1=font), **resources)
    lines = b"".join(
        b"1 0 0 1 40 %d Tm (%s) Tj\n" % (250 - 30 * number, text.encode("cp1252")) for number, text in enumerate(texts)
    )
    page.Contents = pdf.make_stream(extra + b"BT /F1 14 Tf\n" + lines + b"ET")
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()
