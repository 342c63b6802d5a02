"""The poison corpus is what it promises: else a decoder that survives it proves nothing."""

import io
import time
import zlib

import pypdfium2
import pytest
from PIL import Image, ImageOps, UnidentifiedImageError

from tests import poison
from tests.poison import CASES, GOOD, PASSWORD, TEXT

LARGEST_BYTES = {
    "png_20000x20000": 500_000,
    "png_13000x13000": 200_000,
    "png_50000x50000_1bit": 400_000,
    "png_60000x60000_few_kb": 3_000,
    "pdf_huge_page": 1_000,
    "pdf_double_flate_500mb": 2_000,
    "pdf_900mpx_image": 150_000,
    "pdf_same_page_100000_times": 700_000,
    "pdf_two_million_q": 10_000,
    "tiff_20000_ifds": 2_400_000,
    "jpeg_300_scans": 100_000,
    "gif_20000_frames": 500_000,
}
NOT_IMAGES = ["text_file_list", "text_url", "html", "svg_script", "zip_file", "zero_bytes"]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def text_of(data: bytes, password: str | None = None) -> list[str]:
    """The first line on each page of a PDF."""
    with pypdfium2.PdfDocument(data, password=password) as document:
        texts = [document[index].get_textpage().get_text_range() for index in range(len(document))]
    return [text.splitlines()[0] for text in texts]


@pytest.mark.parametrize("name", [*CASES, *GOOD])
def test_every_input_is_made_quickly_and_always_the_same(name):
    make = {**CASES, **GOOD}[name]
    started = time.process_time()

    data = make()

    assert time.process_time() - started < 2
    assert len(data) <= LARGEST_BYTES.get(name, 1_250_000)
    assert name == "zip_file" or data == make()


def test_a_repeated_stream_unpacks_to_what_it_says():
    data = poison.deflated(b"abc", 1_000, b"end")

    assert zlib.decompress(data) == b"abc" * 1_000 + b"end"


def test_a_small_png_of_the_same_make_is_valid():
    with opened(poison.png(70, 30, depth_bits=1)) as image:
        image.load()

    assert (image.size, image.getextrema()) == ((70, 30), (0, 0))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("png_")])
def test_a_png_bomb_states_its_size(name, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    side = int(name.split("_")[1].split("x")[0])

    with opened(CASES[name]()) as image:
        assert image.size == (side, side)


def test_a_tiff_and_a_gif_hold_their_frames():
    for data, frames in ((poison.tiff(30), 30), (CASES["gif_20000_frames"](), 20_000)):
        with opened(data) as image:
            assert image.n_frames == frames


def test_a_tiff_can_point_back_at_its_first_page():
    data = CASES["tiff_ifd_loop"]()

    assert data.endswith(b"\x08\x00\x00\x00")


def test_a_jpeg_repeats_its_last_scan():
    data = CASES["jpeg_300_scans"]()

    assert data.count(b"\xff\xda") >= 300
    assert opened(data).size == (4_000, 4_000)


@pytest.mark.parametrize("name", NOT_IMAGES)
def test_what_is_not_an_image_is_none_for_pillow(name):
    with pytest.raises(UnidentifiedImageError):
        opened(CASES[name]())


def test_a_file_list_names_the_given_file():
    assert poison.text_file_list("a/b.png") == b"a/b.png\na/b.png\n"


@pytest.mark.parametrize("name", ["truncated_jpeg", "truncated_png", "truncated_tiff"])
def test_a_truncated_image_opens_and_does_not_load(name):
    with opened(CASES[name]()) as image, pytest.raises((OSError, SyntaxError)):
        image.load()


@pytest.mark.parametrize(
    "name",
    [
        "pdf_xref_loop",
        "pdf_count_lie",
        "pdf_javascript",
        "pdf_embedded_file",
        "pdf_1000_layers",
        "polyglot_pdf_html",
    ],
)
def test_an_odd_pdf_still_shows_its_text(name):
    assert text_of(CASES[name]()) == [TEXT]


def test_an_encrypted_pdf_opens_only_with_its_password():
    data = CASES["pdf_encrypted"]()

    assert text_of(data, PASSWORD) == [TEXT]
    with pytest.raises(pypdfium2.PdfiumError, match="password"):
        text_of(data)


def test_the_bombs_among_the_pdfs_claim_their_size():
    with pypdfium2.PdfDocument(CASES["pdf_huge_page"]()) as document:
        assert document.get_page_size(0) == (14_400, 14_400)
    with pypdfium2.PdfDocument(CASES["pdf_same_page_100000_times"]()) as document:
        assert len(document) == 100_000


@pytest.mark.parametrize("percent", range(10, 100, 10))
def test_a_truncated_pdf_is_cut_where_it_says(percent):
    whole = poison.pdf_two_pages()

    assert whole.startswith(CASES[f"pdf_truncated_{percent}"]())
    assert len(CASES[f"pdf_truncated_{percent}"]()) == len(whole) * percent // 100


@pytest.mark.parametrize("name", [name for name in GOOD if not name.startswith("pdf")])
def test_a_good_image_shows_black_text_on_white(name):
    with opened(GOOD[name]()) as image:
        upright = ImageOps.exif_transpose(image)
        levels = shown_on_white(upright)

    assert upright.size == (1_000, 400)
    dark_share = sum(levels.histogram()[:128]) / (1_000 * 400)
    assert 0.01 < dark_share < 0.2


def shown_on_white(image: Image.Image) -> Image.Image:
    """The image in grey, as a viewer with a white ground shows it."""
    if image.mode == "I;16":
        return image.convert("I").point(lambda level: level * (1 / 257)).convert("L")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("L")


def test_good_pdfs_and_tiffs_have_the_pages_they_promise():
    assert text_of(GOOD["pdf_two_pages"]()) == [TEXT, TEXT]
    with pypdfium2.PdfDocument(GOOD["pdf_scan"]()) as document:
        assert min(document[0].render().to_pil().convert("L").getextrema()) < 50
    with opened(GOOD["tiff_two_pages"]()) as image:
        assert image.n_frames == 2
