"""Pages for errors."""

import pytest
from django.template.loader import get_template

PAGES = ["400", "403", "403_csrf", "404", "413", "429", "500"]


@pytest.mark.parametrize("name", PAGES)
def test_an_error_page_needs_no_context(name):
    page = get_template(f"{name}.html").render()

    assert f"Error {name[:3]}" in page
    assert 'href="/"' in page


@pytest.mark.django_db
def test_an_unknown_address_gets_our_page(client):
    page = client.get("/nowhere")

    assert page.status_code == 404
    assert "There is no such page" in page.text
