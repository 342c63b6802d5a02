"""Open a stranger's file and turn its pages into pixels. Pure; runs in engine processes only.

The bytes themselves decide what a file is. Dimensions are checked before anything is
decoded, because a few kilobytes can unfold to gigabytes.
"""

import io
import itertools
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_ubyte
from dataclasses import dataclass
from functools import cached_property
from mmap import mmap
from typing import IO, Protocol, cast

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image, ImageOps
from pypdfium2 import raw as pdfium_raw

from accounts.errors import Invalid

RASTER_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
MAX_PIXELS = 50_000_000
MAX_SIDE_PX = 32_000  # Tesseract keeps coordinates in 16 bits.
MAX_JPEG_SCANS = 100  # Each scan of a progressive JPEG decodes the whole picture once more.
MAX_PDF_IMAGE_PIXELS = 600_000_000  # A plan of A0 size, scanned at 600 dpi in black and white.
# Each layer of Flate may unfold to a thousand times its size; no writer applies two.
DOUBLE_FLATE = re.compile(rb"/(?:FlateDecode|Fl)\s*/(?:FlateDecode|Fl)\b")
# Reads best and costs least (engine 1 on 6 pages, word F1 at 200, 250, 300: .945, .931, .942).
PDF_DPI = 200
PDF_WIRE_DPI = 96  # Parse API: boxes of PDF pages.
POINTS_AN_INCH = 72
PREVIEW_SIDE_PX = 1600
PREVIEW_QUALITY = 82

Pixels = NDArray[np.uint8]

# We check sizes ourselves and earlier.
Image.MAX_IMAGE_PIXELS = None


class UnreadableDocument(Invalid):
    """The file cannot be read as an image or a PDF."""

    code = "invalid_image"


class UnrecognizedType(UnreadableDocument):
    """The bytes are neither a supported image nor a PDF."""

    code = "unrecognized_type"
    message = "The file is not an image or PDF that can be read. Send PNG, JPEG, GIF, BMP, TIFF, WebP or PDF."


class DamagedDocument(UnreadableDocument):
    """The bytes begin like a supported file and then break."""

    code = "damaged"


class EncryptedDocument(UnreadableDocument):
    """The PDF asks for a password."""

    code = "encrypted"
    message = "The PDF is protected by a password. Save it without a password and send it again."


class TooManyPixels(UnreadableDocument):
    """The picture is larger than an engine can hold."""

    code = "too_many_pixels"


@dataclass(frozen=True)
class Raster:
    """The pixels of one page, upright after EXIF.

    Attributes:
        pixels: uint8, (height, width) grey or (height, width, 3) RGB.
        dpi: Dots an inch, 0 when the file does not say.
        width_px, height_px: Size of the page in wire coordinates (see `ocr.types`).
    """

    pixels: Pixels
    dpi: int
    width_px: int
    height_px: int

    @cached_property  # of a page in color, engine 3 asks for it six times
    def grey(self) -> Pixels:
        if self.pixels.ndim == 2:
            return self.pixels
        return np.asarray(Image.fromarray(self.pixels).convert("L"))

    @property
    def rgb(self) -> Pixels:
        if self.pixels.ndim == 3:
            return self.pixels
        return np.repeat(self.pixels[:, :, None], 3, axis=2)


class Document(Protocol):
    """An open file with pages."""

    def count(self, limit: int) -> int:
        """The number of pages, not counting further than `limit` + 1."""

    def render(self, index: int, *, in_color: bool) -> Raster:
        """Decode one page, 0-based. Grey is decoded directly where the format allows."""


def open_document(data: mmap, file_type: str = "", file_hint: str = "") -> Document:
    """Open a file.

    Args:
        data: The whole file, mapped copy-on-write.
        file_type: What the caller says it is (`PDF`, `PNG`, …); empty: the bytes decide.
        file_hint: What its name claims, tried where neither is known.

    Raises:
        UnrecognizedType, DamagedDocument, EncryptedDocument, TooManyPixels
    """
    kind = kind_of(data, file_type, file_hint)
    return PdfFile(data) if kind == "PDF" else ImageFile(data, kind)


def kind_of(data: mmap, file_type: str = "", file_hint: str = "") -> str:
    """The kind, PDF or one of RASTER_FORMATS; arguments and errors as `open_document`."""
    kind = file_type.upper() or sniff(data[:1024]) or file_hint.upper()
    kind = _ALIASES.get(kind, kind)
    if kind != "PDF" and kind not in RASTER_FORMATS:
        raise UnrecognizedType
    return kind


_ALIASES = {"JPG": "JPEG", "TIF": "TIFF"}
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
)


