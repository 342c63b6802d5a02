"""Both APIs answer in English, whatever language the caller's browser, cookie or account asks for."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from tests.test_isolation import IS_API

pytestmark = pytest.mark.django_db

# What no two answers share.
UNLIKE = ("requestId", "secret", "At", "Until", "ProcessingTimeInMilliseconds")
JAPANESE = {"Accept-Language": "ja"}


@pytest.fixture
def english() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def japanese() -> Client:
    client = Client(headers=JAPANESE, raise_request_exception=False)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ja"
    return client


def answers(client: Client, key: str | None) -> dict[str, tuple[int, object, str | None]]:
    """What every endpoint says to an empty request: each is refused for its own reason."""
    headers = {"Authorization": f"Bearer {key}", "apikey": key} if key else {}
    said = {}
    for name in IS_API:
        path = _path(name)
        for method in ("get", "post"):  # no more, or the limit of a minute is all that is seen
            response = getattr(client, method)(path, headers=headers)
            body = response.json() if response["Content-Type"].startswith("application/json") else response.content
            said[f"{method} {path}"] = (response.status_code, _plain(body), response.get("Content-Language"))
    return said


def _path(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return reverse(name, args=["unknown"])


def _plain(body: object) -> object:
    """Without what no two answers share."""
    if isinstance(body, dict):
        return {name: _plain(value) for name, value in body.items() if not name.endswith(UNLIKE)}
    return body


@pytest.mark.parametrize("has_key", [True, False])
def test_every_answer_is_the_same_in_every_language(english, japanese, api_key, organization, has_key):
    key = api_key if has_key else None

    now = timezone.now()
    with time_machine.travel(now, tick=False):
        plain = answers(english, key)
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        translated = answers(japanese, key)

    assert len(plain) > 35
    assert translated == plain
    assert {language for _, _, language in plain.values()} == {None}


def test_an_unreadable_file_is_refused_in_english_by_the_parse_api(japanese, api_key):
    file = SimpleUploadedFile("notes.png", b"no picture")

    response = japanese.post("/parse/image", {"file": file}, headers={"apikey": api_key})

    assert response.json()["ErrorMessage"] != []
    assert response.content.isascii()


def test_an_unreadable_image_is_refused_in_english_by_the_workspace_api(japanese, api_key):
    body = {"templateId": "invoice", "imageType": "base64", "image": "bm8gcGljdHVyZQ=="}

    response = japanese.post(
        "/ocr/fields", body, content_type="application/json", headers={"Authorization": f"Bearer {api_key}"}
    )

    assert response.status_code >= 400
    assert "Send PNG" in response.text
    assert response.content.isascii()


def test_a_page_before_and_after_keeps_its_own_language(japanese, api_key):
    japanese.get("/space", headers={"Authorization": f"Bearer {api_key}"})

    assert '<html lang="ja">' in japanese.get("/").text
