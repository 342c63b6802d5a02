"""One request as a sample shows it. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from ocr.api.endpoints import Endpoint

KEY_TO_FILL_IN = "spocr_YOUR_KEY"


@dataclass(frozen=True)
class Call:
    """A request to be written down in some language.

    Attributes:
        url: With its query.
        form: Fields of a form; `file_field` names the field of the file beside them.
        json: The body's text; "" for none.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)
    file_field: str = ""
    file_name: str = ""
    json: str = ""

    @property
    def kind(self) -> str:
        """Which sample fits: upload, json or plain."""
        if self.file_field:
            return "upload"
        return "json" if self.json else "plain"


def of(endpoint: Endpoint, site_url: str, *, key: str = KEY_TO_FILL_IN) -> Call:
    """The endpoint's example as a request with this key."""
    headers = {"apikey": key} if endpoint.family == "parse" else {"Authorization": f"Bearer {key}"}
    url, example = site_url + endpoint.path, dict(endpoint.example)
    if endpoint.body == "none":
        query = urlencode([(name, str(value)) for name, value in example.items()])
        return Call(endpoint.method, f"{url}?{query}" if query else url, headers)
    if endpoint.body == "json":
        headers |= {"Content-Type": "application/json"}
        return Call(endpoint.method, url, headers, json=json.dumps(example, ensure_ascii=False))
    file_name = str(example.pop(endpoint.file_parameter, ""))
    form = {name: str(value) for name, value in example.items()}
    return Call(endpoint.method, url, headers, form, endpoint.file_parameter if file_name else "", file_name)
