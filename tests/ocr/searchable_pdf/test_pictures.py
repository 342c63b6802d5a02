"""An image in its PDF: the same bytes where PDF can hold them, the same pixels always."""

import io

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageOps

from ocr import images
from ocr.searchable_pdf.make import Wish, make
from tests import poison
from tests.ocr.searchable_pdf.papers import by_pdfium, checked, drawn, line, mapped, opened, page

KINDS = {"tiff": "TIFF", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP"}
PICTURES = [name for name in poison.GOOD if not name.startswith("pdf")]
LOSSY = {"webp"}


def made_of(data: bytes, kind: str, *pages, wish: Wish | None = None) -> bytes:
    return make(mapped(data), kind, pages or [None], wish or Wish(is_hidden=True))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def picture_in(pdf: bytes) -> pikepdf.Stream:
    return opened(pdf).pages[0].resources.XObject["/SpocrPicture"]


@pytest.mark.parametrize("name", PICTURES)
def test_every_kind_of_image_looks_in_the_pdf_as_it_is_read(name, tmp_path):
    data, kind = poison.GOOD[name](), KINDS[name.split("_")[0]]

    made = made_of(data, kind)

    read = images.ImageFile(mapped(data), kind).render(0, in_color=True).rgb
    height, width = read.shape[:2]
    shown = np.asarray(drawn(made, scale=width / page_points(made)[0]).resize((width, height))).astype(int)
    assert np.abs(shown - read).mean() < 3
    assert checked(made, tmp_path) == ""


def test_a_jpeg_is_embedded_as_it_is():
    data = poison.GOOD["jpeg_rgb"]()

    picture = picture_in(made_of(data, "JPEG"))

    assert picture.read_raw_bytes() == data
    assert picture.Filter == "/DCTDecode"


def test_a_png_keeps_its_stream():
    data = encoded(Image.effect_noise((300, 200), 60), "PNG")

    picture = picture_in(made_of(data, "PNG"))

    assert picture.read_raw_bytes() in data
    assert pikepdf.PdfImage(picture).as_pil_image().tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_a_fax_coded_tiff_keeps_its_strip():
    fax = Image.effect_noise((640, 480), 90).convert("1")
    data = encoded(fax, "TIFF", compression="group4", strip_size=1 << 30)

    picture = picture_in(made_of(data, "TIFF"))

    assert picture.Filter == "/CCITTFaxDecode"
    assert picture.read_raw_bytes() in data


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_deflate"}),
        ("TIFF", {}),
        ("BMP", {}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_what_pdf_has_no_filter_for_is_packed_again_without_loss(kind, options):
    colors = Image.merge("RGB", [Image.effect_noise((120, 80), 40 + 10 * n) for n in range(3)])
    data = encoded(colors, kind, **options)

    picture = pikepdf.PdfImage(picture_in(made_of(data, kind))).as_pil_image()

    assert picture.convert("RGB").tobytes() == colors.tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_that_a_camera_turned_stands_upright(orientation):
    picture = Image.new("RGB", (200, 100), "white")
    picture.paste("red", (0, 0, 40, 20))
    picture.paste("blue", (160, 80, 200, 100))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(picture, "JPEG", exif=exif, quality=95)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))

    made = made_of(data, "JPEG")

    shown = drawn(made, scale=upright.width / page_points(made)[0]).resize(upright.size)
    assert np.abs(np.asarray(shown).astype(int) - np.asarray(upright).astype(int)).mean() < 3


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_picture_that_the_engine_turned_stands_upright_with_its_words(rotation):
    picture = Image.new("L", (400, 200), 255)
    picture.paste(0, (0, 0, 80, 40))
    size = (200, 400) if rotation in (90, 270) else (400, 200)
    read = page(line("Word", left=20, top=60), size=size, rotation=rotation)

    made = made_of(encoded(picture, "PNG"), "PNG", read)

    upright = picture.rotate(-rotation, expand=True)
    shown = drawn(made, scale=size[0] / page_points(made)[0]).convert("L").resize(size)
    assert np.abs(np.asarray(shown).astype(int) - np.asarray(upright).astype(int)).mean() < 3
    assert by_pdfium(made).strip() == "Word"


def test_each_page_of_a_tiff_becomes_a_page():
    data = poison.GOOD["tiff_two_pages"]()

    made = made_of(data, "TIFF", page(line("One")), page(line("Two")))

    assert by_pdfium(made).split() == ["One", "Two"]


def test_a_broken_frame_is_a_blank_page_and_costs_no_other():
    good = encoded(Image.new("L", (200, 100), 0), "TIFF")
    frames = encoded(
        Image.new("L", (200, 100), 0), "TIFF", save_all=True, append_images=[Image.new("L", (200, 100), 0)],
        compression="tiff_lzw",
    )  # fmt: skip
    broken = bytearray(frames)
    second = Image.open(io.BytesIO(frames))
    second.seek(1)
    start = second.tag_v2[273][0]
    broken[start : start + 40] = b"\xff" * 40
    assert good

    made = opened(made_of(bytes(broken), "TIFF", page(line("One")), None))

    assert len(made.pages) == 2
    assert "/XObject" in made.pages[0].resources


def test_a_picture_without_resolution_is_no_longer_than_a_sheet_of_paper():
    width, height = page_points(made_of(encoded(Image.new("L", (3000, 4000), 255), "PNG"), "PNG"))

    assert (round(width), round(height)) == (631, 842)


def test_a_stated_resolution_sets_the_size_of_the_page():
    data = encoded(Image.new("L", (2480, 3508), 255), "PNG", dpi=(300, 300))

    assert [round(value) for value in page_points(made_of(data, "PNG"))] == [595, 842]


def page_points(pdf: bytes) -> tuple[float, float]:
    left, bottom, right, top = (float(value) for value in opened(pdf).pages[0].mediabox)
    return right - left, top - bottom
