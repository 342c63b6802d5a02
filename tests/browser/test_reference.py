"""The reference in a real browser: Swagger UI under our policy, and the reader's own key in the samples."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

KEY = "spocr_" + "a" * 36


def test_swagger_ui_shows_every_family_under_our_policy(page, look):
    page.goto("/reference/swagger")

    expect(page.get_by_text("Read an image or PDF")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="Workspace API")).to_be_visible()
    look(page, "swagger", whole=False)


def test_a_readers_key_is_put_into_the_samples_and_stays_in_the_tab(page, look):
    page.goto("/reference/post-parse-image")
    expect(page.locator("#code-curl")).to_contain_text("spocr_YOUR_KEY")

    page.get_by_label("Your key").fill(KEY)

    expect(page.locator("#code-curl")).to_contain_text(KEY)
    page.get_by_role("tab", name="Python").click()
    expect(page.locator("#code-python")).to_contain_text(KEY)
    look(page, "reference")
    page.goto("/reference/get-conversions")
    expect(page.locator("#code-curl")).to_contain_text(KEY)
    page.get_by_label("Your key").fill("")
    expect(page.locator("#code-curl")).to_contain_text("spocr_YOUR_KEY")
