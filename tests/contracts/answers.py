"""Every JSON answer of the APIs is held against the published schema while the contract tests run."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from jsonschema import Draft202012Validator

from ocr.api.answers import SCHEMAS, ref
from ocr.api.endpoints import all_endpoints


@contextmanager
def answers_fit_the_schema(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Within it, an answer of an endpoint of the table that does not fit its schema fails the test."""
    send = Client.request

    def checked(client: Client, **request: Any) -> HttpResponse:
        response = send(client, **request)
        check(request.get("REQUEST_METHOD", "GET"), response)
        return response

    monkeypatch.setattr(Client, "request", checked)
    yield


def check(method: str, response: HttpResponse) -> None:
    """Raises AssertionError with the place and the reason."""
    route = response.resolver_match.url_name if response.resolver_match else None
    endpoint = next((e for e in all_endpoints() if (e.route, e.method) == (route, method)), None)
    if endpoint is None or endpoint.answer == "File" or response.streaming:
        return
    name = endpoint.answer if response.status_code < 300 else "Error"
    faults = [
        f"{fault.json_path}: {fault.message}" for fault in _validator(name).iter_errors(json.loads(response.content))
    ]
    assert not faults, f"{method} {endpoint.path} answered what its schema {name} does not say: {faults}"
    if name != "Error":
        assert response.status_code in {200, endpoint.status}, (endpoint.path, response.status_code)


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({**ref(name), "components": {"schemas": SCHEMAS}})
