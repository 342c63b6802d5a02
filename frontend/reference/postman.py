"""A Postman collection (format 2.1) of all endpoints. Pure."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from frontend.reference import calls
from frontend.reference.calls import Call
from ocr.api.endpoints import Endpoint

FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
FOLDERS = {"parse": "Parse API", "workspace": "Workspace API"}
Json = dict[str, Any]


def collection(endpoints: Iterable[Endpoint], *, name: str, site_url: str) -> Json:
    """The collection; the variables `site` and `key` are to be filled in once."""
    endpoints = list(endpoints)
    return {
        "info": {"name": name, "schema": FORMAT},
        "variable": [{"key": "site", "value": site_url}, {"key": "key", "value": calls.KEY_TO_FILL_IN}],
        "item": [
            {"name": title, "item": [_item(endpoint) for endpoint in endpoints if endpoint.family == family]}
            for family, title in FOLDERS.items()
        ],
    }


def _item(endpoint: Endpoint) -> Json:
    call = calls.of(endpoint, "{{site}}", key="{{key}}")
    request: Json = {
        "method": call.method,
        "header": [{"key": name, "value": value} for name, value in call.headers.items()],
        "url": _url(call),
        "description": endpoint.about,
    }
    if body := _body(call):
        request["body"] = body
    return {"name": endpoint.title, "request": request}


def _url(call: Call) -> Json:
    parts = urlsplit(call.url)
    return {
        "raw": call.url,
        "host": ["{{site}}"],
        "path": parts.path.removeprefix("{{site}}").strip("/").split("/"),
        "query": [{"key": name, "value": value} for name, value in parse_qsl(parts.query)],
    }


def _body(call: Call) -> Json | None:
    if call.json:
        return {"mode": "raw", "raw": call.json, "options": {"raw": {"language": "json"}}}
    if not call.file_field:
        return None
    file = {"key": call.file_field, "type": "file", "src": call.file_name}
    fields = [{"key": name, "value": value, "type": "text"} for name, value in call.form.items()]
    return {"mode": "formdata", "formdata": [file, *fields]}
