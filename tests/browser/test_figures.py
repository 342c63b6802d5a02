"""What the front page costs: bytes of the first load, and time for each move over a page of 2,000 words."""

import gzip

import pytest
from playwright.sync_api import CDPSession, Page, Response, expect

from ocr import reading
from tests.browser.conftest import READING_MS
from tests.frontend.conftest import FakeReading, page_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAX_FIRST_LOAD_BYTES = 150_000
WORDS, MOVES = 2000, 120
FRAME_MILLISECONDS = 1000 / 60
# Moves a pointer over words, one each frame; gives the time of each frame.
MOVE = """async (moves) => {
  const words = [...document.querySelectorAll("[data-lines] .word")];
  const frames = [];
  let before = await new Promise(requestAnimationFrame);
  for (let number = 0; number < moves; number++) {
    const word = words[Math.floor((number * words.length) / moves)];
    word.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  return frames;
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
    lines = [" ".join(f"w{row}x{column}" for column in range(20)) for row in range(WORDS // 20)]
    fake = FakeReading()
    fake.pages = [reading.ReadPage(page_of(*lines))]
    monkeypatch.setattr(reading, "read", fake)
    page.goto("/")
    page.get_by_label("Document", exact=True).select_option("text")
    page.get_by_role("button", name="Try the sample receipt").click()
    expect(page.locator("[data-lines] .word")).to_have_count(WORDS, timeout=READING_MS)

    debugger = page.context.new_cdp_session(page)
    # Processor time of the page's own thread: on a busy machine the clock would tell of the neighbours.
    debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = work_of(debugger)
    frames = page.evaluate(MOVE, MOVES)
    whole, handlers = ((after - at) / MOVES * 1000 for after, at in zip(work_of(debugger), before, strict=True))

    long = sum(frame > 1.5 * FRAME_MILLISECONDS for frame in frames)
    said = f"{whole:.1f} ms of work a move ({handlers:.1f} ms in our handlers), {long} of {MOVES} frames long"
    print(f"\n{WORDS} words: {said}")  # noqa: T201 - a figure to read
    expect(page.locator("polygon.word.is-lit")).to_have_count(1)
    assert handlers < FRAME_MILLISECONDS / 4


def work_of(debugger: CDPSession) -> tuple[float, float]:
    """Seconds of everything that the page has done so far, and of its scripts alone."""
    metrics = {metric["name"]: metric["value"] for metric in debugger.send("Performance.getMetrics")["metrics"]}
    return metrics["TaskDuration"], metrics["ScriptDuration"]
