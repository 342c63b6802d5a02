"""A visitor without an account reads documents on the front page."""

import base64
import json
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from frontend.forms import SAMPLES_DIR
from tests.browser.accessible import violations
from tests.browser.conftest import PHONE, READING_MS, WIDE, fits, read_sample

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIT_BOX = "[data-picture] .over .is-lit"
DROP = """([name, type, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name, { type }));
  const init = { bubbles: true, cancelable: true };
  const event = KIND === "drop"
    ? new DragEvent("drop", { ...init, dataTransfer: files })
    : new ClipboardEvent("paste", { ...init, clipboardData: files });
  document.body.dispatchEvent(event);
}"""


def give(page: Page, kind: str, name: str, content: bytes, content_type: str = "image/png") -> None:
    """Drop or paste a file on the page, as the browser would report it."""
    page.evaluate(DROP.replace("KIND", json.dumps(kind)), [name, content_type, base64.b64encode(content).decode()])


def result_of(page: Page):
    result = page.locator("[data-result]")
    expect(result).to_be_visible(timeout=READING_MS)
    return result


def test_a_sample_shows_its_fields_and_text(page, look):
    page.goto("/")
    look(page, "front")

    read_sample(page, "invoice")

    expect(page.locator("[data-mark=field-total] dd").first).to_have_text("£930.42")
    look(page, "front-fields")
    assert violations(page) == []
    page.get_by_role("tab", name="Text").click()
    expect(page.locator("pre.text")).to_contain_text("Quayside Timber Works Ltd.")
    look(page, "front-text")
    assert violations(page) == []
    page.get_by_role("tab", name="As a call").click()
    look(page, "front-call")
    assert violations(page) == []


def test_pointing_at_a_field_lights_its_box(page, look):
    read_sample(page, "invoice")
    corners = page.locator("polygon[data-mark=field-total]").get_attribute("points")

    page.locator("div[data-mark=field-total]").hover()
    expect(page.locator(LIT_BOX)).to_have_attribute("points", corners)
    look(page, "front-field-lit")

    page.locator("h1").hover()
    expect(page.locator(LIT_BOX)).to_have_count(0)


def test_pointing_at_a_box_lights_its_word(page):
    read_sample(page, "invoice")
    page.get_by_role("tab", name="Text").click()

    page.locator("polygon.word").nth(3).hover()

    expect(page.locator("pre .word").nth(3)).to_have_class("word is-lit")
    expect(page.locator("pre .line").first).to_have_class("line is-lit")


def test_fields_and_lines_are_reached_with_the_keyboard(page):
    read_sample(page, "invoice")

    corners = page.locator("polygon[data-mark=field-total]").get_attribute("points")
    page.locator("div[data-mark=field-total]").focus()
    expect(page.locator(LIT_BOX)).to_have_attribute("points", corners)

    page.get_by_role("tab", name="Fields").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Text")).to_be_focused()
    page.locator("pre.text").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("pre .line").nth(1)).to_have_class("line is-lit")


def test_a_tilted_receipt_has_tilted_boxes(page, look):
    read_sample(page, "receipt")
    look(page, "front-receipt")

    points = page.locator("polygon.found").first.get_attribute("points").split()
    top_left, top_right = (tuple(map(float, point.split(","))) for point in points[:2])
    assert top_left[1] != top_right[1]


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_document_that_is_dropped_or_pasted_is_read_at_once(page, kind):
    page.goto("/")

    give(page, kind, "mine.png", (SAMPLES_DIR / "receipt.png").read_bytes())

    expect(result_of(page).get_by_role("heading", name="mine.png")).to_be_focused()


def test_a_document_that_is_chosen_is_read_at_once(page):
    page.goto("/")

    page.set_input_files("#id_file", SAMPLES_DIR / "receipt.png")

    expect(result_of(page)).to_contain_text("receipt.png")


def test_a_photo_is_taken_with_a_phone_and_read_at_once(window):
    page = window(viewport=PHONE, has_touch=True)
    page.goto("/")
    expect(page.get_by_text("Take a photo")).to_be_visible()

    page.locator("input[capture=environment]").set_input_files(SAMPLES_DIR / "receipt.png")

    expect(result_of(page)).to_contain_text("receipt.png")


def test_a_photo_larger_than_the_plan_takes_is_made_smaller(page):
    page.goto("/")
    photo = BytesIO()
    with Image.open(SAMPLES_DIR / "invoice.png") as sample:
        sample.convert("RGB").resize((1240, 1754)).save(photo, "BMP")

    give(page, "drop", "photo.bmp", photo.getvalue(), "image/bmp")

    expect(result_of(page).get_by_role("heading", name="photo.jpg")).to_be_visible()


