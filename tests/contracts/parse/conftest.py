import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

NO_OVERLAY = {
    "Lines": [],
    "HasOverlay": False,
    "Message": "Text overlay is not provided as it is not requested",
}


@pytest.fixture
def post(api_key, picture) -> Callable[..., HttpResponse]:
    """Call POST /parse/image with the key; without a document it sends the picture.

    Takes form fields, and `file` or `name` for another document or name.
    """

    def call(
        file: bytes | None = None, *, name: str = "scan.png", key: str | None = None, **fields: str
    ) -> HttpResponse:
        sends_file = file is not None or not {"url", "base64Image", "base64image"} & set(fields)
        upload = {"file": SimpleUploadedFile(name, picture if file is None else file)} if sends_file else {}
        headers = {"apikey": api_key if key is None else key}
        return Client().post("/parse/image", {**fields, **upload}, headers=headers)

    return call


@pytest.fixture
def parse(post) -> Callable[..., dict[str, Any]]:
    """As `post`: the whole body of an answer with status 200, its time masked."""
    return lambda *args, **fields: masked(post(*args, **fields))


def masked(response: HttpResponse) -> dict[str, Any]:
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    body = json.loads(response.content)
    assert body["ProcessingTimeInMilliseconds"].isdigit()
    return {**body, "ProcessingTimeInMilliseconds": "n"}


def success(*pages: dict[str, Any]) -> dict[str, Any]:
    return {
        "ParsedResults": list(pages),
        "OCRExitCode": 1,
        "IsErroredOnProcessing": False,
        "ProcessingTimeInMilliseconds": "n",
        "SearchablePDFURL": "Searchable PDF not generated as it was not requested.",
    }


def page(text: str, *, overlay: dict[str, Any] | None = None, turned: str = "0") -> dict[str, Any]:
    return {
        "TextOverlay": overlay or NO_OVERLAY,
        "TextOrientation": turned,
        "FileParseExitCode": 1,
        "ParsedText": text,
        "ErrorMessage": "",
        "ErrorDetails": "",
    }


def failed_page(code: int, message: str) -> dict[str, Any]:
    return {**page(""), "FileParseExitCode": code, "ErrorMessage": message}


def failure(exit_code: int, *messages: str) -> dict[str, Any]:
    return {
        "OCRExitCode": exit_code,
        "IsErroredOnProcessing": True,
        "ErrorMessage": list(messages),
        "ErrorDetails": "",
        "ProcessingTimeInMilliseconds": "n",
    }
