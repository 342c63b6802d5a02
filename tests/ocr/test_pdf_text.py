"""A PDF's own text: taken where it is all that the page shows, and nowhere else."""

import io

import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from ocr import images, pdf_text, reading
from ocr.types import ENGINE, TEXT_LAYER
from tests import engines, poison
from tests.ocr.searchable_pdf.papers import line, mapped, opened, pdf_of, written
from tests.ocr.searchable_pdf.papers import page as page_read

SCALE = 96 / 72
TEXTS = ("Invoice 12345 of 4 May 2026", "Total amount due: 1,234.50 EUR", "Thank you for your order.")


def changed(data: bytes, before: bytes, after: bytes) -> bytes:
    pdf = opened(data)
    page = pdf.pages[0]
    page.Contents = pdf.make_stream(page.Contents.read_bytes().replace(before, after))
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def own_text(data: bytes) -> list[str] | None:
    lines = pdf_text.lines_of(images.PdfFile(mapped(data)).page(0), SCALE)
    return None if lines is None else [found.text for found in lines]


def test_a_page_that_a_program_wrote_is_taken_as_it_is():
    assert own_text(written(*TEXTS)) == list(TEXTS)


def test_words_lie_where_the_page_shows_them():
    lines = pdf_text.lines_of(images.PdfFile(mapped(written(*TEXTS))).page(0), SCALE)

    first = lines[0].words[0]
    # Base line at 250 of 300 points, capitals 10 points high.
    assert first.text == "Invoice"
    assert first.box == pytest.approx((55, 53, 112, 67), abs=2.5)
    assert first.confidence == 1.0


def test_rules_and_boxes_around_text_do_no_harm():
    assert own_text(written(*TEXTS, extra=b"0.9 g 20 180 360 100 re f 0 g 20 180 360 100 re S 20 230 m 380 230 l S\n"))


def test_text_that_nobody_sees_is_not_taken():
    assert own_text(changed(written(*TEXTS), b"BT /F1", b"BT 3 Tr /F1")) is None
    assert own_text(changed(written(*TEXTS), b"BT /F1", b"1 g BT /F1")) is None


def test_text_that_runs_aslant_is_not_taken():
    assert own_text(changed(written(*TEXTS), b"1 0 0 1 40 250", b"0.9 0.3 -0.3 0.9 40 200")) is None


def test_a_page_with_a_picture_is_drawn_and_read():
    noise = Image.effect_noise((100, 60), 90)
    pdf = opened(written(*TEXTS, extra=b"q 100 0 0 60 250 60 cm /Im0 Do Q\n"))
    picture = pdf.make_stream(noise.tobytes())
    picture.Type, picture.Subtype, picture.Width, picture.Height = Name.XObject, Name.Image, 100, 60
    picture.ColorSpace, picture.BitsPerComponent = Name.DeviceGray, 8
    pdf.pages[0].obj.Resources.XObject = Dictionary(Im0=picture)
    out = io.BytesIO()
    pdf.save(out)

    assert own_text(out.getvalue()) is None


def test_a_font_without_a_table_of_characters_is_not_believed():
    pdf = opened(written(*TEXTS))
    differences = Array([32, *(Name(f"/g{code}") for code in range(32, 127))])
    pdf.pages[0].obj.Resources.Font.F1.Encoding = Dictionary(Type=Name.Encoding, Differences=differences)
    out = io.BytesIO()
    pdf.save(out)

    assert own_text(out.getvalue()) != list(TEXTS)


def test_a_page_shown_turned_is_drawn_and_read():
    pdf = opened(written(*TEXTS))
    pdf.pages[0].obj.Rotate = 90
    out = io.BytesIO()
    pdf.save(out)

    assert own_text(out.getvalue()) is None


def test_our_own_hidden_layer_is_not_mistaken_for_print():
    assert own_text(pdf_of(page_read(line("Invoice", "12345", "Total", "amount", "due", "please")))) is None


def test_the_page_says_where_its_words_come_from():
    host = reading.engine_host()

    written_page = engines.read(host, written(*TEXTS)).page
    drawn_page = engines.read(host, poison.GOOD["pdf_scan"]()).page

    assert (written_page.source, written_page.text) == (TEXT_LAYER, "\n".join(TEXTS))
    assert (written_page.width_px, written_page.height_px) == (533, 400)
    assert drawn_page.source == ENGINE
    assert poison.TEXT in drawn_page.text