def test_a_document_of_several_pages_has_a_tab_for_each(page, look):
    document = BytesIO()
    with Image.open(SAMPLES_DIR / "invoice.png") as first, Image.open(SAMPLES_DIR / "receipt.png") as second:
        first.convert("L").save(document, "PDF", save_all=True, append_images=[second.convert("L")])
    page.goto("/")

    give(page, "drop", "both.pdf", document.getvalue(), "application/pdf")

    result_of(page).get_by_role("tab", name="Page 2").click()
    expect(page.locator("#page-1-2 polygon.word").first).to_be_attached()
    expect(page.locator("#page-1-1")).to_be_hidden()
    look(page, "front-pages")


def test_a_long_name_does_not_widen_the_page(window, look):
    page = window(viewport=PHONE)
    page.goto("/")

    give(page, "drop", "n" * 200 + ".png", (SAMPLES_DIR / "receipt.png").read_bytes())

    result_of(page)
    look(page, "front-long-name-phone")
    assert fits(page)


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page, look):
    page.goto("/")

    give(page, "drop", "book.pdf", b"%PDF-1.7" + bytes(2_000_000), "application/pdf")

    expect(page.get_by_role("alert")).to_contain_text("larger than 1 MB")
    look(page, "front-too-large")


def test_what_is_no_picture_is_explained_in_place(page, look):
    page.goto("/")

    give(page, "drop", "notes.png", b"just some notes")

    expect(page.get_by_role("alert")).to_contain_text("The document was not read", timeout=READING_MS)
    look(page, "front-problem")


def test_a_lost_connection_is_told_and_the_document_can_be_sent_again(page):
    page.goto("/")
    page.route("**/read", lambda route: route.abort())
    page.set_input_files("#id_file", SAMPLES_DIR / "receipt.png")
    expect(page.get_by_role("alert")).to_contain_text("The connection was lost")

    page.unroute("**/read")
    page.get_by_role("button", name="Read", exact=True).click()

    expect(result_of(page)).to_contain_text("receipt.png")


def test_text_and_json_can_be_downloaded(page, tmp_path):
    read_sample(page, "receipt")

    with page.expect_download() as text:
        page.get_by_role("link", name="Download .txt").click()
    with page.expect_download() as whole:
        page.get_by_role("link", name="Download .json").click()

    assert text.value.suggested_filename == "receipt.txt"
    assert "26.47" in Path(text.value.path()).read_text()
    assert json.loads(Path(whole.value.path()).read_text())["file"] == "receipt.png"


def test_the_text_can_be_copied(window):
    page = window(permissions=["clipboard-read", "clipboard-write"])
    read_sample(page, "receipt")
    page.get_by_role("tab", name="Text").click()

    page.get_by_role("button", name="Copy text").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert "26.47" in page.evaluate("navigator.clipboard.readText()")


def test_everything_is_shown_without_script(window, look):
    page = window(java_script_enabled=False)
    page.goto("/")
    page.set_input_files("#id_file", SAMPLES_DIR / "invoice.png")

    page.get_by_role("button", name="Read", exact=True).click()

    expect(page.locator("dd", has_text="£930.42")).to_be_visible(timeout=READING_MS)
    expect(page.locator("pre.text")).to_contain_text("Quayside Timber Works Ltd.")
    expect(page.get_by_text("/parse/image").first).to_be_visible()
    look(page, "front-without-script")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("phone", {"viewport": PHONE, "has_touch": True, "device_scale_factor": 2}),
        ("dark", {"viewport": WIDE, "color_scheme": "dark"}),
    ],
)
def test_the_front_page_fits_phones_and_the_dark(window, look, name, options):
    page = window(**options)
    page.goto("/")
    look(page, f"front-{name}")

    read_sample(page, "invoice")

    look(page, f"front-fields-{name}")
    page.locator("div[data-mark=field-total]").scroll_into_view_if_needed()
    look(page, f"front-fields-{name}-scrolled", whole=False)
    assert fits(page)
    page.get_by_role("tab", name="As a call").click()
    look(page, f"front-call-{name}")
    assert fits(page)


