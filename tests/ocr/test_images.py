"""Strangers' files become pixels: every good format upright and dark on white, every bomb refused before it unfolds."""

import io
import mmap
import time

import numpy as np
import pytest
from PIL import Image

from ocr import images
from ocr.images import (
    DamagedDocument,
    EncryptedDocument,
    Raster,
    TooManyPixels,
    UnreadableDocument,
    UnrecognizedType,
)
from tests import poison
from tests.poison import CASES, GOOD

# What a hostile file is called. The others are odd but lawful: they have a page to show.
REFUSED = {
    "png_20000x20000": TooManyPixels,
    "png_13000x13000": TooManyPixels,
    "png_50000x50000_1bit": TooManyPixels,
    "png_60000x60000_few_kb": TooManyPixels,
    "pdf_huge_page": TooManyPixels,
    "pdf_double_flate_500mb": DamagedDocument,
    "pdf_900mpx_image": TooManyPixels,
    **{f"pdf_truncated_{tenth}0": DamagedDocument for tenth in range(1, 10)},
    "pdf_encrypted": EncryptedDocument,
    "tiff_2gb_strip_count": DamagedDocument,
    "jpeg_300_scans": DamagedDocument,
    "text_file_list": UnrecognizedType,
    "text_url": UnrecognizedType,
    "html": UnrecognizedType,
    "svg_script": UnrecognizedType,
    "eps": UnrecognizedType,
    "zip_file": UnrecognizedType,
    "one_byte": UnrecognizedType,
    "truncated_jpeg": DamagedDocument,
    "truncated_png": DamagedDocument,
    "truncated_tiff": DamagedDocument,
}
LAWFUL = sorted(set(CASES) - set(REFUSED) - {"zero_bytes"})  # no bytes: refused before a process is asked
LIMIT = 3  # pages


def opened(data: bytes, file_type: str = "", file_hint: str = "") -> images.Document:
    memory = mmap.mmap(-1, len(data))
    memory.write(data)
    return images.open_document(memory, file_type, file_hint)


def first_page(data: bytes, *, in_color: bool = False) -> Raster:
    return opened(data).render(0, in_color=in_color)


def png(image: Image.Image, **options: object) -> bytes:
    return poison.encoded(image, "PNG", **options)


def ink_of(raster: Raster) -> tuple[float, ...]:
    """The hull of the dark pixels, as shares of the page: left, top, right, bottom."""
    rows, columns = np.nonzero(raster.grey < 128)
    height, width = raster.grey.shape
    return columns.min() / width, rows.min() / height, columns.max() / width, rows.max() / height


DRAWN = ink_of(Raster(np.asarray(poison.drawing()), 0, 1, 1))


@pytest.mark.parametrize("in_color", [False, True], ids=["grey", "colour"])
@pytest.mark.parametrize("name", [name for name in GOOD if not name.startswith(("pdf", "tiff_two"))])
def test_every_format_shows_the_drawing_upright_and_dark_on_white(name, in_color):
    raster = first_page(GOOD[name](), in_color=in_color)

    assert (raster.width_px, raster.height_px) == (1_000, 400)
    assert raster.pixels.dtype == np.uint8
    assert raster.grey[0, 0] > 250
    assert ink_of(raster) == pytest.approx(DRAWN, abs=0.004)
    assert raster.rgb.shape == (400, 1_000, 3)


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_exif_orientation_stands_upright(turn):
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions that undo it
    exif = Image.Exif()
    exif[0x0112] = turn
    stored = poison.drawing() if turn == 1 else poison.drawing().transpose(Image.Transpose(back[turn]))

    raster = first_page(poison.encoded(stored, "JPEG", exif=exif))

    assert (raster.width_px, raster.height_px) == (1_000, 400)
    assert ink_of(raster) == pytest.approx(DRAWN, abs=0.004)


def test_transparency_lies_on_white():
    clear = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    half = Image.new("RGBA", (10, 10), (0, 0, 0, 128))

    assert first_page(png(clear), in_color=True).pixels.min() == 255
    assert first_page(png(half)).pixels[0, 0] == pytest.approx(127, abs=1)


def test_a_transparent_palette_colour_lies_on_white():
    image = Image.new("P", (10, 10), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])

    assert first_page(png(image, transparency=0)).pixels.min() == 255


def test_sixteen_bits_are_scaled_and_not_cut():
    levels = np.array([[0, 20_000, 65_535]], np.uint16).repeat(4, axis=0)

    assert first_page(png(Image.fromarray(levels))).pixels[0].tolist() == [0, 77, 255]


def test_floating_point_grey_is_stretched_over_the_range_in_use():
    levels = np.array([[-1.0, 0.0, np.nan, 1.0]], np.float32)

    data = poison.encoded(Image.fromarray(levels), "TIFF")

    assert first_page(data).pixels[0].tolist() == [0, 127, 127, 255]


def test_cmyk_keeps_its_colours():
    paper_and_ink = Image.new("CMYK", (2, 1), (0, 0, 0, 0))
    paper_and_ink.putpixel((1, 0), (0, 0, 0, 255))

    pixels = first_page(poison.encoded(paper_and_ink, "TIFF"), in_color=True).pixels

    assert pixels.tolist() == [[[255, 255, 255], [0, 0, 0]]]


