"""Pages on paper: every value, nothing that can only be pressed, dark on white."""

import re
from math import ceil

import pypdfium2
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import sign_in
from tests.browser.furnished import furnish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

A4_POINTS = (596, 843)
# What must stand on the paper, and what must not.
PAGES = {
    "/sheets/{key}": (
        ("Receipts 2026", "Café Größe", "32,400", "Total", "receipt-12.png"),
        ("Filter", "Export", "Drop"),
    ),
    "/sheets/{key}/rows/{row_key}": (("receipt-03.png", "Pencils HB, box of twelve", "1,980"), ("Save", "Delete")),
    "/billing/usage": (("Usage",), ("Show",)),
    "/billing/invoices": (("Invoices",), ()),
    "/docs/webhooks": (("hmac.compare_digest(expected, given)", "Receive it", "usage.threshold"), ("As Markdown",)),
    "/pricing": (("Starter", "Pro"), ("Sign in",)),
}


@pytest.fixture
def ids(organization, alice, bob) -> dict[str, str]:
    return furnish(organization, alice, bob)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_whole_on_paper(window, screenshots, alice, ids, address):
    page = window(color_scheme="dark")
    sign_in(page, alice.email)
    page.goto(address.format(**ids))
    page.wait_for_load_state("networkidle")

    document = printed(page, screenshots / "print" / re.sub(r"\W+", "-", address.strip("/")).strip("-"))

    wanted, unwanted = PAGES[address]
    text = " ".join("".join(sheet.get_textpage().get_text_range() for sheet in document).split())
    assert [words for words in wanted if words not in text] == []
    assert [words for words in unwanted if words in text] == []
    is_wide = address == "/sheets/{key}"
    width, height = document[0].get_size()
    assert (ceil(width), ceil(height)) == (A4_POINTS[::-1] if is_wide else A4_POINTS)
    assert document[0].render(scale=0.2).to_pil().convert("L").getpixel((2, 2)) == 255
    document.close()


def printed(page: Page, name) -> pypdfium2.PdfDocument:
    """The page as Chromium prints it; pictures of its sheets stand beside the screenshots."""
    name.parent.mkdir(exist_ok=True)
    document = pypdfium2.PdfDocument(page.pdf(format="A4", prefer_css_page_size=True, print_background=False))
    for number, sheet in enumerate(document, 1):
        sheet.render(scale=1.2).to_pil().save(name.with_name(f"{name.name}-{number}.png"))
    return document
