import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests import pictures, poison
from tests.contracts.answers import answers_fit_the_schema


@pytest.fixture(autouse=True)
def _answers_fit_the_schema(monkeypatch):
    """Whatever a test calls: the answer is what the OpenAPI schema says, no key more or less."""
    with answers_fit_the_schema(monkeypatch):
        yield


@pytest.fixture(scope="session")
def receipt() -> bytes:
    """A PNG of a small till receipt."""
    lines = "ACME Store", "Coffee  3.50", "Tea  2.00", "Total  $5.50", "Date 2026-11-20"
    return poison.encoded(pictures.page(*lines, typeface=pictures.latin(44), size=(800, 600)), "PNG")


@pytest.fixture(scope="session")
def blank() -> bytes:
    """A PNG of an empty page."""
    return poison.encoded(pictures.page(typeface=pictures.latin(20), size=(400, 300)), "PNG")


@pytest.fixture
def post(api_key) -> Callable[..., HttpResponse]:
    """Call POST /ocr/fields with a JSON body and the key; `raw` sends bytes as they are."""

    def call(body: object = None, *, raw: bytes | None = None, key: str | None = None, **options: Any) -> HttpResponse:
        headers = {"Authorization": f"Bearer {api_key if key is None else key}", **options.pop("headers", {})}
        data = json.dumps(body) if raw is None else raw
        return Client(raise_request_exception=False).post(
            "/ocr/fields",
            data,
            content_type=options.pop("content_type", "application/json"),
            headers=headers,
            **options,
        )

    return call


@pytest.fixture
def call(api_key) -> Callable[..., HttpResponse]:
    """Call any endpoint with the key; a body makes it a POST."""

    def send(path: str, body: object = None, /, *, key: str = api_key, **query: Any) -> HttpResponse:
        client = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {key}"})
        if body is None:
            return client.get(path, query)
        return client.post(path, json.dumps(body), content_type="application/json")

    return send


@pytest.fixture
def refusal(post) -> Callable[..., tuple[int, dict[str, Any]]]:
    """As `post`: status and the whole body of an error, its id masked."""
    return lambda *args, **options: refused(post(*args, **options))


def refused(response: HttpResponse) -> tuple[int, dict[str, Any]]:
    """Status and body of an error, what is alike in all of them checked and taken out."""
    body = json.loads(response.content)
    assert re.fullmatch(r"req_[0-9a-z]+", response["X-Request-Id"])
    assert body["error"]["requestId"] == response["X-Request-Id"]
    details = body.pop("details")
    assert details.pop("docs") == f"http://127.0.0.1:8000/docs/errors#{body['error']['code']}"
    body["error"]["requestId"] = "req"
    return response.status_code, {**body, "details": details} if details else body


def envelope(code: str, message: str, **details: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"error": {"code": code, "message": message, "requestId": "req"}}
    return {**body, "details": details} if details else body


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