@pytest.mark.parametrize(("stated", "believed"), [(300, 300), (72, 0), (96, 0), (200, 200), (4_800, 0)])
def test_a_resolution_is_believed_where_a_page_may_have_it(stated, believed):
    assert first_page(png(poison.drawing(), dpi=(stated, stated))).dpi == believed


def test_an_image_without_a_resolution_has_none():
    assert first_page(png(poison.drawing())).dpi == 0


@pytest.mark.parametrize(
    ("name", "pages"),
    [("tiff_two_pages", 2), ("pdf_two_pages", 2), ("pdf_scan", 1), ("gif", 1), ("png_rgb", 1)],
)
def test_pages_are_counted(name, pages):
    assert opened(GOOD[name]()).count(LIMIT) == pages


@pytest.mark.parametrize("name", ["tiff_20000_ifds", "pdf_same_page_100000_times", "pdf_count_lie"])
def test_pages_are_counted_no_further_than_one_past_the_limit(name):
    assert opened(CASES[name]()).count(LIMIT) <= LIMIT + 1


@pytest.mark.parametrize("name", ["tiff_two_pages", "pdf_two_pages"])
def test_pages_come_in_order(name):
    document = opened(GOOD[name]())

    first, second = (document.render(index, in_color=False).pixels for index in (0, 1))

    assert not np.array_equal(first, second)
    assert np.array_equal(document.render(0, in_color=False).pixels, first)


def test_a_pdf_is_drawn_at_200_dpi_and_measured_at_96():
    raster = first_page(GOOD["pdf_two_pages"]())

    assert raster.pixels.shape == (2_200, 1_700)
    assert (raster.dpi, raster.width_px, raster.height_px) == (200, 816, 1_056)


def test_a_large_page_of_a_pdf_is_drawn_smaller():
    page = poison.one_page(poison.pdf_stream(poison.pdf_text()))
    page[2] = page[2].replace(b"[0 0 612 792]", b"[0 0 5000 5000]")

    raster = first_page(poison.pdf(page))

    assert raster.pixels.size == pytest.approx(images.PDF_MAX_PIXELS, rel=0.01)
    assert (raster.width_px, raster.height_px) == (6_667, 6_667)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_page_is_turned_clockwise(degrees):
    raster = Raster(np.array([[0, 1, 2]], np.uint8), 300, 30, 10)

    turned = images.turned(raster, degrees)

    assert (
        turned.pixels.tolist() == {0: [[0, 1, 2]], 90: [[0], [1], [2]], 180: [[2, 1, 0]], 270: [[2], [1], [0]]}[degrees]
    )
    assert (turned.width_px, turned.height_px) == ((30, 10) if degrees in (0, 180) else (10, 30))


def test_a_preview_is_a_jpeg_of_at_most_1600_pixels():
    preview = Image.open(io.BytesIO(images.preview_of(Raster(np.full((100, 4_000), 255, np.uint8), 0, 4_000, 100))))

    assert (preview.format, preview.size) == ("JPEG", (1_600, 40))


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_within_a_second(name):
    data = CASES[name]()
    started = time.process_time()

    with pytest.raises(REFUSED[name]) as refusal:
        first_page(data)

    assert type(refusal.value) is REFUSED[name]
    assert time.process_time() - started < 1


@pytest.mark.parametrize("name", LAWFUL)
def test_an_odd_file_shows_its_first_page_within_a_second(name):
    data = CASES[name]()
    started = time.process_time()

    raster = first_page(data)

    assert raster.pixels.size <= images.MAX_PIXELS
    assert time.process_time() - started < 1


@pytest.mark.parametrize("tenth", range(1, 10))
@pytest.mark.parametrize("name", ["jpeg_rgb", "png_rgb", "gif", "bmp", "webp", "tiff_two_pages", "pdf_scan"])
def test_a_file_that_breaks_off_is_refused_or_shown_and_never_more(name, tenth):
    whole = GOOD[name]()

    try:
        raster = first_page(whole[: len(whole) * tenth // 10])
    except UnreadableDocument as refusal:
        assert str(refusal).endswith(".")
    else:
        assert raster.pixels.ndim == 2


def test_the_bytes_decide_what_a_file_is():
    assert isinstance(opened(GOOD["jpeg_rgb"](), file_hint="PDF"), images.ImageFile)
    assert isinstance(opened(GOOD["pdf_scan"](), file_hint="PNG"), images.PdfFile)


def test_the_caller_may_insist_on_a_type():
    with pytest.raises(DamagedDocument):
        opened(GOOD["jpeg_rgb"](), file_type="PNG")


def test_a_name_helps_only_where_the_bytes_show_nothing():
    with pytest.raises(UnrecognizedType):
        opened(b"hello")
    with pytest.raises(DamagedDocument):
        opened(b"hello", file_hint="PNG")


def test_junk_before_a_pdf_is_skipped():
    assert first_page(CASES["polyglot_pdf_html"]()).width_px == 816


def test_only_the_formats_of_the_contract_are_ever_decoded():
    for file_format in ("PPM", "TGA", "PCX", "ICO", "SGI", "JPEG2000"):
        with pytest.raises(UnrecognizedType):
            opened(poison.encoded(poison.drawing().convert("RGB"), file_format), file_hint=file_format)
