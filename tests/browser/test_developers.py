"""The developer pages in a real browser: a call from the playground, found in the log; webhooks; guides."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts import api_keys
from ocr import webhooks
from ocr.models import WebhookAttempt, WebhookDelivery
from tests.browser.accessible import violations
from tests.browser.conftest import PHONE, READING_MS, WIDE, fits, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def in_playground(page, alice, organization, settings) -> Page:
    """Signed in, with a key for an hour."""
    settings.REQUEST_LOG = True
    sign_in(page, alice.email)
    page.get_by_role("link", name="Developers").click()
    page.get_by_role("link", name="Playground").click()
    page.get_by_role("button", name="Make a key for one hour").click()
    expect(page.get_by_label("Your key")).to_have_value(re.compile("^spocr_"))
    return page


def test_a_picture_is_read_by_the_json_api_and_its_boxes_are_drawn(in_playground, look):
    page = in_playground
    page.get_by_role("button", name="receipt.png").click()
    expect(page.get_by_label("Body")).to_have_value(re.compile("<base64 of receipt.png>"))
    page.get_by_label("Body").fill(
        '{"templateId": "receipt", "imageType": "base64", "image": "<base64 of receipt.png>"}'
    )
    page.get_by_role("button", name="Send").click()

    expect(page.locator("[data-summary]")).to_contain_text("200", timeout=READING_MS)
    expect(page.locator("[data-summary]")).to_contain_text("1 charged")
    box = page.locator("[data-picture] polygon").first
    expect(box).to_be_visible()
    page.locator("[data-json] [data-mark]").first.hover()
    expect(page.locator("[data-picture] .is-lit").first).to_be_attached()
    narrow = page.locator("[data-picture] svg").first.bounding_box()["width"]
    page.get_by_role("button", name="Larger").click()
    assert page.locator("[data-picture] svg").first.bounding_box()["width"] > 1.2 * narrow
    page.get_by_role("button", name="Fit the width").click()
    page.locator("h1").hover()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-picture] .over")).to_have_count(0, timeout=READING_MS)
    page.locator("[data-json] [data-mark]").first.hover()  # of another answer in the same place
    expect(page.locator("[data-picture] .is-lit").first).to_be_attached()
    expect(page.locator("[data-details]")).to_contain_text("Finding fields", timeout=READING_MS)
    look(page, "playground-fields")
    assert violations(page) == []

    page.get_by_role("link", name=re.compile("^req_")).click()
    expect(page.get_by_role("heading", name="POST /ocr/fields")).to_be_visible()
    look(page, "request")
    page.get_by_role("link", name="Requests").first.click()
    expect(page.locator("tbody tr").first).to_contain_text("/ocr/fields")
    look(page, "requests")


def test_a_file_is_read_by_the_parse_api_and_stands_in_the_code_beside(in_playground, look):
    page = in_playground
    page.get_by_label("Endpoint").select_option("post-parse-image")
    page.wait_for_url(re.compile("post-parse-image"))
    page.get_by_role("button", name="invoice.png").click()
    page.get_by_label("OCREngine").select_option("2")
    expect(page.locator("#code-curl")).to_contain_text("-F OCREngine=2")
    expect(page.locator("#code-curl")).to_contain_text("invoice.png")
    expect(page.locator("#code-curl")).to_contain_text(page.get_by_label("Your key").input_value())

    page.get_by_role("button", name="Send").click()

    expect(page.locator("[data-json]")).to_contain_text("ParsedResults", timeout=READING_MS)
    expect(page.locator("[data-picture] polygon").first).to_be_visible()
    look(page, "playground-parse")


def test_what_goes_wrong_is_told(in_playground, look):
    page = in_playground
    page.get_by_label("Body").fill("{")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-complaint]")).to_contain_text("not valid JSON")

    page.get_by_label("Body").fill("{}")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-summary]")).to_contain_text("400")
    expect(page.locator("[data-json]")).to_contain_text("image is required")
    look(page, "playground-error")

    page.get_by_label("Your key").fill("")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-complaint]")).to_contain_text("Enter a key first")


def test_the_key_stays_in_the_tab(in_playground):
    key = in_playground.get_by_label("Your key").input_value()

    in_playground.reload()
    expect(in_playground.get_by_label("Your key")).to_have_value(key)
    in_playground.goto("/reference/get-amount")
    expect(in_playground.locator("#code-curl")).to_contain_text(key)
    assert api_keys.find(key)


def test_a_webhook_is_set_tested_and_looked_into(page, look, alice, organization, monkeypatch):
    monkeypatch.setattr(webhooks, "demand_address", lambda url, **_: None)  # example.com has no address here
    sign_in(page, alice.email)
    page.goto("/webhooks")
    look(page, "webhooks-empty")
    page.get_by_label("Address").fill("https://example.com/hooks")
    page.get_by_role("button", name="Set the webhook").click()
    expect(page.locator("#secret")).to_contain_text("whsec_")
    look(page, "webhook-secret")
    assert violations(page) == []
    page.get_by_role("link", name="back to the webhook").click()
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_role("heading", name="webhook.test")).to_be_visible()
    delivery = WebhookDelivery.objects.get()
    attempt = {
        "status_code": 500,
        "reason": "The receiver answered 500.",
        "excerpt": "Out of order",
        "milliseconds": 87,
    }
    WebhookAttempt.objects.create(
        organization=organization, delivery=delivery, number=1, started_at=delivery.created_at, **attempt
    )
    page.reload()
    expect(page.get_by_text("Out of order")).to_be_visible()
    expect(page.get_by_text("webhook-signature: v1,")).to_be_visible()
    look(page, "webhook-delivery")
    page.get_by_role("link", name="Webhooks").first.click()
    look(page, "webhooks")
    assert violations(page) == []
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused by hand.")).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The webhook is removed.")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("wide", {"viewport": WIDE}),
        ("phone", {"viewport": PHONE, "device_scale_factor": 2}),
        ("dark", {"viewport": WIDE, "color_scheme": "dark"}),
    ],
)
def test_developer_pages_fit(window, look, alice, organization, name, options):
    webhooks._write(
        organization,
        webhooks.TEST,
        {"message": "x" * 300},
        standing=["https://example.com/" + "a" * 300],
        for_upload=[],
    )
    page = window(**options)
    for address in ("/docs", "/docs/quick-start", "/docs/errors", "/docs/limits-and-plans", "/docs?q=webhook"):
        _visit(page, look, address, name)
    sign_in(page, alice.email)
    delivery = WebhookDelivery.objects.get().public_id
    for address in (
        "/requests",
        "/webhooks",
        f"/webhooks/sent/{delivery}",
        "/playground",
        "/playground?endpoint=get-view",
    ):
        _visit(page, look, address, name)


def test_guides_are_found_and_searched_without_script(window):
    page = window(java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Docs", exact=True).click()
    page.get_by_label("Search").fill("idempotency")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Jobs and webhooks").last.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Jobs and webhooks")


def _visit(page: Page, look, address: str, name: str) -> None:
    page.goto(address)
    shot = re.sub(r"dlv_\w+", "one", address).strip("/").replace("/", "-").replace("?", "-").replace("=", "-")
    look(page, f"developers-{shot}-{name}")
    assert fits(page), address
    assert page.locator("h1").count() == 1