def test_several_documents_are_queued_and_shown_as_tabs(page, look):
    page.goto("/")
    page.set_input_files("#id_file", [SAMPLES_DIR / "receipt.png", SAMPLES_DIR / "invoice.png", __file__])

    expect(page.locator("[data-queue] li")).to_have_count(3)
    expect(page.locator("[data-queue] .state", has_text="done")).to_have_count(2, timeout=2 * READING_MS)
    expect(page.locator("[data-queue] .state", has_text="not read")).to_have_count(1, timeout=READING_MS)
    look(page, "front-several")
    page.get_by_role("tab", name="invoice.png").click()
    expect(page.locator("#document-2 [data-mark=field-total] dd").first).to_have_text("£930.42")
    expect(page.locator("#document-1")).to_be_hidden()
    page.get_by_role("tab", name="test_front.py").click()
    expect(page.locator("#document-3").get_by_role("alert")).to_contain_text("was not read")
    assert page.evaluate(SAME_IDS) == []


# Ids that stand more than once on the page.
SAME_IDS = """() => [...document.querySelectorAll("[id]")].map(({ id }) => id)
  .filter((id, at, all) => all.indexOf(id) !== at)"""


def test_a_document_whose_connection_was_lost_is_tried_again_from_its_line(page):
    page.goto("/")
    page.route("**/read", lambda route: route.abort(), times=1)
    page.set_input_files("#id_file", [SAMPLES_DIR / "receipt.png", SAMPLES_DIR / "invoice.png"])
    expect(page.get_by_text("The connection was lost").first).to_be_visible()
    expect(page.locator("[data-queue] .state", has_text="done")).to_have_count(1, timeout=READING_MS)

    page.get_by_role("button", name="Try again").click()

    expect(page.locator("[data-queue] .state", has_text="done")).to_have_count(2, timeout=READING_MS)


def test_a_reading_can_be_cancelled(page):
    page.goto("/")
    page.route("**/read", lambda route: None)
    page.set_input_files("#id_file", SAMPLES_DIR / "receipt.png")

    page.get_by_role("button", name="Cancel: receipt.png").click()

    expect(page.locator("[data-queue] .state")).to_have_text("cancelled")
    expect(page.locator("[data-result], [data-problem]")).to_have_count(0)


def test_engines_stand_side_by_side(page, look):
    page.goto("/")
    page.get_by_text("All, side by side").click()
    page.get_by_role("button", name="Try the sample receipt").click()

    expect(page.locator(".sides pre")).to_have_count(3, timeout=2 * READING_MS)
    look(page, "front-engines")
    for text in page.locator(".sides pre").all():
        expect(text).to_contain_text("26.47")


def test_the_searchable_pdf_holds_the_text(page, tmp_path):
    page.goto("/")
    page.get_by_label("Make a searchable PDF, too").check()
    page.get_by_role("button", name="Try the sample receipt").click()

    with page.expect_download(timeout=READING_MS) as download:
        page.get_by_role("link", name="Download .pdf").click(timeout=READING_MS)

    assert download.value.suggested_filename.endswith(".pdf")
    download.value.save_as(tmp_path / "a.pdf")
    text = subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True).stdout
    assert "26.47" in text


def test_json_is_shown_and_the_picture_is_zoomed_and_dragged(page, look):
    read_sample(page, "receipt")
    page.get_by_role("tab", name="JSON").click()
    shown = json.loads(page.locator("pre.json").inner_text())
    assert shown["template"] == "receipt"

    sheet = page.locator("[data-picture] .sheet")
    width = sheet.bounding_box()["width"]
    for _ in range(3):
        page.get_by_role("button", name="Larger").click()
    assert sheet.bounding_box()["width"] > 1.9 * width
    pane = page.locator("[data-picture]")
    box = pane.bounding_box()
    top = max(box["y"], 0)
    before = pane.evaluate("(pane) => pane.scrollLeft")
    page.mouse.move(box["x"] + 200, top + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, top + 150)
    page.mouse.up()
    assert pane.evaluate("(pane) => pane.scrollLeft") == before + 50
    look(page, "front-zoomed")
    page.keyboard.press("0")
    assert sheet.bounding_box()["width"] == pytest.approx(width, abs=1)


def test_going_back_after_posting_without_script_shows_the_form_again(window):
    page = window(java_script_enabled=False)
    page.goto("/")
    page.set_input_files("#id_file", SAMPLES_DIR / "receipt.png")
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.locator("[data-result]")).to_be_visible(timeout=READING_MS)

    page.go_back()

    expect(page.get_by_role("button", name="Read", exact=True)).to_be_visible()
    assert page.url.endswith("/")
