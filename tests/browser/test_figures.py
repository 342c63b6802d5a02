"""What the front page costs: bytes of the first load, and time for each move over a page of 2,000 words."""

import gzip
import statistics

import pytest
from playwright.sync_api import Page, Response, expect

from ocr import reading
from tests.frontend.conftest import FakeReading, page_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAX_FIRST_LOAD_BYTES = 150_000
WORDS, MOVES = 2000, 120
FRAME_MILLISECONDS = 1000 / 60
# Moves a pointer over words and gives the time from each move until the next frame could be drawn, and what
# the handlers, style and layout of each move took by themselves.
MOVE = """async (moves) => {
  const words = [...document.querySelectorAll("[data-lines] .word")];
  const frames = [], work = [];
  let before = await new Promise(requestAnimationFrame);
  for (let number = 0; number < moves; number++) {
    const word = words[Math.floor((number * words.length) / moves)];
    const began = performance.now();
    word.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
    document.body.getBoundingClientRect();
    work.push(performance.now() - began);
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  return [frames, work];
}"""


def test_the_first_load_is_light(page):
    answers: list[Response] = []
    page.on("response", answers.append)
    page.goto("/")
    page.wait_for_load_state("networkidle")

    sizes = {answer.url: sent_bytes(answer) for answer in answers}

    print(f"\nfirst load: {sum(sizes.values()):,} bytes in {len(sizes)} answers")
    assert len(sizes) > 8
    assert sum(sizes.values()) <= MAX_FIRST_LOAD_BYTES, sizes


def sent_bytes(answer: Response) -> int:
    """As the portal sends them: static texts packed, pages and pictures as they are."""
    body = answer.body()
    return len(gzip.compress(body)) if answer.url.endswith((".css", ".js", ".svg")) else len(body)


def test_the_viewer_keeps_up_with_the_pointer_over_two_thousand_words(page: Page, monkeypatch):
    lines = [" ".join(f"w{row}x{column}" for column in range(20)) for row in range(WORDS // 20)]
    fake = FakeReading()
    fake.pages = [reading.ReadPage(page_of(*lines))]
    monkeypatch.setattr(reading, "read", fake)
    page.goto("/")
    page.get_by_label("Document", exact=True).select_option("text")
    page.get_by_role("button", name="Try the sample receipt").click()
    expect(page.locator("[data-lines] .word")).to_have_count(WORDS)

    frames, work = page.evaluate(MOVE, MOVES)

    long = sum(frame > 1.5 * FRAME_MILLISECONDS for frame in frames)
    middle = statistics.median(work)
    print(f"\n{WORDS} words: {middle:.1f} ms of work a move, {long} of {MOVES} frames long")
    expect(page.locator("polygon.word.is-lit")).to_have_count(1)
    assert middle < FRAME_MILLISECONDS