def sniff(head: bytes) -> str:
    """The format that the first kilobyte shows, or ""."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    # PDF readers accept junk before the header; the specification's annex says up to 1,024 bytes.
    return "PDF" if b"%PDF-" in head else ""


class ImageFile:
    """A raster image; every frame of a TIFF is a page, of other formats the first frame alone."""

    def __init__(self, data: mmap, kind: str) -> None:
        if kind == "JPEG" and _count(data, b"\xff\xda", MAX_JPEG_SCANS + 1) > MAX_JPEG_SCANS:
            raise DamagedDocument(
                f"The JPEG is split into more than {MAX_JPEG_SCANS} scans. Save it again as a plain JPEG."
            )
        self.kind = kind
        with _decoding(kind):
            data.seek(0)
            self._image = Image.open(cast(IO[bytes], data), formats=[kind])

    def count(self, limit: int) -> int:
        if self.kind != "TIFF":
            return 1
        for index in itertools.count(1):
            if index > limit:
                return index
            try:
                self._image.seek(index)
            except EOFError:
                return index
            except Exception:  # noqa: BLE001 - a broken chain of directories ends the pages, whatever it raises
                return index
        raise AssertionError("unreachable")

    def frame(self, index: int) -> Image.Image:
        """One page as Pillow opened it: of a size that may be decoded, not yet decoded."""
        with _decoding(self.kind):
            self._image.seek(index)
            _check_size(*self._image.size)
        return self._image

    @property
    def dpi(self) -> int:
        """What the present frame states, 0 when it does not."""
        return _dpi(self._image)

    def render(self, index: int, *, in_color: bool) -> Raster:
        self.frame(index)
        with _decoding(self.kind):
            if self.kind == "JPEG" and not in_color:
                self._image.draft("L", self._image.size)  # decodes the luminance alone
            self._image.load()
            upright = ImageOps.exif_transpose(self._image)
            pixels = np.asarray(_flat(upright, in_color=in_color))
        height, width = pixels.shape[:2]
        return Raster(pixels, self.dpi, width, height)


class PdfFile:
    """A PDF, rendered by PDFium."""

    def __init__(self, data: mmap) -> None:
        if DOUBLE_FLATE.search(data):
            raise DamagedDocument("The PDF packs its content twice, which hides its size. Export it again plainly.")
        buffer = (c_ubyte * len(data)).from_buffer(data)
        try:
            self._pdf = pdfium.PdfDocument(buffer)
        except pdfium.PdfiumError as error:
            if pdfium_raw.FPDF_GetLastError() == pdfium_raw.FPDF_ERR_PASSWORD or "password" in str(error).lower():
                raise EncryptedDocument from None
            raise DamagedDocument("The PDF is damaged and cannot be opened. Export it again from its source.") from None
        if len(self._pdf) == 0:
            raise DamagedDocument("The PDF has no pages. Export it again from its source.")

    def count(self, limit: int) -> int:
        return min(len(self._pdf), limit + 1)

    def page(self, index: int) -> pdfium.PdfPage:
        """One page, of a size that may be drawn.

        Raises:
            DamagedDocument, TooManyPixels
        """
        with _drawing(index):
            page = self._pdf[index]
            _pdf_dpi(*page.get_size())
            _check_images(page)
        return page

    def render(self, index: int, *, in_color: bool) -> Raster:
        page = self.page(index)
        with _drawing(index):
            width, height = page.get_size()
            dpi = _pdf_dpi(width, height)
            bitmap = page.render(
                scale=dpi / POINTS_AN_INCH, grayscale=not in_color, rev_byteorder=True, draw_annots=True
            )
        pixels = _bitmap_pixels(bitmap)
        return Raster(pixels, round(dpi), *wire_size(page))


def wire_size(page: pdfium.PdfPage) -> tuple[int, int]:
    """Width and height of a PDF page in wire coordinates."""
    wire = PDF_WIRE_DPI / POINTS_AN_INCH
    width, height = page.get_size()
    return max(round(width * wire), 1), max(round(height * wire), 1)


def preview_of(raster: Raster) -> bytes:
    """A JPEG of the page for display, at most 1,600 pixels on its longer side."""
    image = Image.fromarray(raster.pixels)
    image.thumbnail((PREVIEW_SIDE_PX, PREVIEW_SIDE_PX))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=PREVIEW_QUALITY)
    return out.getvalue()


def turned(raster: Raster, degrees: int) -> Raster:
    """The page turned clockwise by 0, 90, 180 or 270 degrees."""
    if degrees == 0:
        return raster
    pixels = np.ascontiguousarray(np.rot90(raster.pixels, -degrees // 90))
    swaps = degrees in (90, 270)
    width, height = (raster.height_px, raster.width_px) if swaps else (raster.width_px, raster.height_px)
    return Raster(pixels, raster.dpi, width, height)


@contextmanager
def _decoding(kind: str) -> Iterator[None]:
    """Turn whatever a decoder throws at hostile bytes into one error with a sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (Invalid, MemoryError):  # the second is our limit, not their damage
        raise
    except Exception as error:
        # Pillow's plugins raise OSError, SyntaxError, ValueError, struct.error, KeyError,
        # ZeroDivisionError and more on broken input.
        raise DamagedDocument(
            f"The {kind} file is damaged or cut off and cannot be decoded. Save or scan it again."
        ) from error


