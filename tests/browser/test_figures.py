"""What the front page costs: bytes of the first load, and work for each move and zoom over a page of 2,000 words."""

import gzip
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import CDPSession, Page, Response, expect

from ocr import reading
from ocr.types import Line, Point, Polygon, Word
from ocr.types import Page as ReadPage
from tests.browser.conftest import READING_MS
from tests.frontend.conftest import FakeReading

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAX_FIRST_LOAD_BYTES = 150_000
WORDS, COLUMNS, STEPS = 2000, 20, 100
SIZE_PX = (1240, 1754)
FRAME_MILLISECONDS = 1000 / 60
LIT_BOX = "[data-picture] .over .is-lit"
# Moves a pointer over words, from one to the next in each frame.
MOVE = """async ([over, steps]) => {
  const words = [...document.querySelectorAll(over)];
  for (let step = 0; step < steps; step++) {
    const word = words[Math.floor((step * words.length) / steps)];
    word.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
    await new Promise(requestAnimationFrame);
  }
}"""
# Turns the wheel with Ctrl held, in and out again.
ZOOM = """async ([over, steps]) => {
  const pane = document.querySelector(over);
  for (let step = 0; step < steps; step++) {
    const deltaY = step % 10 < 5 ? -1 : 1;
    pane.dispatchEvent(new WheelEvent("wheel", { bubbles: true, cancelable: true, ctrlKey: true, deltaY }));
    await new Promise(requestAnimationFrame);
  }
}"""


def test_the_first_load_is_light(page):
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/")
    page.wait_for_load_state("networkidle")

    sizes = {answer.url: sent_bytes(answer) for answer in answers}

    print(f"\nfirst load: {sum(sizes.values()):,} bytes in {len(sizes)} answers")  # noqa: T201 - a figure to read
    assert len(sizes) > 8
    assert sum(sizes.values()) <= MAX_FIRST_LOAD_BYTES, sizes


def sent_bytes(answer: Response) -> int:
    """As the portal sends them: static texts packed, pages and pictures as they are."""
    body = answer.body()
    return len(gzip.compress(body)) if answer.url.endswith((".css", ".js", ".svg")) else len(body)


def test_the_viewer_keeps_up_with_the_pointer_over_two_thousand_words(page: Page, monkeypatch):
    show_words(page, monkeypatch)

    over_text = work_a_step(page, MOVE, "[data-lines] .word")
    expect(page.locator(LIT_BOX)).to_have_count(2)  # the word and the edge of its line
    over_boxes = work_a_step(page, MOVE, "polygon.word")
    expect(page.locator("[data-lines] .word.is-lit")).to_have_count(1)
    zooming = work_a_step(page, ZOOM, "[data-picture]")

    print(f"\n{WORDS} words, ms of work: {over_text:.1f} a word, {over_boxes:.1f} a box, {zooming:.1f} a step of zoom")  # noqa: T201
    assert max(over_text, over_boxes, zooming) < FRAME_MILLISECONDS


def show_words(page: Page, monkeypatch) -> None:
    """A page full of words, a little tilted, every ninth unsure, with its text beside it."""
    lines = tuple(line_of(row) for row in range(WORDS // COLUMNS))
    preview = BytesIO()
    Image.new("L", SIZE_PX, 255).save(preview, "JPEG")
    fake = FakeReading()
    fake.pages = [reading.ReadPage(ReadPage(1, *SIZE_PX, lines), preview=preview.getvalue())]
    monkeypatch.setattr(reading, "read", fake)
    page.goto("/")
    page.get_by_label("Document", exact=True).select_option("text")
    page.get_by_role("button", name="Try the sample receipt").click()
    expect(page.locator("[data-lines] .word")).to_have_count(WORDS, timeout=READING_MS)


def line_of(row: int) -> Line:
    words = tuple(
        Word(f"w{row}x{column}", tilted(80 + 54 * column, 60 + 16 * row, 46), 0.97 if (row + column) % 9 else 0.5)
        for column in range(COLUMNS)
    )
    return Line(words, tilted(80, 60 + 16 * row, 54 * COLUMNS))


def tilted(left: float, top: float, width: float) -> Polygon:
    rise = 0.01 * width
    return Polygon(
        Point(left, top), Point(left + width, top - rise), Point(left + width, top + 13 - rise), Point(left, top + 13)
    )


def work_a_step(page: Page, script: str, over: str) -> float:
    """Milliseconds of the page's own thread for each step: scripts, styles, layout and paint."""
    debugger = page.context.new_cdp_session(page)
    # Processor time: on a busy machine the clock would tell of the neighbours.
    debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = work_of(debugger)
    page.evaluate(script, [over, STEPS])
    return (work_of(debugger) - before) / STEPS * 1000


def work_of(debugger: CDPSession) -> float:
    """Seconds of everything that the page has done so far."""
    metrics = {metric["name"]: metric["value"] for metric in debugger.send("Performance.getMetrics")["metrics"]}
    return metrics["TaskDuration"]
