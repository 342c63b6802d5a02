"""Every page that the URL table knows, in a real browser and in each language: nothing that WCAG 2.2 AA forbids,
nothing too wide.

Screenshots of all of them go into the folder of screenshots: `every-<appearance>/<address>.png`.
"""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from frontend.developer.guides import GUIDES
from tests.browser.accessible import violations
from tests.browser.conftest import PHONE, WIDE, fits
from tests.browser.furnished import furnish
from tests.test_isolation import routes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Not ours to mend: Swagger UI, with its own markup from its own package.
LEFT_OUT = {"/reference/swagger": ("#swagger",)}
APPEARANCES = {
    "light": {"viewport": WIDE},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "device_scale_factor": 2, "has_touch": True},
    "ja": {"viewport": PHONE, "locale": "ja"},
    "ko": {"viewport": PHONE, "locale": "ko"},
}
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def addresses(client: Client, ids: dict[str, str]) -> Iterator[str]:
    """Every address of the URL table that answers a page."""
    for _, pattern in routes():
        if pattern.startswith("staff/") or "(" in pattern or "logout" in pattern:
            continue
        wanted = PARAMETER.findall(pattern)
        if all(name in ids for name in wanted):
            address = "/" + PARAMETER.sub(lambda found: ids[found[1]], pattern)
            answer = client.get(address)
            if answer.status_code == 200 and not answer.streaming and b"<html" in answer.content[:200]:
                yield address


@pytest.fixture
def ids(organization, alice, bob) -> dict[str, str]:
    return furnish(organization, alice, bob)


@pytest.mark.parametrize("appearance", APPEARANCES)
def test_no_page_breaks_wcag_or_its_window(window, look, screenshots, alice, ids, appearance):
    (screenshots / f"every-{appearance}").mkdir(exist_ok=True)
    visitor, owner = Client(), Client()
    owner.force_login(alice)
    public = [*addresses(visitor, ids), *(f"/docs/{guide.slug}" for guide in GUIDES), "/docs?q=webhook", "/nowhere"]
    private = [*addresses(owner, ids), f"/webhooks/sent/{ids['delivery']}", f"/sheets/{ids['key']}?where=total%3E100"]
    assert len(public) >= 15
    assert len(private) >= 40
    page, found = window(**APPEARANCES[appearance]), {}

    for address in public:
        found |= looked_at(page, look, address, appearance)
    page.context.add_cookies([{"name": "sessionid", "value": owner.cookies["sessionid"].value, "url": page.url}])
    for address in private:
        found |= looked_at(page, look, address, appearance, as_="owner")

    assert found == {}


def looked_at(page, look, address: str, appearance: str, as_: str = "visitor") -> dict[str, list[str]]:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    name = re.sub(r"(row|itm|key|org|inv|dlv|req)_\w+", r"\1", re.sub(r"\W", "-", address.strip("/")))
    look(page, f"every-{appearance}/{as_}-{name[:60] or 'front'}")
    wrong = violations(page, left_out=LEFT_OUT.get(address, ()))
    wrong += [] if fits(page) else ["is wider than the window"]
    wrong += [] if page.locator("h1").count() == 1 else ["has not one h1"]
    return {f"{address} for {as_}": wrong} if wrong else {}