@contextmanager
def _drawing(index: int) -> Iterator[None]:
    try:
        yield
    except pdfium.PdfiumError:
        raise DamagedDocument(
            f"Page {index + 1} of the PDF is damaged and cannot be drawn. Export the PDF again."
        ) from None


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise DamagedDocument("The image has no pixels. Save or scan it again.")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise TooManyPixels(
            f"The image is {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million pixels and "
            f"{MAX_SIDE_PX:,} on a side are read. Scan at 300 dpi or less, or cut it into parts."
        )


def _flat(image: Image.Image, *, in_color: bool) -> Image.Image:
    """8-bit grey or RGB on white, from any of Pillow's modes."""
    if image.mode.startswith("I") or image.mode == "F":
        image = _from_deep(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    if in_color and image.mode not in ("1", "L"):
        return image.convert("RGB")
    return image.convert("L")


def _from_deep(image: Image.Image) -> Image.Image:
    """8 bits from 16-bit, 32-bit or floating point grey, stretched over the range in use."""
    values = np.asarray(image).astype(np.float32)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    lowest, highest = float(values.min()), float(values.max())
    if lowest >= 0 and highest <= 255:
        return Image.fromarray(values.astype(np.uint8))
    if lowest >= 0 and highest <= 65_535 and image.mode != "F":
        return Image.fromarray((values / 257).astype(np.uint8))
    return Image.fromarray(((values - lowest) * (255 / max(highest - lowest, 1e-6))).astype(np.uint8))


def _dpi(image: Image.Image) -> int:
    """The resolution that the file states, where it is believable for a page."""
    try:
        dpi = round(float(image.info.get("dpi", (0, 0))[0]))
    except (TypeError, ValueError, IndexError, OverflowError, ZeroDivisionError):
        return 0
    return dpi if 100 <= dpi <= 1200 else 0


def _pdf_dpi(width_points: float, height_points: float) -> float:
    """200, or less where a huge page would pass the pixel limit.

    Raises:
        DamagedDocument: The page has no area.
        TooManyPixels: The page is so large that not even one pixel a point is left.
    """
    if width_points < 1 or height_points < 1:
        raise DamagedDocument("A page of the PDF has no area. Export the PDF again.")
    if width_points * height_points > MAX_PIXELS:
        raise TooManyPixels(
            f"A page of the PDF is {round(width_points)} x {round(height_points)} points; at most "
            f"{MAX_PIXELS // 1_000_000} million square points are read. Print it to a smaller page size."
        )
    inches = width_points * height_points / POINTS_AN_INCH**2
    longest = max(width_points, height_points) / POINTS_AN_INCH
    return min(PDF_DPI, math.sqrt(PDF_MAX_PIXELS / inches), MAX_SIDE_PX / longest)


def _check_images(page: pdfium.PdfPage) -> None:
    """Raise `TooManyPixels` for a page with an image that would take long to unpack."""
    for image in itertools.islice(page.get_objects([pdfium_raw.FPDF_PAGEOBJ_IMAGE]), MAX_IMAGES_CHECKED):
        width, height = image.get_px_size()
        if width * height > MAX_PDF_IMAGE_PIXELS:
            raise TooManyPixels(
                f"The PDF holds an image of {width} x {height} pixels; at most "
                f"{MAX_PDF_IMAGE_PIXELS // 1_000_000} million are read. Scan at 300 dpi or less."
            )


MAX_IMAGES_CHECKED = 100
# An A3 page at 200 dpi has 8 million; beyond that print is larger, not more.
PDF_MAX_PIXELS = 20_000_000


def _bitmap_pixels(bitmap: pdfium.PdfBitmap) -> Pixels:
    array = bitmap.to_numpy()
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim == 3 and array.shape[2] == 4:
        array = array[:, :, :3]
    return np.ascontiguousarray(array)


def _count(data: mmap, needle: bytes, limit: int) -> int:
    """Occurrences of `needle`, not counting further than `limit`."""
    found, at = 0, data.find(needle, 0)
    while at != -1 and found < limit:
        found, at = found + 1, data.find(needle, at + len(needle))
    return found
