"""A real Chromium against a real server. Every page is also checked for what no page may do:
log errors, break the security policy, or ask another host.

`SPOCR_SCREENSHOTS`: the folder of the screenshots (default var/screenshots).
"""

import os

# Playwright's synchronous interface runs an event loop in this thread, where Django would
# otherwise refuse its database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from ocr import worker
from tests.conftest import PASSWORD

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
READING_MS = 60_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = ROOT / os.environ.get("SPOCR_SCREENSHOTS", "var/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def window(chromium, live_server) -> Iterator[Callable[..., Page]]:
    """Open windows of any kind: `window(viewport=PHONE, color_scheme="dark")`; `hosts`: whom else it may ask."""
    contexts, complaints = [], []

    def open_window(*, hosts: tuple[str, ...] = (), **options) -> Page:
        context = chromium.new_context(base_url=live_server.url, **{"viewport": WIDE, "locale": "en-GB"} | options)
        contexts.append(context)
        page = context.new_page()
        _listen(page, {urlsplit(url).netloc for url in (live_server.url, *hosts)}, complaints)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(window) -> Page:
    return window()


@pytest.fixture
def look(screenshots) -> Callable[..., None]:
    """Keep a picture of the page."""

    def keep(page: Page, name: str, *, whole: bool = True) -> None:
        page.screenshot(path=screenshots / f"{name}.png", full_page=whole)

    return keep


@pytest.fixture
def working(live_server) -> Iterator[None]:
    """The background worker."""
    stopping = threading.Event()
    thread = threading.Thread(target=worker.run, args=[stopping])
    thread.start()
    yield
    stopping.set()
    thread.join(30)


def mailed_code(mailoutbox) -> str:
    return re.search(r"^\s*(\w{3,}-?\w{3,})\s*$", mailoutbox[-1].body, re.MULTILINE)[1]


def sign_up(page: Page, mailoutbox) -> None:
    """As dora, by the mailed code; ends on the dashboard."""
    page.goto("/")
    page.get_by_role("link", name="Create account").click()
    page.get_by_label("Email").fill("dora@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign Up").click()
    page.get_by_label("Code").fill(mailed_code(mailoutbox))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/dashboard")


def sign_in(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In", exact=True).click()
    page.wait_for_url("**/dashboard")


def fits(page: Page) -> bool:
    """Nothing is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def read_sample(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("button", name=f"Try the sample {name}").click()
    expect(page.locator("[data-result]")).to_be_visible(timeout=READING_MS)


def _listen(page: Page, own: set[str], complaints: list[str]) -> None:
    def console(message: ConsoleMessage) -> None:
        # Chromium logs answers such as "400" to fetch as errors; the page shows them in place.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(f"console: {message.text}")

    def request(asked: Request) -> None:
        if asked.url.startswith("http") and urlsplit(asked.url).netloc not in own:
            complaints.append(f"foreign host: {asked.url}")

    page.on("console", console)
    page.on("request", request)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
